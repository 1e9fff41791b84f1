"""Records of exporters that wait for those they belong with, for a short time of arrival."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lynceus.ingest.biflow import aggregated, conversation
from lynceus.ingest.export_records import RECORD_SCHEMA

WAITING = pl.Schema({**RECORD_SCHEMA, "arrived_ns": pl.Int64(), "conversation": pl.UInt64()})
MOST_WAITING = 1_000_000
"""Beyond these, records leave without waiting."""

SUMMED_S = 2
"""Sampled packets are summed up so often."""
NS = 1_000_000_000


@dataclass(frozen=True)
class Gathered:
    """What waits: records for their other direction and other exporters, samples for their flow.

    It is replaced, never changed.
    """

    records: pl.DataFrame
    samples: pl.DataFrame
    """Of sampled packets, summed up or not yet; `RECORD_SCHEMA`."""
    summed_ns: int = 0

    @staticmethod
    def nothing() -> Gathered:
        """Nothing waits."""
        return Gathered(pl.DataFrame(schema=WAITING), pl.DataFrame(schema=RECORD_SCHEMA))

    @property
    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All that waits."""
        return self.records, self.samples

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return self.records.is_empty() and self.samples.is_empty()

    def with_records(self, records: pl.DataFrame, now_ns: int) -> Gathered:
        """With records that came now."""
        if records.is_empty():
            return self
        came = records.with_columns(
            pl.lit(now_ns, pl.Int64).alias("arrived_ns"), conversation(records)
        )
        return Gathered(pl.concat([self.records, came]), self.samples, self.summed_ns)

    def due(self, now_ns: int, hold_s: float) -> tuple[Gathered, pl.DataFrame]:
        """What goes on waiting, and the records that leave.

        All of a conversation leave together, once the first of them has waited for `hold_s`.
        """
        over = self.records["arrived_ns"] <= now_ns - int(hold_s * NS)
        if self.records.height > MOST_WAITING:
            leaving = self.records
            return Gathered(leaving.clear(), self.samples, self.summed_ns), leaving
        if not over.any():
            return self, self.records.clear()
        ready = self.records["conversation"].filter(over).unique()
        leaves = self.records["conversation"].is_in(ready.implode())
        rest = Gathered(self.records.filter(~leaves), self.samples, self.summed_ns)
        return rest, self.records.filter(leaves)

    def with_samples(
        self, samples: pl.DataFrame, now_ns: int, *, active_s: float, idle_s: float
    ) -> tuple[Gathered, pl.DataFrame]:
        """With sampled packets that came now; and the records of flows that are over.

        A flow is over when no packet of either direction was sampled for `idle_s`, or when it
        lasts `active_s`.
        """
        waiting = self.samples
        if samples.height:
            anywhere = samples.with_columns(input_digest=pl.lit(None, pl.String))
            waiting = pl.concat([waiting, anywhere])
        due = now_ns // (SUMMED_S * NS) > self.summed_ns // (SUMMED_S * NS)
        if not due or waiting.is_empty():
            return Gathered(self.records, waiting, self.summed_ns), samples.clear()
        flows = aggregated(waiting, active_s, idle_s)
        both = flows.with_columns(conversation(flows))
        last = pl.col("end_ns").max().over("conversation")
        lasted = last - pl.col("ts_ns").min().over("conversation")
        silent = last < now_ns - int(idle_s * NS)
        over = (
            both.select(silent | (lasted >= int(active_s * NS))).to_series().fill_null(value=True)
        )
        if flows.height > MOST_WAITING:
            over = over.is_not_null()
        left = flows.filter(over)
        return Gathered(self.records, flows.filter(~over), now_ns), left
