"""The page of detectors, made from their docstrings and thresholds."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from lynceus import attack, detect
from lynceus.features.window import Window
from lynceus.registry import snake_case

HEADINGS = ("Detects", "Why", "Blind spots", "False positives", "ATT&CK")


def page(head: str) -> str:
    """The whole page below its first line."""
    classes: list[Any] = list(detect.BUILTIN)
    lines = [
        head,
        "# Detectors\n",
        "Each is one file in `src/lynceus/detect/`; this page is its docstring. Severity is how "
        "bad it is if true, before a row says otherwise; scores and confidence run from 0 to 1.\n",
        "| detector | what it sees | severity | tactic | reads |",
        "|---|---|---|---|---|",
    ]
    for cls in classes:
        name, first = snake_case(cls.__name__), inspect.getdoc(cls).splitlines()[0]
        lines.append(
            f"| [`{name}`](#{name}) | {first} | {cls.severity} | {cls.tactic} | {_reads(cls)} |"
        )
    for cls in classes:
        lines += _section(cls)
    return "\n".join(lines) + "\n"


def _section(cls: Any) -> list[str]:
    name = snake_case(cls.__name__)
    lines = [f"\n## `{name}`\n", *_described(inspect.getdoc(cls))]
    known = [f"{t} {attack.technique_name(t)}" for t in cls.techniques]
    lines += [f"Key: {cls.key}. Techniques: {', '.join(known) or 'none'}.\n"]
    told = _field_docs(cls)
    fields = dataclasses.fields(cls)
    if fields:
        lines += ["| threshold | default | meaning |", "|---|---|---|"]
        lines += [f"| `{f.name}` | {f.default!r} | {told.get(f.name, '')} |" for f in fields]
    return lines


def _described(doc: str) -> list[str]:
    lines = []
    for paragraph in doc.split("\n\n"):
        heading = next((h for h in HEADINGS if paragraph.startswith(f"{h}:")), None)
        if heading:
            lines.append(f"**{heading}.**{paragraph[len(heading) + 1 :]}\n")
        elif paragraph.startswith("    "):
            lines.append(f"```\n{textwrap.dedent(paragraph)}\n```\n")
        else:
            lines.append(f"{paragraph}\n")
    return lines


def _reads(cls: Any) -> str:
    widths: dict[str, set[str]] = {}
    for table in cls.reads:
        widths.setdefault(table.of, set()).add(
            table.every if isinstance(table, Window) else f"rows/{table.every}"
        )
    return "; ".join(f"{of} {', '.join(sorted(every))}" for of, every in sorted(widths.items()))


def _field_docs(cls: Any) -> dict[str, str]:
    """The docstring under each field."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    body = getattr(tree, "body", [])
    told = {}
    for field, text in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            name, value = ast.unparse(field.target), text.value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                told[name] = " ".join(value.value.split())
    return told
