"""Writes the page that tells where the shipped lists come from."""

from __future__ import annotations

from pathlib import Path

import polars as pl

DATA = Path(__file__).resolve().parent.parent / "src" / "lynceus" / "enrich" / "data"

COLUMNS = ("kind", "source", "licence", "date", "entries")

HEAD = """# Where these files come from

Facts that the program ships: which networks and names are well known, and to whom they belong.
Made by `tools/build_networks.py` and `tools/build_domains.py`, which also wrote this page. A date
of eight digits is the version of the list itself; where lists overlap, the later row counts.

| file | size | rows | made by |
|---|---|---|---|
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
    for name, what in (("networks.csv", "network"), ("domains.csv", "service")):
        if (DATA / name).exists():
            text += _table(name, what)
    (DATA / "SOURCES.md").write_text(text, encoding="utf-8")
