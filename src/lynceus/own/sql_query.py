"""An SQL query over one window as a detection: each row that it gives is a finding.

    -- title: Many names of one length
    -- level: low
    -- tags: attack.command-and-control, attack.t1071.004
    -- window: 1h
    select orig_h, count(distinct query) as names from dns group by orig_h having names > 500

The tables are `flows` and the event tables; a query sees the rows of one window at a time. DuckDB
is imported only when there is a query, and may read nothing but these tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl

from lynceus.engine import SCHEMAS
from lynceus.features.window import Rows, width_ns
from lynceus.language.columns import sentence
from lynceus.own import columns
from lynceus.own.complaint import OwnFileError, line_of, read
from lynceus.own.detector import OwnDetector
from lynceus.own.told import LEVELS, Told, name_of, tagged
from lynceus.records import FINDING_SCHEMA

HEAD = re.compile(r"^\s*--\s*(\w+)\s*:\s*(.*?)\s*$")
KNOWN = ("title", "id", "level", "tags", "window", "description")
ENTITY = ("orig_h", "resp_h", "domain")
SAID = (*ENTITY, "resp_p", "proto", "service", "orig_role", "resp_role", "score", "confidence",
        "because", "first_seen_ns", "last_seen_ns", "site")  # fmt: skip
"""Columns of a finding that a query may give; all others become evidence."""

Connection = Any
"""A DuckDB connection."""


class _Streamed:
    """A frame that DuckDB may read as a stream of Arrow batches, without PyArrow."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The door of the Arrow PyCapsule interface."""
        return self._frame.__arrow_c_stream__(requested_schema)


def detector(path: Path) -> OwnDetector:
    """The query of a file. Raises OwnFileError."""
    try:
        import duckdb
    except ImportError:
        raise OwnFileError(
            path, 1, "an SQL query needs DuckDB; install lynceus with the extra 'detections'"
        ) from None
    text = read(path)
    told, every = _head(path, text)
    tables = [name for name in SCHEMAS if re.search(rf"(?i)\b(from|join)\s+\"?{name}\b", text)]
    if not tables:
        raise OwnFileError(path, 1, f"asks no table: there are {', '.join(SCHEMAS)}")
    reads = tuple(Rows(name, every, _used(name, text)) for name in tables)

    def findings(*frames: pl.LazyFrame) -> pl.LazyFrame:
        collected = dict(zip(tables, pl.collect_all(frames), strict=True))
        starts = pl.concat(f["window_start_ns"] for f in collected.values()).unique().sort()
        rows = [pl.DataFrame(schema={"window_start_ns": pl.Int64})]
        for start in starts:
            own = {
                name: frame.filter(pl.col("window_start_ns").eq_missing(start))
                for name, frame in collected.items()
            }
            try:
                found = _answer(text, own)
            except duckdb.Error as error:
                raise ValueError(f"{path}: {str(error).splitlines()[0]}") from None
            rows.append(found.with_columns(window_start_ns=pl.lit(start, pl.Int64)))
        answers = pl.concat(rows, how="diagonal_relaxed").with_columns(
            window_end_ns=pl.col("window_start_ns") + width_ns(every)
        )
        return _said(answers, told).lazy()

    _try(path, text, duckdb, {name: columns.of_table(name) for name in tables})
    return OwnDetector(told=told, reads=reads, speak=findings)


