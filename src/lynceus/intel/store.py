"""The store of indicators: a folder with what every feed says, and the form that flows meet.

    STORE/feeds.toml              the feeds that are subscribed to
    STORE/sources/NAME.parquet    the indicators of a feed
    STORE/quarantine/NAME.parquet what of it was left out: line, text, reason
    STORE/state.json              when each was read last, how that went, when it is read next
    STORE/matching.parquet        one row an indicator, of all feeds together
    STORE/hunted                  when stored traffic was last looked through for new ones

Every file is written whole beside its place and renamed to it, so that a reader sees the old or the
new one. One process writes at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import ValidationError

from lynceus.enrich.indicator import INDICATOR_SCHEMA, MATCHING_SCHEMA
from lynceus.enrich.intel import Indicators, merged
from lynceus.intel.subscription import Subscription
from lynceus.records import conform

SOURCE_SCHEMA = pl.Schema({**INDICATOR_SCHEMA, "added_ns": pl.Int64()})
"""A row of a source: `added_ns` is when the store first heard of it."""
FEEDS, STATE, MATCHING, HUNTED = "feeds.toml", "state.json", "matching.parquet", "hunted"
ROW_GROUP = 262_144


class IntelStoreError(ValueError):
    """A store that cannot be used, or what it does not hold; the text says which."""


@dataclass(frozen=True)
class FeedState:
    """How the readings of a feed went."""

    read_ns: int | None = None
    """When it was last read with success, also where nothing was new."""
    next_ns: int = 0
    """When it is due."""
    failures: int = 0
    """Readings that failed one after the other."""
    reason: str = ""
    """Why the last one failed."""
    indicators: int = 0
    refused: int = 0
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By address what its answer said of its version."""


