"""`lynceus assets`: the machines and people of the site, from the sources that know them."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli import subscribing
from lynceus.cli.analyze import check_home, read_config
from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynceus.config import Config as Configuration
    from lynceus.inventory.store import InventoryStore

app = typer.Typer(help="Machines and people of the site.", rich_markup_mode=None)

STORE = Path("inventory")
Folder = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The folder of the store; else as configured."),
]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="TOML with [assets].")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the source is called.")]


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a store or a source, as one line."""
    from lynceus.enrich import ListError
    from lynceus.inventory.store import InventoryError

    try:
        yield
    except (InventoryError, ListError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or 'store'}: {error.strerror or error}") from None


def _opened(store: Path | None, config: Path | None) -> tuple[InventoryStore, Configuration]:
    from lynceus.inventory.store import InventoryStore

    given = read_config(config)
    return InventoryStore(store or given.inventory.store or STORE), given


@app.command("kinds")
def kinds() -> None:
    """The sources that can be read."""
    from lynceus.inventory.sources import kinds as known

    for name, source in known().items():
        typer.echo(f"{name:20} {source.title}")


@app.command("add")
def add(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    name: Name,
    url: subscribing.Url,
    kind: Annotated[str, typer.Option(metavar="KIND", help="See lynceus assets kinds.")],
    every: subscribing.Every = "1d",
    confidence: Annotated[
        float | None, typer.Option(help="How sure it is where sources disagree, 0 to 1.")
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option(help="A table of the CMDB, or where in the directory (a base)."),
    ] = None,
    user: Annotated[str | None, typer.Option(help="User name; of a directory a bind DN.")] = None,
    key_env: subscribing.KeyEnv = None,
    key_file: subscribing.KeyFile = None,
    proxy: subscribing.Proxy = None,
    ca: subscribing.Authorities = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Add a source; `lynceus assets update` reads it."""
    from lynceus.inventory.sources import kinds as known

    if kind not in known():
        raise UsageError(f"--kind {kind}: expected one of {', '.join(known())}")
    with _told():
        held, _ = _opened(store, config)
        subscribing.subscribe(
            held, url, key_env=key_env, key_file=key_file, ca=ca, name=name, format=kind,
            every=every, user=user, confidence=confidence, collection=collection, proxy=proxy,
        )  # fmt: skip


@app.command("remove")
def remove(name: Name, store: Folder = None, config: Config = None) -> None:
    """Take a source out, with what it said."""
    with _told():
        held, _ = _opened(store, config)
        with held.writing():
            held.unsubscribe(name)


@app.command("list")
def show_sources(
    refused: Annotated[
        str | None,
        typer.Option("--refused", metavar="NAME", help="What was left out of a source, and why."),
    ] = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """The sources: how much each knows, when it was read, and which are stale."""
    from rich.table import Table

    from lynceus.cli.screen import screen
    from lynceus.decay import DAY_NS
    from lynceus.intel.feed_folder import FeedState
    from lynceus.moments import written

    with _told():
        held, given = _opened(store, config)
        sources, states = held.subscriptions(), held.states()
        if refused is not None:
            subscribing.tell_refused(held, refused, "source")
            return
    table = Table("source", "kind", "rows", "left out", "read", "next", "", box=None)
    now = now_ns()
    for name, one in sources.items():
        state = states.get(name, FeedState())
        read, due = written(state.read_ns) or "never", written(state.next_ns or None) or "now"
        age = (now - state.read_ns) / DAY_NS if state.read_ns else 0.0
        stale = f"stale: {age:.0f} days old" if age > given.inventory.stale_days else ""
        why = "; ".join(text for text in (stale, state.reason) if text)
        table.add_row(name, one.format, f"{state.kept:,}", f"{state.refused:,}", read, due, why)
    screen().print(table)


@app.command("update")
def update(
    names: subscribing.Names = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Read the sources that are due."""
    from lynceus.inventory.update import update as read_due

    with _told():
        held, _ = _opened(store, config)
        subscribing.check_names(held, names or (), "source")
        readings = read_due(held, now_ns(), only=names or ())
    for one in readings:
        if one.outcome == "unchanged":
            typer.echo(f"{one.name}: unchanged")
        elif one.outcome == "read":
            typer.echo(
                f"{one.name}: read, {one.assets:,} assets, {one.vulnerabilities:,} "
                f"vulnerabilities, {one.people:,} people, {one.refused:,} left out"
            )
    subscribing.tell_failures(readings, "source")
    subscribing.end(readings)


@app.command("observe")
def observe(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="Of analyze --out, or a lake.")
    ],
    home: Annotated[
        list[str] | None, typer.Option("--home", metavar="NET", help="What is inside.")
    ] = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Learn from traffic which devices there are: what they say of themselves, and where."""
    import polars as pl

    from lynceus.inventory.devices import devices
    from lynceus.inventory.traffic import kept
    from lynceus.store.lake import LakeError

    check_home(home or [])
    with _told():
        held, given = _opened(store, config)
        for folder in folders:
            try:
                rows = kept(folder, home or given.home)
            except (LakeError, ValueError, pl.exceptions.PolarsError) as error:
                raise UsageError(str(error).splitlines()[0]) from None
            with held.writing():
                held.observe(rows)
        stays = devices(held.seen())
    typer.echo(
        f"{stays['device'].n_unique():,} devices at {stays['host'].n_unique():,} addresses, "
        f"{stays['conflict'].count():,} stays that something contradicts"
    )


@app.command("show")
def show(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="An address.")],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    store: Folder = None,
    config: Config = None,
) -> None:
    """What is believed of an address, what each source says of it, and how old that is."""
    from lynceus.inventory.judged import place
    from lynceus.inventory.shown_address import about, lines

    try:
        wanted = place(address)
    except ValueError as error:
        raise UsageError(f"{error}; expected an address such as 192.0.2.7") from None
    with _told():
        held, given = _opened(store, config)
        told = about(held, given, wanted, now_ns())
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    for line in lines(told):
        typer.echo(line)


@app.command("people")
def people(
    user: Annotated[
        str | None, typer.Argument(metavar="USER", help="Only this account, with its groups.")
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", metavar="PLACE", help="Tell the risk by its incidents."),
    ] = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """The accounts of the directory: whose they are, the privileged first, and how risky."""
    from lynceus.inventory.judged import account
    from lynceus.inventory.presence import privileged

    with _told():
        held, given = _opened(store, config)
        known = privileged(held.rows("people"), given.people.privileged)
    risk = _risks(ledger, given.people.risk_days) if ledger else {}
    if user is not None:
        known = known.filter(user=account(user) or "")
        if known.is_empty():
            raise UsageError(f"{user}: no directory that was read has this account")
    for row in known.sort("privileged_by", "user", nulls_last=True).iter_rows(named=True):
        about = [str(row[key]) for key in ("name", "title", "department") if row[key]]
        about += [f"manager {row['manager']}"] if row["manager"] else []
        about += [f"privileged by {row['privileged_by']}"] if row["privileged_by"] else []
        about += ["disabled"] if row["enabled"] is False else []
        if ledger:
            about.append(f"risk {risk.get(row['user'], 0.0):.2f}")
        typer.echo(f"{row['user']:20} {', '.join(about)} ({row['source']})")
        if user is not None:
            typer.echo(f"  groups: {', '.join(row['groups']) or 'none'}")


def _risks(place: str, risk_days: float) -> dict[str, float]:
    try:
        from lynceus.store.ledger import Ledger, LedgerError
    except ImportError as error:
        raise UsageError(
            f"{error.name} is needed for a ledger: install lynceus with the extra 'store'"
        ) from None
    from lynceus.inventory.user_risk import history, risks

    try:
        with Ledger(place) as ledger:
            said = {one.incident: one.verdict for one in ledger.verdicts()}
            told = risks(history(ledger.incidents(), said), now_ns(), risk_days)
    except LedgerError as error:
        raise UsageError(str(error)) from None
    return dict(told.select("user", "risk").iter_rows())
