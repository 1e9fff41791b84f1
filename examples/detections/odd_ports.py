"""Hosts that use many high ports within an hour."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Min, Window

HOURS = Window(
    name="high_ports_of_a_host",
    of="flows",
    key=("orig_h",),
    measures=(
        Count("flows"),
        Distinct("ports", "resp_p"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns"),
    ),
    every="1h",
    where=pl.col("resp_p") > 1024,
)


@dataclass(frozen=True)
class OddPorts:
    """One host uses many high ports in an hour."""

    reads: ClassVar = (HOURS,)
    key: ClassVar = "originator"
    version: ClassVar = 1
    severity: ClassVar = "low"
    tactic: ClassVar = "command-and-control"
    techniques: ClassVar = ("T1571",)
    ports: int = 20
    """Distinct high ports in an hour that are odd."""

    def findings(self, hours: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and hour."""
        return hours.filter(pl.col("ports") >= self.ports).with_columns(
            score=pl.col("ports") / (pl.col("ports") + self.ports),
            because=pl.format("{} used {} high ports within an hour.", "orig_h", "ports"),
            orig_role=pl.lit("unknown"),
        )
