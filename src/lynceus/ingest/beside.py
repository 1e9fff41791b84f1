"""What families of servers, endpoints and detections share: JSON objects within lines, and what a
line tells beside its row (a login, a request, a process).
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.devices import SHAPES


def nested(table: str, there: pl.Expr, **told: pl.Expr | str) -> pl.Expr:
    """A row of another table of events beside the line's own, null where there is none.

    What is not told is null. Fields that the row has anyway (user, service ...) stay there.
    """
    fields = [
        (pl.col(given) if isinstance(given, str) else given).cast(dtype, strict=False).alias(name)
        if (given := told.get(name)) is not None
        else pl.lit(None, dtype).alias(name)
        for name, dtype in SHAPES[table].items()
    ]
    return pl.when(there.fill_null(value=False)).then(pl.struct(fields))


def nothing_but(text: pl.Expr) -> pl.Expr:
    """The text; null where it is empty or hidden behind stars."""
    return pl.when(~text.str.contains(r"^\*+$|^$|^-$")).then(text)


def objects(lines: pl.DataFrame) -> pl.Series:
    """The JSON object within each message, an empty one where there is none."""
    return lines["message"].str.extract(r"(\{.*\})", 1).fill_null("{}")
