"""`lynceus datasets`: labelled data sets, what is in them and wrong with them, in our columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.flows import FORMATS, check_output

if TYPE_CHECKING:
    import polars as pl

    from lynceus.learn.dataset import Dataset

app = typer.Typer(
    help="Look at labelled data sets and turn them into Lynceus' columns.",
    rich_markup_mode=None,
)

Given = Annotated[Path, typer.Argument(metavar="PATH", help="A file or directory of the set.")]
Named = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Read it as this set, whatever it is.")
]


@app.command("list")
def list_() -> None:
    """List the sets that are known and what their files look like."""
    from rich.text import Text

    from lynceus.cli.screen import screen
    from lynceus.learn.datasets import loaders

    console = screen()
    known = loaders()
    wide = max(map(len, known))
    for name, loader in known.items():
        console.print(Text(f"{name:<{wide}}", "bold") + Text(f" {loader.title}: {loader.expects}"))


@app.command("show")
def show(path: Given, name: Named = None) -> None:
    """Show what a set holds: classes, numbers, known faults, what was cleaned."""
    from lynceus.cli.screen import screen
    from lynceus.features import vector

    dataset = _loaded(path, name)
    rows = dataset.rows
    console = screen()
    console.print(f"{dataset.name}: {rows.height} flows in order of {dataset.order}", style="bold")
    console.print(f"digest {dataset.digest[:16]}, {rows['capture'].n_unique()} captures, "
                  f"{rows['host'].drop_nulls().n_unique()} hosts")  # fmt: skip
    if dataset.sampled_by_label:
        console.print("a selection of rows: no window over them means anything")
    for reason, count in sorted(dataset.cleaning.items()):
        console.print(f"  {count} {reason.replace('_', ' ')}")
    console.print()
    _table(rows.group_by("family", "label").len().sort("len", "label", descending=[True, False]))
    tiers: tuple[vector.Tier, ...] = ("flow", "packet")
    for tier in tiers:
        known, all_ = dataset.known_names(tier), vector.names(tier)
        console.print(f"tier {tier}: {len(known)} of {len(all_)} numbers are known")
    console.print(f"of the set's own: {len(dataset.own)} columns\n")
    for fault in dataset.faults:
        console.print(f"- {fault}")
    if unfit := _unfit(dataset):
        console.print(f"\ncannot be learned from: {unfit}")


@app.command("convert")
def convert(
    path: Given,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", metavar="FILE",
            help=f"Table to write: its name ends in {', '.join(FORMATS)}.",
        ),
    ],
    name: Named = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:  # fmt: skip
    """Write the flows of a set with their labels in Lynceus' columns."""
    from lynceus.present.table import TableWriter

    check_output(output, force)
    dataset = _loaded(path, name)
    try:
        with TableWriter(output, dataset.rows.schema) as table:
            table.write(dataset.rows)
    except OSError as error:
        raise UsageError(f"{error.filename or output}: {error.strerror or error}") from None
    complain(f"{dataset.rows.height} flows of {dataset.name} in {output}")


@app.command("select")
def select(
    path: Given,
    tier: Annotated[
        str, typer.Option(help="flow: what any source can give; packet: what the meter sees too.")
    ] = "flow",
    target: Annotated[str, typer.Option(help="What is to be told: family, label, malicious.")] = (
        "family"
    ),
    name: Named = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same report.")] = 0,
) -> None:
    """Report which numbers a model of a set should read, and why."""
    from lynceus.cli.screen import screen
    from lynceus.features import vector
    from lynceus.learn import select as selection

    if tier not in ("flow", "packet"):
        raise UsageError(f"--tier {tier}: expected flow or packet")
    if target not in ("family", "label", "malicious"):
        raise UsageError(f"--target {target}: expected family, label or malicious")
    chosen: Literal["family", "label", "malicious"] = target  # type: ignore[assignment]
    names = vector.names("packet" if tier == "packet" else "flow")
    dataset = _loaded(path, name)
    with _complaints():
        found = selection.select(dataset, names, chosen, seed=seed)
    _table(found.numbers)
    console = screen()
    console.print(
        f"{len(found.kept)} of {len(names)} kept; mean recall over the classes on later rows "
        f"{found.recall:.3f} with all, {found.recall_of_kept:.3f} with those kept"
    )


def _loaded(path: Path, name: str | None) -> Dataset:
    from lynceus.learn.datasets import load

    with _complaints():
        return load(name, path)


@contextmanager
def _complaints() -> Iterator[None]:
    """What is wrong with a set, or absent to learn from it, as one line and exit code 2."""
    from lynceus.learn.dataset import DatasetError
    from lynceus.learn.extras import ExtraMissingError
    from lynceus.registry import RegistryError

    try:
        yield
    except (DatasetError, ExtraMissingError, RegistryError) as error:
        raise UsageError(str(error)) from None


def _unfit(dataset: Dataset) -> str:
    """Why no class can be learned from a set; empty where one can."""
    from lynceus.learn.dataset import DatasetError, checked

    try:
        checked(dataset)
    except DatasetError as error:
        return str(error)
    return "" if dataset.known_names("flow") or dataset.own else "every feature is null"


def _table(frame: pl.DataFrame) -> None:
    """A small table, numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    from lynceus.cli.screen import screen

    table = Table(box=None, pad_edge=False)
    for column, dtype in frame.schema.items():
        number = dtype.is_numeric()  # what a row is about is never cut, its numbers' heads wrap
        justify: Literal["left", "right"] = "right" if number else "left"
        table.add_column(column.replace("_", " "), justify=justify, no_wrap=not number)
    for row in frame.iter_rows():
        table.add_row(*(Text(_cell(value)) for value in row))
    screen().print(table)
    screen().print()


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
