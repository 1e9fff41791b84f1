"""`lynceus lake`: what is kept, how long, and how it is taken out again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import Site, check_inputs, check_site, progress
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from lynceus.store.lake import Lake

app = typer.Typer(help="Care for the lake: what is kept, and for how long.", rich_markup_mode=None)

LAKE = Path("lake")
Folder = Annotated[Path, typer.Option("--lake", metavar="DIR", help="The folder of the lake.")]
Option = Annotated[
    list[str] | None,
    typer.Option(metavar="CLASS=N", help="Of flows, events, minutes, hours or days; repeatable."),
]


@app.command("show")
def show(lake: Folder = LAKE) -> None:
    """What it holds: tables, rows, bytes, first and last day."""
    from rich.table import Table

    from lynceus.cli.screen import screen
    from lynceus.store.lake import rows_of

    held = opened(lake)
    table = Table("table", "rows", "bytes", "bytes a row", "first day", "last day", box=None)
    for name in held.tables():
        hours = held.hours(name)
        files = [path for hour in hours for path in held.files(name, hour)]
        rows, size = sum(map(rows_of, files)), sum(path.stat().st_size for path in files)
        days = sorted(hour.day for hour in hours)
        each = f"{size / rows:.1f}" if rows else ""
        table.add_row(name, f"{rows:,}", f"{size:,}", each, *(days[:1] + days[-1:]))
    screen().print(table)


@app.command("add")
def add(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="As for analyze.")],
    lake: Folder = LAKE,
    site: Site = "default",
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            "--pseudonyms", metavar="KEY", help="Give the people of the site other names."
        ),
    ] = None,
) -> None:
    """Add the flows and events of captures, logs and lists; the same input again counts once."""
    from lynceus import ingest
    from lynceus.registry import RegistryError
    from lynceus.store.lake import Lake, LakeError
    from lynceus.store.rollup import roll_up

    check_inputs(inputs)
    check_site(site)
    try:
        held = Lake(lake)
        source = ingest.without_names(ingest.open_inputs(inputs, site=site), pseudonyms)
        with progress("adding") as told:
            for batch in source.batches():
                held.add(batch)
                if told:
                    told(ingest.progress(source))
        held.compact()
        roll_up(held)
    except (ingest.InputError, LakeError, RegistryError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or lake}: {error.strerror or error}") from None
    account = source.account
    typer.echo(f"{account.kept:,} of {account.received:,} records added to {lake}")


@app.command("compact")
def compact(lake: Folder = LAKE) -> None:
    """Join small files to large ones, and count the roll-ups of what is new."""
    from lynceus.store.rollup import roll_up

    held = opened(lake)
    joined = held.compact()
    typer.echo(f"{joined:,} files joined; roll-ups of {roll_up(held):,} hours counted")


@app.command("retain")
def retain(age: Option = None, size: Option = None, lake: Folder = LAKE) -> None:
    """Take away what is older than `--age flows=30d`, or more than `--size events=50GB`."""
    from lynceus.cli.clock import now_ns
    from lynceus.store.retention import CLASSES, Keep
    from lynceus.store.retention import retain as take_away

    ages, sizes = _by_class("--age", age, CLASSES), _by_class("--size", size, CLASSES)
    if not ages and not sizes:
        raise UsageError("expected --age or --size, as in --age flows=30d --size events=50GB")
    try:
        names = sorted({*ages, *sizes})
        rules = {name: Keep(age=ages.get(name), size=sizes.get(name)) for name in names}
    except ValueError as error:
        raise UsageError(f"--age, --size: {error}") from None
    for name, gone in take_away(opened(lake), rules, now_ns()).items():
        typer.echo(f"{name}: {gone.partitions:,} hours of tables, {gone.bytes:,} bytes taken away")


@app.command("erase")
def erase(
    value: Annotated[str, typer.Argument(metavar="WHO", help="An address, a user or host name.")],
    lake: Folder = LAKE,
) -> None:
    """Take out every row that names an address, a user or a host; say how many of which table."""
    from lynceus.store.erasure import erase as take_out

    if not value.strip():
        raise UsageError("expected an address, a user or a host name")
    typer.echo(take_out(opened(lake), value.strip()).told())


def opened(folder: Path) -> Lake:
    """The lake in a folder; complains where there is none."""
    from lynceus.store.lake import Lake, LakeError

    try:
        lake = Lake(folder)
    except LakeError as error:
        raise UsageError(str(error)) from None
    if not lake.tables():
        raise UsageError(f"{folder}: holds no flows and no events; expected the folder of a lake")
    return lake


def _by_class(option: str, given: list[str] | None, classes: Collection[str]) -> dict[str, str]:
    """`flows=30d` and the like, by class."""
    told = {}
    for text in given or []:
        name, _, value = text.partition("=")
        if name not in classes or not value:
            expected = ", ".join(f"{one}=..." for one in classes)
            raise UsageError(f"{option} {text}: expected {expected}")
        told[name] = value
    return told
