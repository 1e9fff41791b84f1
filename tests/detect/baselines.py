"""Flows of a small office over days, for detectors that speak from a baseline."""

from __future__ import annotations

import numpy as np
import polars as pl

from lynceus.baseline.state import State
from lynceus.baseline.teaching import taught
from lynceus.engine import Engine
from lynceus.features.profile import PROFILES
from lynceus.records import Batch
from lynceus.testing import START_S, flow, flows

DAY_S = 86_400


def days(count: int, seed: int = 1, first: int = 0, hosts: int = 8) -> pl.DataFrame:
    """Flows of people who browse by day and save to the file server 10.0.0.80 by the hour."""
    rng = np.random.default_rng(seed)
    hour = np.repeat(np.arange(first * 24, (first + count) * 24), hosts)
    host = np.tile(np.arange(hosts), count * 24)
    by_day = (hour % 24 >= 7) & (hour % 24 < 19)
    web = np.where(by_day, rng.poisson(12, hour.size), rng.poisson(1, hour.size))
    save = by_day & (rng.random(hour.size) < 0.8)
    parts = []
    for number, each in (("web", web), ("save", save.astype(int))):
        at, who = np.repeat(hour, each), np.repeat(host, each)
        size = np.exp(rng.normal(8 if number == "web" else 12.5, 0.7, at.size)).astype(int)
        there = rng.integers(1, 40, at.size)
        begin = ((START_S + at * 3600 + rng.uniform(0, 3500, at.size)) * 1e9).astype(np.int64)
        parts.append(
            pl.DataFrame(
                {
                    "ts_ns": begin,
                    "end_ns": begin + 10**9,
                    "orig_h": [f"10.0.0.{10 + n}" for n in who],
                    "resp_h": [
                        f"198.51.100.{n}" if number == "web" else "10.0.0.80" for n in there
                    ],
                    "resp_p": pl.Series(np.full(at.size, 443 if number == "web" else 445),
                                        dtype=pl.UInt16),
                    "orig_bytes": pl.Series(size if number == "save" else size // 8,
                                            dtype=pl.UInt64),
                    "resp_bytes": pl.Series(size // 20 if number == "save" else 10 * size,
                                            dtype=pl.UInt64),
                }
            )
        )  # fmt: skip
    told = pl.concat(parts).sort("end_ns", "orig_h", "resp_h")
    one = flows([flow()])
    rest = one.drop("uid", *told.columns)
    uid = pl.format("d{}f{}", pl.lit(first), pl.int_range(pl.len()))
    return told.with_columns(uid=uid).join(rest, how="cross").select(one.columns)


def learned(count: int = 6, per_day: float = 20.0) -> State:
    """A state that has seen so many of these days."""
    engine = Engine({}, watched=PROFILES)
    engine.advance(Batch(days(count)))
    engine.finish()
    return taught(State.empty().wanting(per_day), engine)
