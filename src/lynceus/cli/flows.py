"""`lynceus flows`: inputs in, the flow table out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.analyze import Inputs, Site, check_inputs, check_site, progress
from lynceus.cli.complaint import UsageError, complain

FORMATS = (".parquet", ".csv", ".jsonl")


def flows(
    inputs: Inputs,
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help=f"Table to write: its name ends in {', '.join(FORMATS)}.",
        ),
    ],
    site: Site = "default",
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write the flow table alone, as Parquet, CSV or JSON lines."""
    if output.suffix not in FORMATS:
        raise UsageError(f"{output}: expected a name that ends in {', '.join(FORMATS)}")
    if output.exists() and not force:
        raise UsageError(f"{output}: exists already; expected a new name, or --force to replace it")
    if not output.parent.is_dir():
        raise UsageError(f"{output.parent}: there is no such directory; expected one for the table")
    check_inputs(inputs)
    check_site(site)
    _run(inputs, output, site)


def _run(inputs: list[str], output: Path, site: str) -> None:
    from lynceus import ingest
    from lynceus.present.table import TableWriter
    from lynceus.records import FLOW_SCHEMA, conform
    from lynceus.registry import RegistryError

    try:
        options = ingest.ReadOptions(site=site, events=False)
        source = ingest.open_inputs(inputs, options=options)
        with progress("reading") as told, TableWriter(output, FLOW_SCHEMA) as table:
            for batch in source.batches():
                table.write(conform(batch.flows, FLOW_SCHEMA))
                if told:
                    told(ingest.progress(source))
    except (ingest.InputError, RegistryError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or output}: {error.strerror or error}") from None
    lost = sum(source.account.dropped.values())
    if lost:
        why = ", ".join(f"{count} {reason}" for reason, count in source.account.dropped.items())
        complain(f"{lost} of {source.account.received} records could not be used: {why}")
