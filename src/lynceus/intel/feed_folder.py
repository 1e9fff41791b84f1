"""A folder of subscriptions: what is subscribed to, how its readings went, files written whole.

    ROOT/feeds.toml    what is subscribed to
    ROOT/state.json    when each was read last, how that went, when it is read next

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
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
from pydantic import ValidationError

from lynceus.intel.subscription import Subscription, seconds
from lynceus.moments import NS
from lynceus.records import conform

FEEDS, STATE = "feeds.toml", "state.json"
REFUSED_SCHEMA = pl.Schema({"line": pl.Int64(), "text": pl.String(), "reason": pl.String()})
"""What was left out of a feed, and why."""
ROW_GROUP = 262_144
FIRST_RETRY_S = 300
"""Seconds after which a feed that failed is asked again; twice as long after each further failure,
at most as long as its schedule says, or a day."""


class FeedFolderError(ValueError):
    """A folder that cannot be used, or what it does not hold; the text says which."""


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
    kept: int = 0
    """Entries that it has."""
    refused: int = 0
    """Entries that were left out."""
    validators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By address what its answer said of its version."""

    def unchanged(self, one: Subscription, now_ns: int) -> FeedState:
        """After a reading that found it as it was."""
        due_ns = now_ns + seconds(one.every) * NS
        return replace(self, read_ns=now_ns, next_ns=due_ns, failures=0, reason="")

    def failed(
        self, one: Subscription, now_ns: int, reason: str, wanted_s: float = 0.0
    ) -> FeedState:
        """After a reading that failed: it is asked again later and later, and not before its
        service wants to be; a day later at most."""
        wait_s = min(FIRST_RETRY_S * 2**self.failures, seconds(one.every))
        wait_s = min(max(wait_s, int(wanted_s)), 86_400)
        return replace(
            self, failures=self.failures + 1, reason=reason, next_ns=now_ns + wait_s * NS
        )


class FeedFolder:
    """Subscriptions, their states, and the files beside them."""

    error: ClassVar[type[FeedFolderError]] = FeedFolderError
    """What is raised."""
    parts: ClassVar[tuple[str, ...]] = ("sources", "quarantine")
    """Folders that hold a file a feed."""

    def __init__(self, root: Path) -> None:
        """Raises `error` where the folder cannot be one."""
        self.root = root
        if root.exists() and not root.is_dir():
            raise self.error(f"{root}: is a file; expected the folder of a store")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keeps other writers out. Raises `error` where one is at work already."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise self.error(f"{self.root}: another process writes to it") from None
            yield

    def subscriptions(self) -> dict[str, Subscription]:
        """The feeds by name. Raises `error` naming file and field."""
        path = self.root / FEEDS
        try:
            tables = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self.error(f"{path}: cannot be read: {error}") from None
        found = {}
        for name, table in tables.items():
            given = table if isinstance(table, dict) else {}
            try:
                found[name] = Subscription.model_validate({"name": name, **given})
            except ValidationError as error:
                first = error.errors(include_url=False)[0]
                at = ".".join(map(str, first["loc"]))
                raise self.error(f"{path}: [{name}] {at}: {first['msg']}") from None
        return found

    def subscribe(self, one: Subscription) -> None:
        """Adds a feed, or replaces the one of its name."""
        self._write_feeds({**self.subscriptions(), one.name: one})

    def unsubscribe(self, name: str) -> None:
        """Takes a feed out, with what it said. Raises `error` where there is none."""
        feeds = self.subscriptions()
        if name not in feeds:
            raise self.error(f"{self.root}: has no feed {name!r}")
        self._write_feeds({key: one for key, one in feeds.items() if key != name})
        for folder in self.parts:
            (self.root / folder / f"{name}.parquet").unlink(missing_ok=True)
        self.keep({key: state for key, state in self.states().items() if key != name})

    def _write_feeds(self, feeds: Mapping[str, Subscription]) -> None:
        parts = []
        for name, one in sorted(feeds.items()):
            given = one.model_dump(mode="json", exclude_defaults=True, exclude={"name"})
            lines = [f"{key} = {_toml(value)}" for key, value in given.items()]
            parts.append("\n".join([f"[{name}]", *lines]))
        self.replace(FEEDS, "\n\n".join(parts) + "\n")

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
            raise self.error(f"{path}: cannot be read: {error}") from None

    def keep(self, states: Mapping[str, FeedState]) -> None:
        """Writes down how the readings went."""
        told = {name: asdict(state) for name, state in sorted(states.items())}
        self.replace(STATE, json.dumps(told, indent=1) + "\n")

    def quarantine(self, name: str) -> pl.DataFrame:
        """What was left out of a feed at its last reading, in `REFUSED_SCHEMA`."""
        return self.frame(self.root / "quarantine" / f"{name}.parquet", REFUSED_SCHEMA)

    def frame(self, path: Path, schema: pl.Schema) -> pl.DataFrame:
        """The rows of a file in a schema; none where it is not there."""
        if not path.exists():
            return pl.DataFrame(schema=schema)
        try:
            return conform(pl.read_parquet(path, hive_partitioning=False), schema)
        except (OSError, pl.exceptions.PolarsError) as error:
            reason = str(error).splitlines()[0]
            raise self.error(f"{path}: cannot be read: {reason}") from None

    def write(self, path: Path, rows: pl.DataFrame) -> None:
        """Replaces a table."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        rows.write_parquet(part, compression="zstd", row_group_size=ROW_GROUP)
        part.replace(path)

    def replace(self, name: str, text: str) -> None:
        """Replaces a text of the folder."""
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
