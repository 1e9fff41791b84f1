"""What a task tells: figures beside what was wanted, tables of detail, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """One number that was measured."""

    name: str
    value: str
    """With its interval and unit."""
    wanted: str = ""
    """What was to be reached; empty: it is only stated."""
    met: bool | None = None


@dataclass(frozen=True)
class Part:
    """A table of detail."""

    title: str
    rows: tuple[Mapping[str, str], ...]


@dataclass(frozen=True)
class Result:
    """All that a task tells."""

    figures: tuple[Figure, ...]
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def met(self) -> bool:
        """Whether every figure of which something was wanted reached it."""
        return all(figure.met is not False for figure in self.figures)