def _head(path: Path, text: str) -> tuple[Told, str]:
    given: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not (match := HEAD.match(line)):
            if line.strip() and not line.lstrip().startswith("--"):
                break
            continue
        if match[1].lower() not in KNOWN:
            reason = f"the head has no {match[1]!r}: expected {', '.join(KNOWN)}"
            raise OwnFileError(path, number, reason)
        given[match[1].lower()] = match[2]

    def refused(key: str, reason: str) -> OwnFileError:
        return OwnFileError(path, line_of(text, key), reason)

    every = given.get("window", "1h")
    try:
        width_ns(every)
    except ValueError as error:
        raise refused("window", str(error)) from None
    level = given.get("level", "medium").lower()
    if level not in LEVELS:
        raise refused("level", f"the level {level!r} is none of {', '.join(LEVELS)}")
    tactic, techniques, unknown = tagged(given.get("tags", "").split(","))
    if unknown:
        raise refused("tags", f"the tag {unknown[0]!r} is no ATT&CK tactic or technique")
    title = given.get("title") or path.stem.replace("_", " ")
    told = Told(title, given.get("id", name_of(path)), LEVELS[level], tactic, techniques)
    return told, every


def _used(table: str, text: str) -> tuple[str, ...]:
    """The columns that the query names; all of them where it asks for `*`."""
    words = set(re.findall(r"\w+", text.lower()))
    every = re.search(r"(?i)\bselect\s+(\w+\s*\.\s*)?\*|,\s*(\w+\s*\.\s*)?\*", text)
    schema = columns.of_table(table)
    used = [name for name in schema if every or name.lower() in words]
    return tuple(used or list(schema)[:1])


def _connected(frames: Mapping[str, pl.DataFrame]) -> Connection:
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("set enable_external_access = false")
    connection.execute("set threads = 1")
    for name, frame in frames.items():
        connection.register(name, _Streamed(frame))
    return connection


def _answer(text: str, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Raises duckdb.Error on a query that cannot be answered."""
    with closing(_connected(frames)) as connection:
        connection.execute(text)
        names = [column[0] for column in connection.description or ()]
        rows = connection.fetchall()
        return pl.DataFrame(rows, names, orient="row", infer_schema_length=None)


def _try(path: Path, text: str, duckdb: Any, schemas: Mapping[str, pl.Schema]) -> None:
    """Asks empty tables, so that what is wrong shows before any input is read."""
    empty = {name: pl.DataFrame(schema=schema) for name, schema in schemas.items()}
    try:
        answer = _answer(text, empty)
    except duckdb.Error as error:
        told = str(error)
        found = re.search(r"LINE (\d+):", told)
        reason = told.splitlines()[0].strip()
        raise OwnFileError(path, int(found[1]) if found else 1, reason) from None
    except (TypeError, ValueError, pl.exceptions.PolarsError):
        raise OwnFileError(path, 1, "is no query that gives rows") from None
    if not set(ENTITY) & set(answer.columns):
        line = line_of(text, "select", "SELECT", "Select")
        reason = f"gives no {' and no '.join(ENTITY)}: a finding is about somebody"
        raise OwnFileError(path, line, reason)


def _said(answers: pl.DataFrame, told: Told) -> pl.DataFrame:
    """The rows as a detector says them, with what they leave open filled in."""
    given = [name for name in answers.columns if name in SAID]
    entity = [name for name in (*ENTITY, "resp_p") if name in given]
    shown = [name for name in answers.columns if name not in FINDING_SCHEMA]
    parts = [
        pl.format(f"{name} {{}}", name) for name in shown if not answers[name].dtype.is_nested()
    ]
    numbers = pl.concat_str(parts, separator=", ", ignore_nulls=True) if parts else pl.lit("")
    who = pl.concat_str(
        (pl.col(name).cast(pl.String) for name in entity if name != "resp_p"),
        separator=" and ",
        ignore_nulls=True,
    )
    defaults = {
        "score": pl.lit(0.5),
        "confidence": pl.lit(0.5),
        "orig_role": pl.lit("unknown"),
        "resp_role": pl.lit("unknown"),
        "site": pl.lit("default"),
        "because": sentence(
            "The query “{title}” found {who} ({numbers}).",
            title=pl.lit(told.title),
            who=who,
            numbers=numbers,
        ),
    }
    return answers.with_columns(
        pl.coalesce(name, value) if name in given else value.alias(name)
        for name, value in defaults.items()
    )
