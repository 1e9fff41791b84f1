"""`lynceus flows`: inputs in, the flow table out; without an input, flows of the lake."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import Site, check_inputs, check_site, progress
from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.lake import LAKE, Folder, opened
from lynceus.moments import NS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from lynceus._core import ArrowFrame
    from lynceus.ingest.capture import Capture
    from lynceus.ingest.inputs import ReadOptions
    from lynceus.ingest.merge import Merged
    from lynceus.present.table import Rows

FORMATS = (".parquet", ".csv", ".jsonl")


def flows(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help=f"Table to write: its name ends in {', '.join(FORMATS)}.",
        ),
    ],
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[INPUT]",
            help="As for analyze; without one the flows of the lake.",
            show_default=False,
        ),
    ] = None,
    site: Site = "default",
    lake: Folder = LAKE,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Of the lake: flows that end from then on."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Of the lake: that end before then.")
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Of the lake: flows of this address, either end.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write the flow table alone, as Parquet, CSV or JSON lines.

    Without an input the flows come from the lake: `--from 2024-05-01 --to 2024-05-01T12:00 --host
    10.0.0.5`. Times are UTC.
    """
    check_output(output, force)
    if inputs:
        if first or last or host:
            raise UsageError("--from, --to and --host choose from the lake; expected no INPUT")
        check_inputs(inputs)
        check_site(site)
        _run(inputs, output, site)
    else:
        _stored(lake, output, (_moment("--from", first), _moment("--to", last)), host)


def _moment(option: str, text: str | None) -> int | None:
    """A day or time, UTC where it names no zone, in ns since 1970."""
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: expected 2024-05-01 or 2024-05-01T13:00") from None
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()) * NS


def _stored(
    folder: Path, output: Path, span: tuple[int | None, int | None], host: str | None
) -> None:
    from lynceus.present.table import TableWriter
    from lynceus.records import FLOW_SCHEMA
    from lynceus.store.scan import flows_between

    lake = opened(folder)
    try:
        with TableWriter(output, FLOW_SCHEMA) as table:
            for part in flows_between(lake, *span, host=host):
                table.write(part)
    except OSError as error:
        raise UsageError(f"{error.filename or output}: {error.strerror or error}") from None


def check_output(output: Path, force: bool) -> None:
    """Refuses a table that cannot be written, before anything is read."""
    if output.suffix not in FORMATS:
        raise UsageError(f"{output}: expected a name that ends in {', '.join(FORMATS)}")
    if output.exists() and not force:
        raise UsageError(f"{output}: exists already; expected a new name, or --force to replace it")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such directory; expected one for the table")


def _run(inputs: list[str], output: Path, site: str) -> None:
    from lynceus.ingest.inputs import InputError, ReadOptions
    from lynceus.present.table import TableWriter
    from lynceus.registry import RegistryError

    try:
        columns, source, tables = _opened(inputs, output, ReadOptions(site=site, events=False))
        with progress("reading") as told, TableWriter(output, columns) as table:
            for rows in tables:
                table.write(rows)
                if told:
                    told(source.progress())
    except (InputError, RegistryError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or output}: {error.strerror or error}") from None
    lost = sum(source.account.dropped.values())
    if lost:
        why = ", ".join(f"{count} {reason}" for reason, count in source.account.dropped.items())
        complain(f"{lost} of {source.account.received} records could not be used: {why}")


def _opened(
    inputs: list[str], output: Path, options: ReadOptions
) -> tuple[pl.Schema | ArrowFrame, Capture | Merged, Iterator[Rows]]:
    """The columns of the table, and the source with its flows in Arrow.

    A lone capture becomes Parquet without Polars, which takes as long to load as a few hundred
    thousand packets take to meter.
    """
    from lynceus._core import no_flows
    from lynceus.ingest.capture import lone_capture

    if output.suffix == ".parquet" and (capture := lone_capture(inputs, options)):
        return no_flows(), capture, capture.flow_tables()
    from lynceus.ingest.opening import open_inputs
    from lynceus.records import FLOW_SCHEMA, conform

    source = open_inputs(inputs, options=options)
    flows = (conform(batch.flows, FLOW_SCHEMA) for batch in source.batches())
    return FLOW_SCHEMA, source, flows
