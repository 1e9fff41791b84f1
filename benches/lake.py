"""The lake at size: what a flow of an exporter takes on disk, and how long questions take.

    python benches/lake.py --flows 50000000 --days 30 --lake build/bench/lake

Makes a month of exporter flows (seeded; a few thousand hosts inside, fifty thousand outside, both
used as unevenly as real ones), stores and rolls them up, and asks. Prints seconds and bytes a flow.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from lynceus.records import FLOW_SCHEMA, Batch, conform
from lynceus.store.lake import HOUR_NS, Lake
from lynceus.store.query import ask
from lynceus.store.rollup import roll_up
from lynceus.store.scan import flows_between

BEGIN_NS = 1_714_521_600 * 10**9
"""2024-05-01 00:00 UTC."""


INSIDE = pl.Series([f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(4_000)])
OUTSIDE = pl.Series(
    [f"{11 + n % 180}.{n * 7 % 256}.{n * 13 % 256}.{n * 31 % 256}" for n in range(50_000)]
)
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
UID_DIGITS = 24


def exported(count: int, hour: int) -> pl.DataFrame:
    """Flows as NetFlow tells them: both ends, times to the millisecond, bytes and packets."""
    rng = np.random.default_rng(hour)

    def uneven(of: pl.Series, power: float) -> pl.Series:
        return of.gather(np.minimum(rng.zipf(power, count) - 1, 10**9) % len(of))

    end_ms = np.sort(rng.integers(0, 3_600_000, count))
    last_ns = BEGIN_NS + hour * HOUR_NS + end_ms * 1_000_000
    lasted_ms = (rng.exponential(5_000, count)).astype(np.int64)
    sent, came = rng.geometric(0.1, count), rng.geometric(0.1, count)
    uids = HEX[rng.integers(0, 16, (count, UID_DIGITS), np.uint8)]
    rows = pl.DataFrame(
        {
            "uid": pl.Series(uids.view(f"S{UID_DIGITS}")[:, 0]).cast(pl.String),
            "ts_ns": last_ns - lasted_ms * 1_000_000,
            "end_ns": last_ns,
            "duration_s": lasted_ms / 1_000,
            "orig_h": uneven(INSIDE, 1.2),
            "resp_h": uneven(OUTSIDE, 1.1),
            "orig_p": rng.integers(1_024, 65_535, count),
            "resp_p": pl.Series([443, 80, 53, 22, 123]).gather(rng.zipf(1.5, count) % 5),
            "proto": pl.Series(["tcp", "udp", "icmp"]).gather(rng.zipf(2.0, count) % 3),
            "orig_packets": sent,
            "resp_packets": came,
            "orig_bytes": sent * rng.integers(60, 900, count),
            "resp_bytes": came * rng.integers(60, 1_400, count),
        }
    ).with_columns(
        site=pl.lit("default"), source=pl.lit("netflow"), part=pl.lit(0), bytes_are_ip=pl.lit(True)
    )
    return conform(rows, FLOW_SCHEMA)


def main() -> None:
    """Fills the lake and asks it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--flows", type=int, default=50_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--lake", type=Path, default=Path("build/bench/lake"))
    parser.add_argument("--keep", action="store_true", help="ask the lake that is there")
    given = parser.parse_args()
    lake = Lake(given.lake)
    if not given.keep:
        shutil.rmtree(given.lake, ignore_errors=True)
        fill(lake, given.flows, given.days * 24)
    files = [path for hour in lake.hours("flows") for path in lake.files("flows", hour)]
    stored = sum(path.stat().st_size for path in files)
    count = ask(lake, "select count(*) from flows").item()
    print(f"{count:,} flows in {len(files)} files, {stored / count:.1f} bytes a flow")
    questions: dict[str, Callable[[], object]] = {
        "top talkers of a day, of flows": lambda: ask(
            lake,
            "select orig_h, sum(orig_bytes + resp_bytes) as b from flows "
            "where day = '2024-05-11' group by 1 order by 2 desc limit 10",
        ),
        "top talkers of a day, of roll-ups": lambda: ask(
            lake,
            "select host, sum(sent_bytes + received_bytes) as b from host_day "
            "where day = '2024-05-11' group by 1 order by 2 desc limit 10",
        ),
        "one host's month, its days": lambda: ask(
            lake, "select * from host_day where host = '10.0.0.7' order by window_start_ns"
        ),
        "one host's month, its flows in SQL": lambda: ask(
            lake, "select count(*), sum(orig_bytes) from flows where orig_h = '10.0.0.7'"
        ),
        "one host's month, every flow read": lambda: sum(
            part.height for part in flows_between(lake, host="10.0.0.7")
        ),
    }
    for what, question in questions.items():
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            question()
            times.append(time.perf_counter() - begun)
        print(f"{what:38} {min(times):6.2f} s (of three: {', '.join(f'{t:.2f}' for t in times)})")


def fill(lake: Lake, flows: int, hours: int) -> None:
    """Stores and rolls up so many flows over so many hours."""
    begun = time.perf_counter()
    for hour in range(hours):
        lake.add(Batch(exported(flows // hours, hour)))
    stored = time.perf_counter()
    roll_up(lake)
    done = time.perf_counter()
    print(f"made and stored in {stored - begun:.0f} s, rolled up in {done - stored:.0f} s")


if __name__ == "__main__":
    main()
