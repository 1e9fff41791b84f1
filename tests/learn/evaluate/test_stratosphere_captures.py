"""Verdicts on hosts: what is left out, what weighs how much, how a way to judge is chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lynceus.learn.dataset import Dataset
from lynceus.learn.evaluate import stratosphere_captures
from lynceus.learn.evaluate.stratosphere_captures import WAYS, _chosen, _known

pytest.importorskip("sklearn")

FLOWS = 12


def captures() -> Dataset:
    """Three captures of a bot and a user each. One flow tells nothing, an hour of them does: the
    bot turns to one place all the time, the user to another place with each flow."""
    hosts = [
        (f"c{n}", host, host == "10.0.0.66") for n in range(3) for host in ("10.0.0.1", "10.0.0.66")
    ]
    rows = [
        {
            "capture": capture, "host": host, "orig_h": host, "orig_p": 40_000 + at,
            "resp_h": "9.9.9.9" if bad else f"8.8.8.{at}", "resp_p": 443, "proto": "tcp",
            "ts_ns": at, "end_ns": at + 1, "duration_s": 1.0 + at % 3, "conn_state": "SF",
            "orig_packets": 5, "resp_packets": 5, "total_packets": 10, "orig_bytes": 500,
            "resp_bytes": 900, "orig_ip_bytes": 700, "resp_ip_bytes": 1100, "malicious": bad,
        }
        for capture, host, bad in hosts
        for at in range(FLOWS)
    ]  # fmt: skip
    return Dataset("made", pl.DataFrame(rows), "time")


def test_what_the_hour_tells_is_read_where_it_judges_the_other_captures_better() -> None:
    assert _chosen(captures()).hours


def test_no_class_and_no_host_outweighs_the_others() -> None:
    rows = captures().rows
    made = captures().with_rows(rows.filter((pl.col("host") != "10.0.0.1") | (pl.col("ts_ns") < 3)))
    classes = made.rows["malicious"].to_numpy().astype(np.intp)
    weights = WAYS[-1].weights(made, classes)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[classes == 0].sum() == pytest.approx(weights[classes == 1].sum())


def test_conversations_that_bear_both_labels_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = captures()
    first = made.rows.filter(pl.col("malicious").not_())[:1]
    back = first.with_columns(
        orig_h="resp_h", orig_p="resp_p", resp_h="orig_h", resp_p="orig_p", malicious=True
    )
    both = made.with_rows(pl.concat([made.rows, back], how="vertical_relaxed"))
    monkeypatch.setattr(stratosphere_captures, "labelled_captures", lambda data: both)
    assert _known(Path()).rows.height == made.rows.height - 1
