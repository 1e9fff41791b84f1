"""The tables `[run]` and `[[source]]` of the configuration: what goes on, and where it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lynceus.ingest.feeds import Feed


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
    queue_rows: int = 400_000
    """Rows that may wait before sources wait."""
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


def named(tables: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """The tables of sources with their names: `name`, else the kind and a number."""
    seen: dict[str, int] = {}
    told = []
    for table in tables:
        kind = str(table.get("kind", ""))
        seen[kind] = seen.get(kind, 0) + 1
        number = f"-{seen[kind]}" if seen[kind] > 1 else ""
        told.append((str(table.get("name", f"{kind}{number}")), table))
    return told
