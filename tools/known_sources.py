"""Writes the page that tells where the shipped lists come from."""

from __future__ import annotations

from pathlib import Path

import polars as pl

DATA = Path(__file__).resolve().parent.parent / "src" / "lynceus" / "enrich" / "data"

COLUMNS = ("kind", "source", "licence", "date", "entries")

HEAD = """# Where these files come from

Facts that the program ships: which networks and names are well known, and to whom they belong.
Made by `tools/build_networks.py`, `tools/build_domains.py` and `tools/train_generated.py`, which
also wrote this page. A date of eight digits is the version of the list itself; where lists overlap,
the later row counts.

| file | size | rows | made by |
|---|---|---|---|
"""

TRAINED = """
## generated-names.npz

Weights and counts of pieces of names, learned from the lists below; no names are inside.

| learned from | what for | licence of the list |
|---|---|---|
| baderj/domain_generation_algorithms, lists of names by family | made by an algorithm | GPL-2.0 |
| ntop/nDPI tests/dga/test_non_dga.csv | ordinary | LGPL-3.0 |
| domains-popular.parquet | ordinary | CC0-1.0 |
| labels invented by tools/train_generated.py | made by chance | - |
"""


def _table(name: str, what: str) -> str:
    rows = pl.read_csv(DATA / name, infer_schema=False).rows(named=True)
    lines = [
        f"\n## {name}\n",
        f"| {what} | kind | source | licence | date | entries |",
        "|---" * 6 + "|",
    ]
    lines += ["| " + " | ".join(r[c] for c in (what, *COLUMNS)) + " |" for r in rows]
    return "\n".join(lines) + "\n"


def write_sources() -> None:
    """Writes `SOURCES.md` from what is in the folder."""
    text = HEAD
    for path in sorted(DATA.glob("*.parquet")):
        rows = pl.scan_parquet(path).select(pl.len()).collect().item()
        tool = "build_domains.py" if path.name.startswith("domains") else "build_networks.py"
        text += f"| {path.name} | {path.stat().st_size} bytes | {rows} | tools/{tool} |\n"
    model = DATA / "generated-names.npz"
    text += f"| {model.name} | {model.stat().st_size} bytes | - | tools/train_generated.py |\n"
    for name, what in (("networks.csv", "network"), ("domains.csv", "service")):
        if (DATA / name).exists():
            text += _table(name, what)
    (DATA / "SOURCES.md").write_text(text + TRAINED, encoding="utf-8")
