"""Learns how much each application carries between two hosts in an hour, from ordinary traffic.

python tools/train_volumes.py INPUT... [--write]

INPUT are captures, directories of logs or of captures that hold no tunnel and no exfiltration.
Of every application that carries little by design (`BOUNDED`) the usual and the greatest volumes
are told; `--write` writes them to `features/volumes.csv`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from lynceus import ingest
from lynceus.features import claimed
from lynceus.features.claimed import BOTH, BOUNDED, CLAIMED

HOUR_NS = 3_600 * 10**9
PAIRS = 10
"""Fewest pairs of hosts and hours that an application must have been met in to have a range of its
own; all others share one."""
INPUTS = 3
"""Fewest inputs it must have been met in: one may be special."""


def volumes(path: Path) -> pl.DataFrame:
    """Bytes each way by application, pair of hosts and hour, where the way is bounded."""
    flows = ingest.read_flows(path)
    end = pl.coalesce("end_ns", "ts_ns")
    pairs = (
        flows.filter(
            pl.col("proto").is_in(["tcp", "udp"])
            & ~pl.col("bytes_are_ip").fill_null(False)
            & (pl.col("resp_packets").fill_null(0) > 0)
        )
        .with_columns(application=CLAIMED, hour=end.floordiv(HOUR_NS), input=pl.lit(path.name))
        .filter(pl.col("application").is_in(list(BOUNDED)))
        .group_by("input", "application", "orig_h", "resp_h", "resp_p", "hour")
        .agg(
            sent=pl.col("orig_bytes").sum(),
            received=pl.col("resp_bytes").sum(),
            connections=pl.len(),
        )
    )
    ways = [
        pairs.filter(
            pl.col("application").is_in([a for a, w in BOUNDED.items() if way in w])
        ).select("input", "application", "connections", way=pl.lit(way), carried=pl.col(way))
        for way in BOTH
    ]
    return pl.concat(ways)


def learned(pairs: pl.DataFrame) -> pl.DataFrame:
    """Usual and greatest volumes of each application and way, and of all others together (`*`)."""
    each = pl.col("carried") / pl.col("connections")
    ranges = (
        pl.len().alias("pair_hours"),
        pl.col("input").n_unique().alias("inputs"),
        pl.col("carried").median().round().cast(pl.Int64).alias("median_bytes"),
        pl.col("carried").quantile(0.99, "higher").cast(pl.Int64).alias("p99_bytes"),
        pl.col("carried").max().cast(pl.Int64).alias("most_bytes"),
        each.quantile(0.99, "higher").round().cast(pl.Int64).alias("p99_bytes_each"),
        each.max().round().cast(pl.Int64).alias("most_bytes_each"),
    )
    own = (
        pairs.group_by("application", "way")
        .agg(*ranges)
        .filter((pl.col("pair_hours") >= PAIRS) & (pl.col("inputs") >= INPUTS))
        .sort("application", "way")
    )
    rest = pairs.group_by("way").agg(*ranges).select(pl.lit("*").alias("application"), pl.all())
    return pl.concat([own, rest.sort("way").select(own.columns)])


def _readable(paths: list[Path]) -> Iterator[pl.DataFrame]:
    for path in paths:
        try:
            yield volumes(path)
        except ingest.InputError as error:
            print(f"left out: {error}", file=sys.stderr)


def main() -> None:
    """Reads all inputs and tells, or writes, what was learned."""
    paths = [Path(given) for given in sys.argv[1:] if given != "--write"]
    table = learned(pl.concat(_readable(paths)))
    with pl.Config(tbl_rows=-1, tbl_cols=-1):
        print(table)
    if "--write" in sys.argv:
        table.write_csv(Path(claimed.__file__).parent / "volumes.csv")


if __name__ == "__main__":
    main()
