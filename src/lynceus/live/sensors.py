"""When each source, and each exporter behind one, was heard, and how long it usually is silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, conform

EVERY_NS = 60 * NS
MOST = 10_000
"""So many are known; of more those that were silent longest are forgotten."""
FADES = 0.9
"""What is left of a longest silence after a day."""
DAY_NS = 86_400 * NS


@dataclass
class _Heard:
    orig_h: str | None
    heard_ns: int
    usual_ns: float
    faded_ns: int
    silent_before_ns: int = 0


class Sensors:
    """What a run knows of those that tell it something."""

    def __init__(self) -> None:
        self._known: dict[str, _Heard] = {}
        self._told_ns: int | None = None

    def heard(self, name: str, at_ns: int, orig_h: str | None = None) -> None:
        """Something came of a sensor; a time before the last is no news."""
        known = self._known.get(name)
        if known is None:
            self._known[name] = _Heard(orig_h, at_ns, 0.0, at_ns)
        elif at_ns > known.heard_ns:
            faded = FADES ** ((at_ns - known.faded_ns) / DAY_NS)
            known.usual_ns = max(known.usual_ns * faded, at_ns - known.heard_ns)
            known.heard_ns = known.faded_ns = at_ns

    def forget(self, names: Iterable[str]) -> None:
        """Sensors that were taken away on purpose, and those behind them."""
        gone = tuple(f"{name} " for name in names)
        self._known = {
            name: one for name, one in self._known.items() if not f"{name} ".startswith(gone)
        }

    def told(self, site: str, now_ns: int) -> pl.DataFrame | None:
        """Rows of `sensor_health`, where a minute has passed since the last."""
        if self._told_ns is not None and now_ns - self._told_ns < EVERY_NS:
            return None
        self._told_ns = now_ns
        if len(self._known) > MOST:
            last = sorted(self._known.items(), key=lambda one: -one[1].heard_ns)[:MOST]
            self._known = dict(last)
        rows = []
        for name, one in self._known.items():
            silent_ns = max(0, now_ns - one.heard_ns)
            rows.append({
                "site": site, "ts_ns": now_ns, "orig_h": one.orig_h, "sensor": name,
                "silent_s": silent_ns // NS,
                "silent_before_s": min(one.silent_before_ns, silent_ns) // NS,
                "usual_s": int(one.usual_ns) // NS,
            })  # fmt: skip
            one.silent_before_ns = silent_ns
        if not rows:
            return None
        return conform(pl.DataFrame(rows, infer_schema_length=None), EVENT_SCHEMAS["sensor_health"])

    def snapshot(self) -> dict[str, list[Any]]:
        """What a checkpoint keeps."""
        return {name: [*vars(one).values()] for name, one in self._known.items()}

    def resume(self, snapshot: Mapping[str, list[Any]]) -> None:
        """Goes on where a snapshot was taken; the time of the stop counts as silence of none."""
        self._known = {name: _Heard(*values) for name, values in snapshot.items()}

    def awake(self, now_ns: int) -> None:
        """The run begins: what came while it was down nobody could hear."""
        for one in self._known.values():
            one.heard_ns = one.faded_ns = max(one.heard_ns, now_ns)
            one.silent_before_ns = 0