class IntelStore:
    """A folder of indicators."""

    def __init__(self, root: Path) -> None:
        """Raises `IntelStoreError` where the folder cannot be one."""
        self.root = root
        if root.exists() and not root.is_dir():
            raise IntelStoreError(f"{root}: is a file; expected the folder of a store")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps other writers out. Raises `IntelStoreError` where one is at work already."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise IntelStoreError(f"{self.root}: another process writes to it") from None
            yield

    def subscriptions(self) -> dict[str, Subscription]:
        """The feeds by name. Raises `IntelStoreError` naming file and field."""
        path = self.root / FEEDS
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise IntelStoreError(f"{path}: cannot be read: {error}") from None
        found = {}
        for name, table in tables.items():
            given = table if isinstance(table, dict) else {}
            try:
                found[name] = Subscription.model_validate({"name": name, **given})
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                at = ".".join(map(str, first["loc"]))
                raise IntelStoreError(f"{path}: [{name}] {at}: {first['msg']}") from None
        return found

    def subscribe(self, one: Subscription) -> None:
        """Adds a feed, or replaces the one of its name."""
        self._write_feeds({**self.subscriptions(), one.name: one})

    def unsubscribe(self, name: str) -> None:
        """Takes a feed out, with what it said. Raises `IntelStoreError` where there is none."""
        feeds = self.subscriptions()
        if name not in feeds:
            raise IntelStoreError(f"{self.root}: has no feed {name!r}")
        self._write_feeds({key: one for key, one in feeds.items() if key != name})
        for folder in ("sources", "quarantine"):
            (self.root / folder / f"{name}.parquet").unlink(missing_ok=True)
        self.keep({key: state for key, state in self.states().items() if key != name})

    def _write_feeds(self, feeds: Mapping[str, Subscription]) -> None:
        parts = []
        for name, one in sorted(feeds.items()):
            given = one.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
            lines = [f"{key} = {_toml(value)}" for key, value in given.items()]
            parts.append("\n".join([f"[{name}]", *lines]))
        self._replace(FEEDS, "\n\n".join(parts) + "\n")

    def states(self) -> dict[str, FeedState]:
        """How the readings of each feed went."""
        path = self.root / STATE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            names = {one.name for one in fields(FeedState)}
            return {
                name: FeedState(**{key: v for key, v in state.items() if key in names})
                for name, state in told.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise IntelStoreError(f"{path}: cannot be read: {error}") from None

    def keep(self, states: Mapping[str, FeedState]) -> None:
        """Writes down how the readings went."""
        told = {name: asdict(state) for name, state in sorted(states.items())}
        self._replace(STATE, json.dumps(told, indent=1) + "\n")

    def hunted_ns(self) -> int | None:
        """When stored traffic was last looked through for new indicators."""
        try:
            return int((self.root / HUNTED).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            raise IntelStoreError(f"{self.root / HUNTED}: expected a time in ns") from None

    def hunted(self, at_ns: int) -> None:
        """Writes down when that was."""
        self._replace(HUNTED, f"{at_ns}\n")

    def source(self, name: str) -> pl.DataFrame:
        """The indicators of a feed, in `SOURCE_SCHEMA`; none where it was never read."""
        return self._frame(self.root / "sources" / f"{name}.parquet", SOURCE_SCHEMA)

    def quarantine(self, name: str) -> pl.DataFrame:
        """`line`, `text`, `reason` of what was left out of a feed at its last reading."""
        schema = pl.Schema({"line": pl.Int64(), "text": pl.String(), "reason": pl.String()})
        return self._frame(self.root / "quarantine" / f"{name}.parquet", schema)

    def put(self, name: str, rows: pl.DataFrame, refused: pl.DataFrame) -> None:
        """Replaces what a feed says."""
        self._write(self.root / "sources" / f"{name}.parquet", rows)
        self._write(self.root / "quarantine" / f"{name}.parquet", refused.head(10_000))

    def rows(self) -> pl.DataFrame:
        """The rows of all feeds, in `SOURCE_SCHEMA`."""
        sources = [self.source(name) for name in self.subscriptions()]
        return pl.concat([pl.DataFrame(schema=SOURCE_SCHEMA), *sources])

    def gather(self, shared: pl.DataFrame | None = None) -> pl.DataFrame:
        """Puts together what flows meet, and writes it.

        `shared` has `kind`, `indicator` and why many may meet it (`indicator_shared`).
        """
        table = merged(self.rows().drop("added_ns"))
        if shared is not None and shared.height:
            why = shared.with_columns(pl.col("kind").cast(MATCHING_SCHEMA["kind"]))
            table = table.drop("indicator_shared").join(
                why, on=["kind", "indicator"], how="left", maintain_order="left"
            )
            table = conform(table, MATCHING_SCHEMA)
        self._write(self.root / MATCHING, table)
        return table

    def indicators(self) -> Indicators:
        """What flows meet. Raises `IntelStoreError` where nothing was gathered yet."""
        path = self.root / MATCHING
        if not path.exists():
            raise IntelStoreError(
                f"{self.root}: holds no indicators yet; expected a folder that "
                "`lynceus intel update` has filled"
            )
        return Indicators.lean(self._frame(path, MATCHING_SCHEMA))

    def _frame(self, path: Path, schema: pl.Schema) -> pl.DataFrame:
        if not path.exists():
            return pl.DataFrame(schema=schema)
        try:
            return conform(pl.read_parquet(path, hive_partitioning=False), schema)
        except (OSError, pl.exceptions.PolarsError) as error:
            reason = str(error).splitlines()[0]
            raise IntelStoreError(f"{path}: cannot be read: {reason}") from None

    def _write(self, path: Path, rows: pl.DataFrame) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        rows.write_parquet(part, compression="zstd", row_group_size=ROW_GROUP)
        part.replace(path)

    def _replace(self, name: str, text: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        part = self.root / f".{name}.{os.getpid()}"
        part.write_text(text, encoding="utf-8")
        part.replace(self.root / name)


def _toml(value: Any) -> str:
    """A value as TOML has it: a text, a number, or a table of them on one line."""
    if isinstance(value, dict):
        told = (f"{key} = {_toml(one)}" for key, one in value.items() if one is not None)
        return "{ " + ", ".join(told) + " }"
    return json.dumps(value, ensure_ascii=False)
