"""`lynceus intel`: feeds of indicators, what they know, and where it was met."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli import subscribing
from lynceus.cli.analyze import progress, read_config
from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynceus.incident import Incident
    from lynceus.intel.settings import IntelSettings
    from lynceus.intel.store import IntelStore

app = typer.Typer(help="Feeds of indicators, and what they know.", rich_markup_mode=None)

STORE = Path("intel")
Folder = Annotated[
    Path | None,
    typer.Option("--store", metavar="DIR", help="The folder of the store; else as configured."),
]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="TOML with [intel].")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the feed is called.")]
LakeFolder = Annotated[
    Path | None,
    typer.Option("--lake", metavar="DIR", help="Look for new indicators in what it has stored."),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a store, a feed or a list, as one line."""
    from lynceus.enrich import ListError
    from lynceus.intel.store import IntelStoreError
    from lynceus.intel.web import FeedError
    from lynceus.store.lake import LakeError

    try:
        yield
    except (IntelStoreError, FeedError, ListError, LakeError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or 'store'}: {error.strerror or error}") from None


def _opened(store: Path | None, config: Path | None) -> tuple[IntelStore, IntelSettings]:
    from lynceus.intel.store import IntelStore

    settings = read_config(config).threat_intel
    return IntelStore(store or settings.store or STORE), settings


@app.command("formats")
def formats() -> None:
    """The feeds that can be subscribed to."""
    from lynceus.intel.feeds import formats as known

    for name, feed in known().items():
        typer.echo(f"{name:16} {feed.title}")


@app.command("add")
def add(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    name: Name,
    url: subscribing.Url,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="See lynceus intel formats.")
    ] = "delimited",
    every: subscribing.Every = "1d",
    confidence: Annotated[
        float | None, typer.Option(help="Of entries that tell none, 0 to 1.")
    ] = None,
    lifetime: Annotated[
        float | None, typer.Option("--lifetime-days", help="After so long an entry has run out.")
    ] = None,
    collection: Annotated[str | None, typer.Option(help="TAXII: its id or title.")] = None,
    user: Annotated[str | None, typer.Option(help="User name or access id.")] = None,
    key_env: subscribing.KeyEnv = None,
    key_file: subscribing.KeyFile = None,
    proxy: subscribing.Proxy = None,
    ca: subscribing.Authorities = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Subscribe to a feed; `lynceus intel update` reads it."""
    from lynceus.intel.feeds import formats as known

    if form not in known():
        raise UsageError(f"--format {form}: expected one of {', '.join(known())}")
    with _told():
        held, _ = _opened(store, config)
        subscribing.subscribe(
            held, url, key_env=key_env, key_file=key_file, ca=ca, name=name, format=form,
            every=every, user=user, confidence=confidence, lifetime_days=lifetime,
            collection=collection, proxy=proxy,
        )  # fmt: skip


@app.command("remove")
def remove(name: Name, store: Folder = None, config: Config = None) -> None:
    """Take a feed out, with what it said."""
    with _told():
        held, settings = _opened(store, config)
        with held.writing():
            held.unsubscribe(name)
            _gathered(held, settings, None)


@app.command("list")
def show(
    refused: Annotated[
        str | None,
        typer.Option("--refused", metavar="NAME", help="What was left out of a feed, and why."),
    ] = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """The feeds: how many indicators each has, when it was read, when it is read next."""
    from rich.table import Table

    from lynceus.cli.screen import screen
    from lynceus.intel.feed_folder import FeedState
    from lynceus.moments import written

    with _told():
        held, _ = _opened(store, config)
        feeds, states = held.subscriptions(), held.states()
        if refused is not None:
            subscribing.tell_refused(held, refused, "feed")
            return
    table = Table("feed", "format", "indicators", "left out", "read", "next", "", box=None)
    for name, one in feeds.items():
        state = states.get(name, FeedState())
        read, due = written(state.read_ns) or "never", written(state.next_ns or None) or "now"
        table.add_row(
            name, one.format, f"{state.kept:,}", f"{state.refused:,}", read, due, state.reason
        )
    screen().print(table)


@app.command("update")
def update(
    names: subscribing.Names = None,
    lake: LakeFolder = None,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Read the feeds that are due; with a lake, look for what is new in what was seen."""
    from lynceus.intel.update import update as read_due

    with _told():
        held, settings = _opened(store, config)
        subscribing.check_names(held, names or (), "feed")
        seen_until = held.hunted_ns()
        began = now_ns()
        readings = read_due(held, began, only=names or ())
        for one in readings:
            if one.outcome != "failed":
                typer.echo(
                    f"{one.name}: {one.outcome}, {one.indicators:,} indicators, "
                    f"{one.added:,} new, {one.refused:,} left out"
                )
        subscribing.tell_failures(readings, "feed")
        where = lake or settings.lake
        if any(one.outcome == "read" for one in readings):
            with held.writing():
                _gathered(held, settings, where)
        if where:
            _hunted(held, where, seen_until, began, as_json=False)
    subscribing.end(readings)


@app.command("retro")
def retro(
    lake: LakeFolder = None,
    days: Annotated[int | None, typer.Option(min=1, help="Only the last so many days.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All indicators, not only those new since the last time.")
    ] = False,
    as_json: Json = False,
    store: Folder = None,
    config: Config = None,
) -> None:
    """Look for indicators in what the lake has stored: what was met before it was known."""
    with _told():
        held, settings = _opened(store, config)
        where = lake or settings.lake
        if where is None:
            raise UsageError("expected --lake DIR, or lake in [intel] of the configuration")
        since = None if everything else held.hunted_ns()
        _hunted(held, where, since, now_ns(), as_json=as_json, days=days)


