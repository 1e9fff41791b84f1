"""Runs the oracles and prints their table.

python -m oracles [-v] [--record] [NAME ...]

`-v` prints the rows of each, `--record` keeps what was measured for `docs/oracles.md`. The exit
code is 1 where an oracle is not met; one whose data or program is absent says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import polars as pl

from oracles import AbsentError, OracleTable

HERE = Path(__file__).resolve().parent
MEASURED = HERE / "measured"
LINE = "{:<14} {:<7} {}"


def names() -> list[str]:
    """The oracles there are, in the order of their names."""
    return sorted(module.name for module in iter_modules([str(HERE)]) if module.name != "__main__")


def main(arguments: list[str]) -> int:
    """Runs the oracles named, or all; 1 where one is not met, 2 on a name that is none."""
    parser = argparse.ArgumentParser(prog="oracles")
    parser.add_argument("name", nargs="*", help="oracles to run; all by default")
    parser.add_argument("-v", "--verbose", action="store_true", help="print the rows of each")
    parser.add_argument("--record", action="store_true", help="keep what is measured for the docs")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.name) - set(names()))
    if unknown:
        sys.stderr.write(f"no oracle {', '.join(unknown)}; there are {', '.join(names())}\n")
        return 2
    data = Path(os.environ.get("LYNCEUS_SHARED_DATA") or HERE.parents[2] / "shared" / "data")
    failed = 0
    print(LINE.format("oracle", "verdict", "what it must show, and what was measured"))
    for name in asked.name or names():
        failed += not _run(name, data, asked.verbose, asked.record)
    return 1 if failed else 0


def _run(name: str, data: Path, verbose: bool, record: bool) -> bool:
    try:
        told: OracleTable = import_module(f"oracles.{name}").table(data)
    except AbsentError as reason:
        print(LINE.format(name, "absent", f"{reason}\n"), flush=True)
        return True
    print(LINE.format(name, "met" if told.verdict else "NOT MET", told.must_show))
    print(LINE.format("", "", f"{told.summary}\n"), flush=True)
    if verbose:
        with pl.Config(tbl_rows=-1, tbl_cols=-1, fmt_str_lengths=100, tbl_width_chars=180,
                       tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):  # fmt: skip
            print(told.rows)
    if record:
        _keep(name, told)
    return told.verdict


def _keep(name: str, told: OracleTable) -> None:
    """Writes what was measured where `tools/docs.py` finds it."""
    MEASURED.mkdir(exist_ok=True)
    kept = {
        "title": told.title,
        "must_show": told.must_show,
        "verdict": told.verdict,
        "summary": told.summary,
        "rows": told.rows.to_dicts(),
    }
    text = json.dumps(kept, ensure_ascii=False, indent=1, default=str)
    (MEASURED / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
