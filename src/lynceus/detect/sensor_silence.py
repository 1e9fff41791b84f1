"""A source or exporter of a run that used to speak and no longer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, duration_text, saturating
from lynceus.features.sensor import SENSOR_SILENCES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class SensorSilence:
    """A sensor, a log or an exporter from which nothing comes any more while time goes on.

    Detects: of a run that goes on, a live source, or one exporter behind a collector, of which
    nothing has come for much longer than it has ever been silent. It is told once, when the
    silence passes the limit.

    Why: what a silent sensor would have seen looks peaceful, and an intruder may have switched it
    off.

    Blind spots: the only source of a run, where it tells of records and not of now: no time passes
    then (`lynceus top` and the metrics show it); one that never spoke; a sensor that goes on
    speaking and leaves things out, which its losses tell.

    False positives: maintenance; a site that closes at night and whose longest silence is not
    known yet.

    ATT&CK: T1562.006 Impair Defenses: Indicator Blocking, where it was done on purpose.
    """

    reads: ClassVar[tuple[Table, ...]] = (SENSOR_SILENCES,)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "defense-evasion"
    techniques: ClassVar[tuple[str, ...]] = ("T1562.006",)

    silent_s: int = 600
    """Seconds of silence, at least: longer than a restart takes."""
    times: float = 3.0
    """How many times its longest silence before."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a source or exporter, in the window in which its silence passes the limit."""
        limit = pl.max_horizontal(pl.lit(float(self.silent_s)), self.times * pl.col("usual_s"))
        silence = pl.col("silent_s").cast(pl.Float64)
        return (
            tables[0]
            .filter((silence >= limit) & (pl.col("silent_before_s") < limit))
            .select(
                *WINDOW_KEYS,
                *("orig_h", "first_seen_ns", "last_seen_ns", "silent_s", "usual_s"),
                orig_role=pl.lit("unknown"),
                rule="sensor",
                score=0.5 * saturating(silence / limit, 1.0),
                confidence=pl.lit(0.6),
                because=sentence(
                    "Nothing has come from {sensor} for {silence}; before it was silent for "
                    "{usual_s} at most.",
                    silence=duration_text(silence),
                    usual_s=duration_text(pl.col("usual_s").cast(pl.Float64)),
                ),
            )
        )
