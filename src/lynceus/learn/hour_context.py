"""What the pair and the originator of a flow did in the hour in which it ended.

One flow of a bot is often an ordinary one; a hundred to the same place in an hour are not. Only for
sets that hold all flows of their captures: rows that were sampled by label would teach how they
were sampled.
"""

from __future__ import annotations

import polars as pl

from lynceus.enrich.facts import with_facts
from lynceus.features.flow import with_row_features
from lynceus.records import LEAN, conform

HOUR_NS = 3_600_000_000_000
HOST = ("capture", "orig_h", "_hour")
PAIR = (*HOST, "resp_h")
SPREAD = {"duration_s": "duration_s", "orig_data_bytes": "orig_bytes"}
"""What may vary from flow to flow, and what it is called."""


def _did(prefix: str) -> dict[str, pl.Expr]:
    """The numbers of a group of flows. What goes to many is never answered, nor is an answer; of
    those nothing failed."""
    asked = pl.col("unicast") & ~pl.col("reply_like")
    return {
        f"{prefix}_hour_flows": pl.len(),
        f"{prefix}_hour_failed_share": (asked & pl.col("failed")).mean(),
        f"{prefix}_hour_empty_share": (asked & (pl.col("resp_data_bytes") == 0)).mean(),
        f"{prefix}_hour_ports": pl.col("resp_p").n_unique(),
        f"{prefix}_hour_orig_bytes": pl.col("orig_data_bytes").sum(),
        f"{prefix}_hour_resp_bytes": pl.col("resp_data_bytes").sum(),
        **{f"{prefix}_hour_{name}_std": pl.col(of).std() for of, name in SPREAD.items()},
    }


_NUMBERS = {
    **{name: told.over(PAIR) for name, told in _did("pair").items()},
    **{name: told.over(HOST) for name, told in _did("host").items()},
    "host_hour_resp_hosts": pl.col("resp_h").n_unique().over(HOST),
}
NAMES = tuple(_NUMBERS)


def numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """A row a flow, in order, Float32: of its pair and of its originator the flows of the hour, the
    shares that failed (`features.flow`) and that brought nothing back, ports, payload each way, how
    durations (s) and payloads vary, and how many hosts the originator turned to."""
    flows = with_row_features("flows", with_facts("flows", conform(rows, LEAN), []))
    hour = pl.coalesce("end_ns", "ts_ns").floordiv(HOUR_NS).alias("_hour")
    told = [expression.cast(pl.Float32).alias(name) for name, expression in _NUMBERS.items()]
    return flows.with_columns(rows["capture"], hour).select(told)
