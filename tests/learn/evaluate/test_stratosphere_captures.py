"""Verdicts on hosts of captures that were not learned from."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.learn.dataset import Dataset
from lynceus.learn.evaluate import stratosphere_captures
from lynceus.learn.evaluate.stratosphere_captures import StratosphereCaptures
from lynceus.testing import flow, flows

pytest.importorskip("sklearn")


def rows(host: str, count: int, *, malicious: bool | None) -> pl.DataFrame:
    """Flows of one host: many packets where they are benign, one unanswered else."""
    sent = {"orig_packets": 1, "resp_packets": 0} if malicious else {"orig_packets": 40}
    made = flows([flow(orig_h=host, **sent) for _ in range(count)])
    return made.with_columns(host="orig_h", malicious=pl.lit(malicious, pl.Boolean))


def test_hosts_are_judged_by_other_captures_and_senders_of_few_flows_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture = [
        rows("bot", 12, malicious=True), rows("bot", 3, malicious=None),
        rows("office", 12, malicious=False), rows("passer-by", 2, malicious=True),
    ]  # fmt: skip
    made = [pl.concat(capture).with_columns(capture=pl.lit(name)) for name in ("a", "b")]
    monkeypatch.setattr(
        stratosphere_captures, "labelled_captures",
        lambda data: Dataset("made", pl.concat(made), "time"),
    )  # fmt: skip
    told = {one.name: one for one in StratosphereCaptures().run(Path()).figures}
    assert told["malicious hosts found"].value == "2 of 2"
    assert told["benign hosts accused"].value == "0 of 2"
    assert told["malicious senders of fewer than 10 flows, found"].value.endswith("of 2")
    assert all(one.met in (True, None) for one in told.values())
