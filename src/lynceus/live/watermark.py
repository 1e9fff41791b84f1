"""How far event time has come, over all sources: nothing that ends before it is waited for.

Each source is as far as its own watermark, or as the last end it told less its lateness. All wait
for the one that is furthest behind, but not for ever: one that has been silent for a while is not
waited for, and where it speaks of what happens now (`pace` clock) its silence lets time pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lynceus.ingest.feeds.delays import AHEAD_NS
from lynceus.moments import NS
from lynceus.records import Batch


@dataclass
class _Reach:
    pace: Literal["clock", "record"]
    lateness_ns: int
    heard_ns: int
    """When it spoke last, by the clock; at first when it was opened."""
    past_ns: int | None = None
    ended: bool = False


class Watermarks:
    """The watermark of each source, and of all."""

    def __init__(self, idle_s: float) -> None:
        """`idle_s`: a source that has been silent so long is not waited for."""
        self._idle_ns = int(idle_s * NS)
        self._sources: dict[str, _Reach] = {}
        self.reached_ns: int | None = None
        """How far all have come; it never goes back."""

    def open(
        self, name: str, pace: Literal["clock", "record"], lateness_s: float, now_ns: int
    ) -> None:
        """A source begins to speak; one that did before goes on where it was."""
        known = self._sources.get(name)
        past = known.past_ns if known else None
        self._sources[name] = _Reach(pace, int(lateness_s * NS), now_ns, past)

    @property
    def several(self) -> bool:
        """Whether more than one source is known."""
        return len(self._sources) > 1

    def drop(self, name: str) -> None:
        """A source that was taken out of the configuration is not waited for."""
        self._sources.pop(name, None)

    def saw(self, name: str, batch: Batch, now_ns: int) -> None:
        """What a source told; one that was dropped moves nothing any more."""
        source = self._sources.get(name)
        if source is None:
            return
        source.heard_ns = now_ns
        if batch.watermark_ns is not None:
            past = batch.watermark_ns
        elif (last := _last_end(batch, now_ns + AHEAD_NS)) is not None:
            past = last - source.lateness_ns
        else:
            return
        past = min(past, now_ns + AHEAD_NS)
        source.past_ns = past if source.past_ns is None else max(past, source.past_ns)

    def ended(self, name: str) -> None:
        """A source that will never tell more holds nothing back."""
        self._sources[name].ended = True

    def advance(self, now_ns: int) -> int | None:
        """Moves on to where all have come by now; gives how far that is."""
        waited: list[int | None] = []
        quiet: list[int] = []
        for source in self._sources.values():
            silent = now_ns - source.heard_ns > self._idle_ns
            if silent and source.pace == "clock" and not source.ended:
                waited.append(max(now_ns - self._idle_ns - source.lateness_ns, source.past_ns or 0))
            elif not silent and not source.ended:
                waited.append(source.past_ns)
            elif source.past_ns is not None:
                quiet.append(source.past_ns)
        if not waited:  # nobody speaks any more: as far as all of them had come
            waited = list(quiet)
        if waited and None not in waited:
            reached = min(past for past in waited if past is not None)
            self.reached_ns = max(reached, self.reached_ns or reached)
        return self.reached_ns

    def snapshot(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        past = {name: source.past_ns for name, source in self._sources.items()}
        return {"reached_ns": self.reached_ns, "past_ns": past}

    def resume(self, snapshot: Mapping[str, Any], now_ns: int) -> None:
        """Goes on where a snapshot was taken; sources are opened after."""
        self.reached_ns = snapshot["reached_ns"]
        for name, ns in snapshot["past_ns"].items():
            self._sources[name] = _Reach("record", 0, now_ns, ns)


def _last_end(batch: Batch, most_ns: int) -> int | None:
    """The last end of the rows, of those up to a time."""
    ends = [batch.flows["end_ns"], *(frame["ts_ns"] for frame in batch.events.values())]
    last = [e.filter(e <= most_ns).max() for e in ends if len(e)]
    return max((int(ns) for ns in last if isinstance(ns, int)), default=None)
