"""The page of labelled data sets, made from their loaders, and the numbers that models read."""

from __future__ import annotations

import sys
from itertools import groupby

from lynceus.features import vector
from lynceus.learn import mapping
from lynceus.learn.datasets import Loader, loaders
from lynceus.learn.families import FAMILIES

INTRODUCTION = """\
    lynceus datasets list                        # the sets that are known
    lynceus datasets show PATH                   # what a file or directory holds, and what is wrong with it
    lynceus datasets convert PATH -o out.parquet # its flows in Lynceus' columns
    lynceus datasets select PATH                 # which numbers a model should read, and why

A set is known by its content. Each loader gives columns of a flow ([features.md](features.md))
where the set defines them as Lynceus does, or where they can be worked out exactly; the rest is
absent, never guessed. What it takes out or mends is counted. Columns of a set's own are kept under
`own_` and serve inside that set alone.

Rows are split by time, by their place in the file, or by holding out whole captures, hosts or
families. A random split over flows of one capture is not offered: it measures memory.
"""  # noqa: E501


def page(head: str) -> str:
    """The whole page below its first line."""
    sets = loaders()
    lines = [head, "# Labelled data sets\n", INTRODUCTION]
    for name, loader in sets.items():
        lines += [f"\n## `{name}`: {loader.title}\n", _about(loader), ""]
        lines += [f"Looks like: {loader.expects}.\n", "Known faults:\n"]
        lines += [f"- {fault}" for fault in loader.faults]
    lines += ["\n## What each set gives\n", "Columns that the numbers of models are made of.\n"]
    lines += _mapping(sets)
    lines += ["\n## Families\n", "| family | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in FAMILIES.items()]
    return "\n".join(lines) + "\n"


def numbers() -> list[str]:
    """The section of the numbers that models read, for the page of columns."""
    lines = [
        "\n## Numbers that models read\n",
        "Made of the columns above by `src/lynceus/features/vector.py`, the same in training and "
        "in serving; Float32, null where unknown. No number tells of an address, a port or a time "
        "to live. A model is bound to the hash of the numbers it reads: "
        f"`{vector.spec_hash(vector.names('flow'))[:16]}...` for all of tier `flow`, "
        f"`{vector.spec_hash(vector.names('packet'))[:16]}...` for all of `packet`, which includes "
        "`flow`.\n",
    ]
    for tier in ("flow", "packet"):
        own = [n for n in vector.VECTOR if n.tier == tier]
        plain = [n for n in own if n.needs == (n.name,)]
        made = [n for n in own if n not in plain]
        lines += [f"\n### Tier `{tier}` ({len(own)})\n"]
        if plain:
            lines += ["As they stand: " + ", ".join(f"`{n.name}`" for n in plain) + ".\n"]
        lines += ["| number | unit | definition | null when |", "|---|---|---|---|"]
        lines += [f"| `{n.name}` | {n.unit} | {n.definition} | {n.null_when} |" for n in made]
    return lines


def _about(loader: type[Loader]) -> str:
    """The docstring of the set's module."""
    text = sys.modules[loader.__module__].__doc__ or ""
    return text.strip()


def _mapping(sets: dict[str, type[Loader]]) -> list[str]:
    """Columns by set; neighbours of which every set says the same share a row."""
    told = [
        (column, tuple(mapping.told(column, s.gives, s.lacks) for s in sets.values()))
        for column in vector.needs("packet")
    ]
    lines = [
        "| columns | " + " | ".join(f"`{name}`" for name in sets) + " |",
        "|---" * (len(sets) + 1) + "|",
    ]
    for cells, group in groupby(told, key=lambda row: row[1]):
        columns = ", ".join(f"`{column}`" for column, _ in group)
        lines.append(f"| {columns} | " + " | ".join(cells) + " |")
    return lines
