"""The tables `[run]` and `[[source]]` of the configuration: what goes on, and where it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from lynceus.ingest.feeds import Feed, FeedError, kinds
from lynceus.live import privileges
from lynceus.own.toml_file import TomlFile, nearest
from lynceus.own.toml_table import checked, table_of

_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_OF_EACH: dict[str, Any] = {"kind": (str, ...), "name": (str, "")}
"""Keys of every `[[source]]` beside the options of its kind."""


@dataclass(frozen=True)
class RunConfig:
    """How Lynceus runs for good."""

    state: Path = Path("state")
    """Where all is kept that must outlive a stop: a folder."""
    ledger: str = ""
    """A file of SQLite, or the URL of PostgreSQL; left out: `ledger.db` in `state`."""
    lake: str = ""
    """The folder of flows and events; left out: `lake` in `state`."""
    worker: str = "lynceus"
    """The name of this process in the ledger; two that share one need two names."""
    checkpoint_s: float = 10.0
    """Seconds between checkpoints; longer while one takes more than a tenth of that."""
    turn_s: float = 0.5
    """Seconds of input that are taken in at once."""
    idle_s: float = 10.0
    """A source that is silent for so many seconds is not waited for."""
    windows_bytes: int = 1 << 30
    """What open windows may hold in memory; beyond it groups of few rows are forgotten."""
    queue_rows: int = 65_536
    """Rows that may wait before sources wait."""
    user: str = ""
    """Root becomes this user once the sources are open; empty: it stays root."""
    watch: str = "127.0.0.1:9470"
    """Where metrics and health are told over HTTP; an empty text: nowhere."""
    keep_flows: str = "30d"
    """How long flows stay in the lake."""
    keep_events: str = "14d"
    """How long events stay in the lake."""
    keep_rollups: str = "400d"
    """How long sums of hosts, pairs and services stay in the lake."""

    @property
    def ledger_place(self) -> str:
        """The ledger that is meant."""
        return self.ledger or str(self.state / "ledger.db")

    @property
    def lake_place(self) -> Path:
        """The lake that is meant."""
        return Path(self.lake) if self.lake else self.state / "lake"


@dataclass(frozen=True)
class Settings:
    """What a run needs beside the configuration of the analysis."""

    run: RunConfig = field(default_factory=RunConfig)
    sources: Mapping[str, Feed] = field(default_factory=dict)
    """Live sources by their names."""

    def refuse_unusable(self) -> None:
        """Raises `lynceus.ingest.feeds.FeedError` on a source that can never work."""
        for name, feed in self.sources.items():
            refuse_unusable(name, feed)

    @staticmethod
    def load(path: str | Path) -> Settings:
        """Those of a configuration. Raises `lynceus.own.OwnFileError`."""
        file = TomlFile.load(path)
        run = checked(file, table_of(RunConfig), file.tables.get("run", {}), "[run")
        if "state" in run:
            run["state"] = file.path.parent / run["state"]
        if (user := run.get("user")) and not privileges.known(user):
            raise file.refused(
                f"[run] user {user!r}: no such user of this machine", "user", heading="[run"
            )
        tables = file.tables.get("source", [])
        if not isinstance(tables, list):
            raise file.refused("source: expected tables [[source]]", "source")
        return Settings(
            replace(RunConfig(state=file.path.parent / "state"), **run), _sources(file, tables)
        )


def refuse_unusable(name: str, feed: Feed) -> None:
    """Raises `lynceus.ingest.feeds.FeedError` on options with which a source can never work."""
    if usable := getattr(feed, "usable", None):
        usable(name)


def _sources(file: TomlFile, tables: Sequence[Any]) -> dict[str, Feed]:
    known = kinds()
    models = {kind: table_of(feed, **_OF_EACH) for kind, feed in known.items()}
    sources: dict[str, Feed] = {}
    for number, (name, table) in enumerate(named(tables), 1):
        refused = partial(file.refused, heading="[[source", number=number)
        kind = table.get("kind") if isinstance(table, dict) else None
        if kind not in known:
            reason = f"[[source]] kind {kind!r}: expected one of {', '.join(known)}"
            hint = nearest(str(kind), known)
            raise refused(reason + hint, "kind")
        if not _NAME.fullmatch(name):
            reason = f"[[source]] name {name!r}: expected 1 to 60 letters, digits, '.', '_' or '-'"
            raise refused(reason, "name")
        if name in sources:
            raise refused(f"[[source]] name {name!r}: is there already", "name")
        told = checked(file, models[kind], table, "[[source", number)
        given = {key: value for key, value in told.items() if key not in _OF_EACH}
        for key in set(getattr(known[kind], "beside", ())) & set(given):
            given[key] = _beside(file.path.parent, given[key])
        try:
            sources[name] = known[kind](**given)
            refuse_unusable(name, sources[name])
        except (ValueError, FeedError) as error:
            raise refused(f"[[source]] {error}", "kind") from None
    return sources


def _beside(folder: Path, paths: Any) -> Any:
    """A path or several, those that are relative from a folder on."""
    if isinstance(paths, Path):
        return folder / paths
    if isinstance(paths, str):
        return str(folder / paths) if paths else paths
    return tuple(_beside(folder, path) for path in paths)


def named(tables: Sequence[Any]) -> list[tuple[str, Any]]:
    """The tables of sources with their names: `name`, else the kind and a number."""
    seen: dict[str, int] = {}
    told: list[tuple[str, Any]] = []
    for table in tables:
        if not isinstance(table, dict):
            told.append(("", table))
            continue
        kind = str(table.get("kind", ""))
        seen[kind] = seen.get(kind, 0) + 1
        number = f"-{seen[kind]}" if seen[kind] > 1 else ""
        told.append((str(table.get("name", f"{kind}{number}")), table))
    return told
