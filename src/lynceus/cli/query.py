"""`lynceus query`: a question to the lake in SQL."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from lynceus.cli.complaint import UsageError
from lynceus.cli.lake import LAKE, Folder

FORMATS = ("table", "csv", "jsonl")
ROWS_SHOWN = 1_000
"""Most rows of a table on the screen; CSV and JSON lines have them all."""


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="select ... from flows, dns, host_day")],
    lake: Folder = LAKE,
    form: Annotated[
        str, typer.Option("--format", metavar="FORM", help=f"One of {', '.join(FORMATS)}.")
    ] = "table",
) -> None:
    """Ask the lake in SQL: its tables are flows, the protocol events and the roll-ups."""
    import polars as pl

    from lynceus.store.lake import Lake, LakeError
    from lynceus.store.query import ask

    if form not in FORMATS:
        raise UsageError(f"--format {form}: expected one of {', '.join(FORMATS)}")
    try:
        answer = ask(Lake(lake), sql)
    except LakeError as error:
        raise UsageError(str(error)) from None
    if form == "csv":
        from lynceus.present.text_file import without_formulas

        sys.stdout.write(without_formulas(answer).write_csv())
    elif form == "jsonl":
        sys.stdout.write(answer.write_ndjson())
    else:
        with pl.Config(
            tbl_rows=ROWS_SHOWN, tbl_cols=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=80,
            tbl_hide_column_data_types=True, tbl_formatting="NOTHING", tbl_width_chars=-1,
        ):  # fmt: skip
            typer.echo(str(answer))
        rows = "1 row" if answer.height == 1 else f"{answer.height:,} rows"
        more = f", the first {ROWS_SHOWN:,} shown" if answer.height > ROWS_SHOWN else ""
        typer.echo(f"{rows}{more}", err=True)
