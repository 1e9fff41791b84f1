"""What a run for good keeps, read as results: incidents of its ledger, flows of its lake."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from lynceus.incident import Incident
from lynceus.results import Results, ResultsError

if TYPE_CHECKING:
    from lynceus.store.ledger import Ledger

LEDGER, LAKE = "ledger.db", "lake"
CONFIGURATION = ".toml"


def opened(path: Path) -> Results:
    """The results of an analysis in its directory, or those of a run: its state, or its
    configuration where ledger and lake lie elsewhere. Raises `ResultsError`."""
    if path.suffix == CONFIGURATION and path.is_file():
        from lynceus.live.settings import Settings
        from lynceus.own.complaint import OwnFileError

        try:
            settings = Settings.load(path)
        except OwnFileError as error:
            raise ResultsError(str(error)) from None
        run = settings.run
        named = (getattr(feed, "ring_folder", "") for feed in settings.sources.values())
        rings = (*_rings(run.state), *(Path(folder) for folder in named if folder))
        return KeptResults(run.lake_place, run.ledger_place, rings)
    if (path / LEDGER).exists():
        return KeptResults(path / LAKE, str(path / LEDGER), _rings(path))
    return Results(path)


def _rings(state: Path) -> tuple[Path, ...]:
    """Where the interfaces of a run keep their packets, if they do."""
    return tuple(sorted(state.glob("sources/*/packets")))


@dataclass(frozen=True)
class KeptResults(Results):
    """The incidents of a ledger and the flows of a lake (`folder`)."""

    ledger: str
    rings: tuple[Path, ...] = ()
    """Folders in which packets of interfaces are kept."""

    @cached_property
    def incidents(self) -> list[Incident]:
        """The last versions of all incidents but those that another took in."""
        with self._opened() as held:
            return [one for one in held.incidents() if one.merged_into is None]

    def findings(self, ids: Iterable[str]) -> pl.DataFrame:
        """The kept findings with these ids, in `FINDING_SCHEMA`."""
        with self._opened() as held:
            return held.findings(list(ids))

    def _flows(self, findings: pl.DataFrame) -> pl.LazyFrame | None:
        from lynceus.store.lake import Lake
        from lynceus.store.scan import flows_between

        first, last = findings["window_start_ns"].min(), findings["window_end_ns"].max()
        if not isinstance(first, int) or not isinstance(last, int):
            return None
        # A window's end does not belong to it, but flows of a finding may be named beyond it.
        found = list(flows_between(Lake(self.folder), first, last + 1))
        return pl.concat(found).lazy() if found else None

    def captures(self, begin_ns: int, end_ns: int) -> list[Path]:
        """What the rings of the interfaces still hold of a stretch of time."""
        from lynceus.ingest.feeds.packet_ring import packets_between

        return [one for ring in self.rings for one in packets_between(ring, begin_ns, end_ns)]

    @cached_property
    def inputs(self) -> dict[str, str | None]:
        """Nothing: packets of the wire are in no file that was named."""
        return {}

    @property
    def suppress(self) -> Path | None:
        """None: what is suppressed is not in the ledger."""
        return None

    def _opened(self) -> Ledger:
        from lynceus.store.ledger import Ledger, LedgerError

        try:
            return Ledger(self.ledger)
        except LedgerError as error:
            raise ResultsError(str(error)) from None
