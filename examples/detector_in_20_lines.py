"""A detector of one's own: hosts that use many high ports within an hour.

python examples/detector_in_20_lines.py office-day.pcap
"""

import sys
from dataclasses import dataclass

import polars as pl

import lynceus
from lynceus.engine import Engine
from lynceus.features.window import Count, Distinct, Max, Min, Window
from lynceus.records import Batch

HOURS = Window(
    name="ports_of_a_host",
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

    reads = (HOURS,)
    key = "originator"
    version = 1
    severity = "low"
    tactic = "command-and-control"
    techniques = ("T1571",)
    ports: int = 20
    """Distinct high ports in an hour that are odd."""

    def findings(self, hours: pl.LazyFrame) -> pl.LazyFrame:
        """One row a host and hour."""
        return hours.filter(pl.col("ports") >= self.ports).with_columns(
            score=pl.col("ports") / (pl.col("ports") + self.ports),
            because=pl.format("{} used {} high ports within an hour", "orig_h", "ports"),
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("unknown"),
        )


engine = Engine({"odd_ports": OddPorts()})
engine.advance(Batch(lynceus.read_flows(sys.argv[1])))
print(engine.finish().select("because", "score", "flows_total"))
