"""The page of figures, as Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lynceus.learn.evaluate.result import Result

HEAD = """# What the learned detectors are worth

<!-- Written by `make evaluate`. -->

Each task trains anew on one part of a labelled set and is measured on the part that it was trained
without: later in time, later in the file, or whole captures and hosts held out; never rows drawn
at random from one capture. Bounds in brackets are 95 % intervals by bootstrap over hosts or
captures; where there are fewer than five of those, none is told. A figure that falls short of what
was wanted stands here as it is.
"""

_NOT = "Not measured: "


@dataclass(frozen=True)
class Measured:
    """A task and what it told, or why it told nothing."""

    name: str
    task: Any
    result: Result | None
    fault: str = ""


def page(measured: Sequence[Measured], titles: Sequence[str], before: str = "") -> str:
    """The whole page, its sections in the order of `titles`.

    Of the page `before` those sections stay whose task was not run now.
    """
    told = _sections(before) | {one.task.title: "\n".join(_section(one)) for one in measured}
    return "\n".join([HEAD, *(told[title] for title in titles if title in told)]) + "\n"


def measured_in(written: str) -> set[str]:
    """The titles of the sections of a page that have figures."""
    return {title for title, told in _sections(written).items() if _NOT not in told}


def _sections(written: str) -> dict[str, str]:
    """The sections of a page by their titles."""
    _, *parts = ("\n" + written).split("\n## ")
    return {part.partition("\n")[0]: f"\n## {part.rstrip()}" for part in parts}


def _section(one: Measured) -> Iterator[str]:
    yield f"\n## {one.task.title}\n"
    yield f"`{one.name}`. {' '.join(inspect.cleandoc(one.task.__doc__ or '').split())}\n"
    if one.result is None:
        yield f"{_NOT}{one.fault}."
        return
    rows = [
        {
            "figure": figure.name,
            "measured": figure.value,
            "wanted": figure.wanted or "(stated)",
            "reached": {None: "", True: "yes", False: "no"}[figure.met],
        }
        for figure in one.result.figures
    ]
    yield from _table(rows)
    for part in one.result.parts:
        yield f"\n{part.title}:\n"
        yield from _table(part.rows)
    if one.result.notes:
        yield "\n" + " ".join(one.result.notes)


def _table(rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    rows = list(rows)
    if not rows:
        return
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|" + "---|" * len(rows[0])
    for row in rows:
        yield "| " + " | ".join(value.replace("|", "\\|") for value in row.values()) + " |"
