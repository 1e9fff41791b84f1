"""Made-up labelled flows: classes that lie apart in a few numbers, in time order."""

from __future__ import annotations

import numpy as np
import polars as pl

from lynceus.learn.dataset import Dataset, conformed

KINDS = {"benign": (8.0, 3000.0, 4.0), "scan": (1.0, 60.0, 0.001), "dos": (40.0, 400.0, 0.5)}
"""Packets, bytes and seconds of a typical flow."""


def labelled(rows: int = 600, seed: int = 0, shares: dict[str, float] | None = None) -> Dataset:
    """Flows of `KINDS`, hosts and two captures turn about, one flow a second."""
    chance = np.random.default_rng(seed)
    shares = shares or {"benign": 0.6, "scan": 0.25, "dos": 0.15}
    names = chance.choice(list(shares), rows, p=list(shares.values()))
    packets, octets, seconds = (np.array([KINDS[n][i] for n in names]) for i in range(3))
    spread = chance.lognormal(0, 0.4, (3, rows))
    sent = np.maximum(1, packets * spread[0]).round()
    frame = pl.DataFrame(
        {
            "ts_ns": np.arange(rows) * 1_000_000_000,
            "end_ns": np.arange(rows) * 1_000_000_000,
            "proto": ["tcp"] * rows,
            "duration_s": seconds * spread[1],
            "orig_packets": sent,
            "resp_packets": np.where(names == "scan", 0, sent),
            "orig_ip_bytes": (octets * spread[2] + 40).round(),
            "resp_ip_bytes": np.where(names == "scan", 0, (octets * spread[2] * 3).round()),
            "label": names,
            "family": names,
            "malicious": names != "benign",
            "capture": np.where(np.arange(rows) % 2, "one", "two"),
            "host": [f"10.0.0.{i % 7}" for i in range(rows)],
        }
    )
    return Dataset("made", conformed(frame), "time", digest="0" * 64)


def quiet_network() -> Dataset:
    """A network whose owner says that all is well, though 900 flows of one host in three hours
    are not all benign."""
    rows = labelled(900, 5).rows.with_columns(
        pl.col("ts_ns", "end_ns") * 10, malicious=pl.lit(value=False), host=pl.lit("10.0.0.1")
    )
    return Dataset("quiet", rows, "time")
