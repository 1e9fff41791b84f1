"""What the program must show on real data, one file an oracle, and what it showed.

An oracle is a module with a docstring (its section of `docs/oracles.md`) and a function
`table(data: Path) -> OracleTable`; `data` is the folder of real captures and logs. Whoever lacks
data or a program raises `AbsentError`. A new oracle is a new file; the folder is the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from lynceus import analyze
from lynceus.analysis import Analysis
from lynceus.records import SEVERITIES, Severity


@dataclass(frozen=True)
class OracleTable:
    """What one oracle asked and what was measured."""

    title: str
    """What it is held to, a few words."""
    must_show: str
    """The demand, one line."""
    rows: pl.DataFrame
    """The single comparisons; every row tells one, the failures among them."""
    verdict: bool
    """Whether the demand is met."""
    summary: str
    """What was measured, one line with its figures."""


class AbsentError(Exception):
    """The data or the program that an oracle needs is not here."""


def at(data: Path, name: str) -> Path:
    """The input of this name below the data, packed or not. Raises `AbsentError`."""
    for path in (data / name, data / f"{name}.gz"):
        if path.exists():
            return path
    raise AbsentError(f"no {name} in the data")


@lru_cache(maxsize=16)
def analysed(path: Path) -> Analysis:
    """The analysis of one input; several oracles look at the same."""
    return analyze(path)


def from_on(least: Severity) -> tuple[Severity, ...]:
    """The severities from this one on."""
    return SEVERITIES[SEVERITIES.index(least) :]
