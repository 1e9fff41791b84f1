"""From a set's own columns to columns of a flow: the rule and its documentation are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from lynceus.records import FLOW_SCHEMA


@dataclass(frozen=True)
class Mapped:
    """How a set gives one column of a flow."""

    name: str
    """A column of `FLOW_SCHEMA`."""
    expr: pl.Expr
    """Over the set's columns."""
    how: str = ""
    """How it is derived where the set has no column of equal meaning; empty: it has."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The set's columns that it is made of."""
        return tuple(dict.fromkeys(self.expr.meta.root_names()))


def applied(rows: pl.DataFrame, mapping: Iterable[Mapped]) -> pl.DataFrame:
    """The rows with those columns of a flow that can be made of what they have.

    What does not fit the type of its column becomes null.
    """
    has = set(rows.columns)
    return rows.with_columns(
        m.expr.cast(FLOW_SCHEMA[m.name], strict=False).alias(m.name)
        for m in mapping
        if has.issuperset(m.needs)
    )


def told(name: str, gives: Iterable[Mapped], lacks: Mapping[str, str]) -> str:
    """What the documentation says of one column: `equal`, how it is derived, or why it is absent.

    Raises LookupError where a set says neither.
    """
    for mapped in gives:
        if mapped.name == name:
            return mapped.how or "equal"
    fitting = [beginning for beginning in lacks if name.startswith(beginning)]
    if not fitting:
        raise LookupError(f"a set says nothing of {name}")
    return f"absent: {lacks[max(fitting, key=len)]}"
