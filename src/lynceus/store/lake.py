"""The lake: flows and events as Parquet files, by day and hour of their end.

    ROOT/flows/day=2024-05-01/hour=13/<name>.parquet
    ROOT/events/dns/day=2024-05-01/hour=13/<name>.parquet
    ROOT/rollups/host_hour/day=2024-05-01/hour=13/<name>.parquet

Any reader of hive-partitioned Parquet reads it: DuckDB, Polars, Spark, pandas. A file is written
whole in `ROOT/.work` and renamed to its place; many small ones become few large ones (`compact`).
Rows without a time lie in `day=unknown/hour=0`. A file leaves out columns in which it has no value,
and those that follow from others of the row (`DERIVED`).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, FLOW_TIER, Batch

HOUR_NS = 3_600 * NS
UNTIMED = "unknown"
"""The day of rows without a time."""

DERIVED: dict[str, pl.Expr] = {
    "total_packets": pl.col("orig_packets") + pl.col("resp_packets"),
    "total_bytes": pl.col("orig_bytes") + pl.col("resp_bytes"),
    "duration_s": (pl.col("end_ns") - pl.col("ts_ns")) / 1e9,
}
"""Columns of flows that follow from others of the row: a file has one only where they differ."""

ROLLUP_TABLES = tuple(
    f"{of}_{width}" for of in ("host", "pair", "service") for width in ("minute", "hour", "day")
)
"""What `rollup.py` counts of flows."""

ROWS_A_FILE = 2_000_000
"""Most rows that are compacted to one file: what is held in memory at once."""

ROW_GROUP = 131_072

NEW_LEVEL, KEPT_LEVEL = 1, 3
"""Levels of zstd: of what has just come, and of what is joined and stays."""


class LakeError(ValueError):
    """A lake that cannot be used; the text names the path and the reason."""


@dataclass(frozen=True, order=True)
class Hour:
    """One partition of a table."""

    day: str
    hour: int

    @property
    def path(self) -> str:
        return f"day={self.day}/hour={self.hour}"

    @property
    def start_ns(self) -> int | None:
        """Its begin; None for rows without a time."""
        if self.day == UNTIMED:
            return None
        day = datetime.strptime(self.day, "%Y-%m-%d").replace(tzinfo=UTC)
        return int(day.timestamp()) * NS + self.hour * HOUR_NS

    @staticmethod
    def of(folder: Path) -> Hour | None:
        """The partition that a folder is; None where it is none."""
        day, _, name = folder.parent.name.partition("=")
        hour, _, number = folder.name.partition("=")
        if (day, hour) != ("day", "hour") or not number.isdigit():
            return None
        try:
            found = Hour(name, int(number))
            _ = found.start_ns
        except ValueError:
            return None
        return found


class Lake:
    """A folder of tables, each a tree of days and hours."""

    def __init__(self, root: Path) -> None:
        """Raises `LakeError` where the folder cannot be one."""
        self.root = root
        if root.exists() and not root.is_dir():
            raise LakeError(f"{root}: is a file; expected the folder of a lake")

    def add(self, batch: Batch, name: str | None = None) -> None:
        """Writes the rows of a batch, a file for each table and hour; the same batch again is one.

        The files bear a name, or one of their content; under the same name they are replaced.
        Raises OSError where the disk cannot take them; what is there by then is whole.
        """
        for table, rows in (("flows", batch.flows), *batch.events.items()):
            for hour, part in _by_hour(rows):
                self.write(table, hour, part, name)

    def tables(self) -> tuple[str, ...]:
        """The tables that hold files: flows, then events, then roll-ups."""
        known = ("flows", *EVENT_SCHEMAS, *ROLLUP_TABLES)
        return tuple(t for t in known if any(self.folder(t).glob("day=*/hour=*/*.parquet")))

    def folder(self, table: str) -> Path:
        """Where a table lies."""
        if table == "flows":
            return self.root / table
        return self.root / ("events" if table in EVENT_SCHEMAS else "rollups") / table

    def hours(self, table: str) -> list[Hour]:
        """The partitions of a table, in order of time."""
        found = (Hour.of(path) for path in self.folder(table).glob("day=*/hour=*"))
        return sorted(hour for hour in found if hour is not None)

    def files(self, table: str, hour: Hour) -> list[Path]:
        """The files of a partition, by name."""
        return sorted((self.folder(table) / hour.path).glob("*.parquet"))

    def state(self, table: str, hour: Hour) -> str:
        """A digest that changes when the files of a partition change; roll-ups are named by it."""
        told = "|".join(f"{p.name}:{p.stat().st_size}" for p in self.files(table, hour))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def write(self, table: str, hour: Hour, rows: pl.DataFrame, name: str | None = None) -> Path:
        """Puts rows in a file of a partition: whole, then under its name, else that of its content.

        A file of the same name is replaced.
        """
        folder = self.folder(table) / hour.path
        folder.mkdir(parents=True, exist_ok=True)
        work = self._work(f"{table}-{hour.day}-{hour.hour}.parquet")
        self._packed(table, rows, work, NEW_LEVEL)
        return work.replace(folder / f"{name or _digest(work)}.parquet")

    def replace(self, table: str, hour: Hour, rows: pl.DataFrame, name: str) -> None:
        """Puts rows in place of all that a partition holds."""
        new = self.write(table, hour, rows, name)
        for path in self.files(table, hour):
            if path != new:
                path.unlink()

    def rewrite(self, table: str, hour: Hour, files: Iterable[pl.DataFrame]) -> None:
        """Replaces all files of a partition at once by others; by nothing where there are none."""
        new = self._work(f"{table}-{hour.day}-{hour.hour}")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for number, rows in enumerate(files):
            if rows.is_empty():
                continue
            part = new / "part.parquet"
            self._packed(table, rows, part, KEPT_LEVEL)
            part.rename(new / f"{number:04}-{_digest(part)}.parquet")
        place = self.folder(table) / hour.path
        if any(new.iterdir()):
            _exchange(new, place)
        else:
            place.rename(gone := new.with_name(f"{new.name}-gone"))
            shutil.rmtree(gone)
        shutil.rmtree(new)

    def compact(self, parts: int = 1, before_ns: int | None = None) -> int:
        """Joins the files of every hour that has more than `parts`, of those that ended before a
        time where one is given; gives how many it joined.

        Their rows are sorted by their end, in files of at most `ROWS_A_FILE`; what two of these
        files hold alike counts once.
        """
        joined = 0
        for table in (table for table in self.tables() if table not in ROLLUP_TABLES):
            for hour in self.hours(table):
                if before_ns is not None and (hour.start_ns or 0) + HOUR_NS > before_ns:
                    continue
                files = self.files(table, hour)
                groups = list(_together(files)) if len(files) > parts else []
                if len(groups) < len(files) and groups:
                    self.rewrite(table, hour, map(_joined, groups))
                    joined += len(files)
        return joined

    def _packed(self, table: str, rows: pl.DataFrame, path: Path, level: int) -> None:
        kept = FLOW_TIER if table == "flows" else rows.columns
        drop = [n for n in rows.columns if n not in kept and rows[n].null_count() == rows.height]
        if table == "flows":
            drop += [name for name, follows in DERIVED.items() if _follows(rows, name, follows)]
        rows.drop(drop).write_parquet(
            path, compression="zstd", compression_level=level, row_group_size=ROW_GROUP
        )

    def _work(self, name: str) -> Path:
        folder = self.root / ".work"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name


def schema_of(table: str) -> pl.Schema | None:
    """The columns of a table as its rows had them when they came in; None for roll-ups."""
    return FLOW_SCHEMA if table == "flows" else EVENT_SCHEMAS.get(table)


def read(table: str, files: Sequence[Path]) -> pl.LazyFrame:
    """The rows of files of one table, all columns of it, null where a file has none."""
    schema = schema_of(table)
    if not files:
        return pl.LazyFrame(schema=schema or {})
    if schema is None:
        return pl.scan_parquet(list(files), hive_partitioning=False)
    rows = pl.scan_parquet(
        list(files),
        schema=schema,
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=False,
    )
    if table != "flows":
        return rows
    told = {name: pl.coalesce(name, e.cast(schema[name])) for name, e in DERIVED.items()}
    return rows.with_columns(**told)


def _follows(rows: pl.DataFrame, name: str, follows: pl.Expr) -> bool:
    """Whether a column holds nothing that others of its row do not tell."""
    if name not in rows.columns:
        return False
    here, there = pl.col(name), follows
    if name == "duration_s":  # to the nanosecond: how a source divided does not matter
        here, there = ((value * 1e9).round().cast(pl.Int64) for value in (here, there))
    return bool(rows.select(here.eq_missing(there.cast(pl.Int64)).all()).item())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _by_hour(rows: pl.DataFrame) -> Iterator[tuple[Hour, pl.DataFrame]]:
    """The rows by the hour of their end."""
    if not rows.height:
        return
    end = pl.coalesce("end_ns", "ts_ns") if "end_ns" in rows.columns else pl.col("ts_ns")
    hours = rows.select(end // HOUR_NS).to_series()
    if (hours == hours[0]).all() and not hours.has_nulls():
        parts = {(hours[0],): rows}  # most often: to part them is dear where there are many columns
    else:
        parts = rows.with_columns(hours.alias("_hour")).partition_by(
            "_hour", as_dict=True, include_key=False
        )
    for (number,), own in parts.items():
        if number is None:
            yield Hour(UNTIMED, 0), own
        else:
            at = datetime.fromtimestamp(number * 3_600, UTC)
            yield Hour(f"{at:%Y-%m-%d}", at.hour), own


def rows_of(path: Path) -> int:
    """How many rows a file of the lake holds."""
    return int(pl.scan_parquet(path, hive_partitioning=False).select(pl.len()).collect().item())


def _together(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Files whose rows fit one file."""
    group: list[Path] = []
    held = 0
    for path in files:
        rows = rows_of(path)
        if group and held + rows > ROWS_A_FILE:
            yield group
            group, held = [], 0
        group.append(path)
        held += rows
    yield group


def _joined(files: Sequence[Path]) -> pl.DataFrame:
    """The rows of files by their end; what two of them hold alike counts once."""
    frames = [pl.read_parquet(path, hive_partitioning=False) for path in files]
    rows = pl.concat(frames, how="diagonal")
    flows = "end_ns" in rows.columns
    rows = rows.unique(["site", "uid"] if flows else None, keep="first", maintain_order=True)
    by = ["end_ns", "ts_ns", "uid"] if flows else ["ts_ns", "uid"]
    return rows.sort(by, nulls_last=True, maintain_order=True)


def _exchange(one: Path, other: Path) -> None:
    """Lets two folders change places, at once where the system can."""
    if not other.exists():
        one.rename(other)
        one.mkdir()
        return
    try:
        swap = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        swap = None
    here, exchange = -100, 2
    if swap is None or swap(here, os.fsencode(one), here, os.fsencode(other), exchange) != 0:
        aside = one.with_name(f"{one.name}-aside")
        other.rename(aside)
        one.rename(other)
        aside.rename(one)