def _hunted(
    held: IntelStore,
    lake: Path,
    since_ns: int | None,
    at_ns: int,
    *,
    as_json: bool,
    days: int | None = None,
) -> None:
    from lynceus.intel.retro import new_since, retro_hunt
    from lynceus.store.lake import Lake

    new = new_since(held, since_ns)
    with progress("looking back") as bar:
        found = retro_hunt(new, Lake(lake), at_ns, days=days, progress=bar)
    for incident in found:
        typer.echo(incident.model_dump_json() if as_json else _line(incident))
    if not as_json:
        typer.echo(f"{new.table.height:,} indicators looked for, {len(found):,} incidents")
    with held.writing():
        held.hunted(at_ns)


def _line(incident: Incident) -> str:
    return f"{incident.severity:8} {incident.title}"


def _gathered(held: IntelStore, settings: IntelSettings, lake: Path | None) -> None:
    """Puts together what flows meet, with what lowers a hit."""
    import polars as pl

    from lynceus.intel.shared import WarningList, by_lists, by_prevalence
    from lynceus.store.lake import Lake

    table = held.gather()
    parts = [by_lists(table, WarningList.load(settings.warninglists))]
    if lake is not None and lake.is_dir():
        parts.append(by_prevalence(held.indicators(), Lake(lake)))
    shared = pl.concat(parts).unique(["kind", "indicator"], keep="first", maintain_order=True)
    if shared.height:
        held.gather(shared)
        typer.echo(f"{shared.height:,} indicators count for less: many may meet them")


@app.command("lookup")
def lookup(
    values: Annotated[list[str], typer.Argument(metavar="VALUE", help="Address, name, URL ...")],
    ask: Annotated[
        str | None, typer.Option("--ask", metavar="NAME", help="Ask this feed's service as well.")
    ] = None,
    as_json: Json = False,
    store: Folder = None,
    config: Config = None,
) -> None:
    """What each source says of a value: since when, how sure, how old that is."""
    from lynceus.intel.lookup import asked, look_up

    with _told():
        held, _ = _opened(store, config)
        for value in values:
            known = look_up(held, value, now_ns())
            if as_json:
                sys.stdout.write(json.dumps({"value": value, "known": known}) + "\n")
                continue
            typer.echo(f"{value}: " + ("no source knows it" if not known else ""))
            for one in known:
                typer.echo(
                    "  " + "; ".join(f"{k} {v}" for k, v in one.items() if v not in (None, []))
                )
            if ask:
                typer.echo(f"  {ask} says: {asked(held, ask, value)}")


@app.command("stats")
def stats(store: Folder = None, config: Config = None) -> None:
    """What each feed adds: indicators by kind, how many no other feed has, how old they are."""
    from rich.table import Table

    from lynceus.cli.screen import screen
    from lynceus.intel.lookup import statistics

    with _told():
        held, _ = _opened(store, config)
        rows = statistics(held, now_ns())
    table = Table(*rows.columns, box=None)
    for row in rows.iter_rows():
        table.add_row(*(f"{v:,}" if isinstance(v, int) else str(v) for v in row))
    screen().print(table)


@app.command("export")
def export(
    results: Annotated[Path, typer.Argument(metavar="DIR", help="What analyze --out has written.")],
    incident: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Only these, by id or how it begins.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORM", help="stix or misp.")] = "stix",
    tlp: Annotated[
        str, typer.Option(metavar="COLOUR", help="Who may be told: clear, green, amber, red.")
    ] = "amber",
) -> None:
    """Own incidents as STIX 2.1 or as MISP events, for others."""
    from lynceus.intel.misp_export import misp_events
    from lynceus.intel.stix_export import ExportError, stix_bundle
    from lynceus.intel.told import TLPS

    if form not in ("stix", "misp"):
        raise UsageError(f"--format {form}: expected stix or misp")
    if tlp not in TLPS:
        raise UsageError(f"--tlp {tlp}: expected one of {', '.join(TLPS)}")
    chosen = _chosen(results, incident or [])
    try:
        written = stix_bundle if form == "stix" else misp_events
        sys.stdout.write(written(chosen, tlp) + "\n")
    except ExportError as error:
        raise UsageError(str(error)) from None


@app.command("compare")
def compare(
    results: Annotated[Path, typer.Argument(metavar="DIR", help="What analyze --out has written.")],
    attack: Annotated[
        Path, typer.Option("--attack", metavar="FILE", help="ATT&CK as a STIX bundle.")
    ],
    incident: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Only these, by id or how it begins.")
    ] = None,
) -> None:
    """What groups and software incidents overlap with, and how common that is. Never who it was."""
    from lynceus.intel.overlap import FEWEST, Attack

    with _told():
        known = Attack.load(attack)
    for one in _chosen(results, incident or []):
        typer.echo(f"{one.id} {one.title}")
        for overlap in known.overlaps(one.techniques):
            typer.echo(f"  {overlap}")
        if len(one.techniques) < FEWEST:
            typer.echo(f"  fewer than {FEWEST} techniques: nothing to compare")
        for name, groups in known.users(one).items():
            of = len(known.uses["group"])
            typer.echo(f"  {name} is used by {len(groups)} of {of} groups: {', '.join(groups)}")


def _chosen(results: Path, begins: list[str]) -> list[Incident]:
    from lynceus.results import Results, ResultsError

    try:
        stored = Results(results)
        return [stored.incident(one) for one in begins] if begins else stored.incidents
    except ResultsError as error:
        raise UsageError(str(error)) from None
