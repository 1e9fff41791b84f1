"""The page of oracles, made from their docstrings and from what was measured last."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

ORACLES = Path(__file__).resolve().parent / "oracles"
ROWS = 60
"""Most rows of an oracle on the page; the command prints all."""


def page(head: str) -> str:
    """The whole page below its first line."""
    measured = {path.stem: _measured(path.stem) for path in _modules()}
    lines = [
        head,
        "# Oracles\n",
        "What the program must show on real data that others have labelled or measured. The data "
        "is no part of the project: it lies in `../shared/data` beside the checkout or where "
        "`LYNCEUS_SHARED_DATA` says. This prints the table:\n",
        "    make oracles\n",
        'and `make oracles ARGS="-v ja4"` the rows of one. A new oracle is a new file in '
        "`tools/oracles/`; `--record` keeps what it measures for this page. Measured last:\n",
        "| oracle | must show | measured | met |",
        "|---|---|---|---|",
    ]
    for name, told in measured.items():
        lines.append(
            f"| [`{name}`](#{name}) | {_cell(told['must_show'])} | {_cell(told['summary'])} "
            f"| {'yes' if told['verdict'] else 'no'} |"
            if told
            else f"| [`{name}`](#{name}) | | not measured | |"
        )
    for path in _modules():
        lines += [f"\n## `{path.stem}`\n", _described(path), *_rows(measured[path.stem])]
    return "\n".join(lines) + "\n"


def _modules() -> list[Path]:
    return sorted(p for p in ORACLES.glob("*.py") if not p.name.startswith("_"))


def _measured(name: str) -> dict[str, Any]:
    path = ORACLES / "measured" / f"{name}.json"
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return told


def _described(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def _rows(told: dict[str, Any]) -> list[str]:
    rows = told.get("rows") or []
    if not rows:
        return []
    lines = ["", f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    lines += [f"| {' | '.join(_cell(v) for v in row.values())} |" for row in rows[:ROWS]]
    if len(rows) > ROWS:
        lines.append(f"\n{len(rows) - ROWS} more rows are printed by the command.")
    return lines


def _cell(value: object) -> str:
    words = {True: "yes", False: "no", None: ""}
    text = words[value] if value is None or isinstance(value, bool) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
