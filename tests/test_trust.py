"""What losses and sampling take from which finding."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from lynceus import analyze, detect
from lynceus.account import Account
from lynceus.features.flow import with_row_features
from lynceus.records import FINDING_SCHEMA, FLOW_SCHEMA, FLOW_TIER
from lynceus.trust import RESTS_ON, Losses, lowered, told


def findings(*detectors: str) -> pl.DataFrame:
    rows = [{"id": d, "detector": d, "confidence": 0.8, "because": f"{d}."} for d in detectors]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA)


def flows(*rows: dict[str, Any]) -> pl.DataFrame:
    plain = {"proto": "tcp", "orig_h": "10.0.0.5", "resp_h": "203.0.113.9", "total_bytes": 100}
    schema = {name: FLOW_SCHEMA[name] for name in FLOW_TIER}
    return pl.DataFrame([plain | row for row in rows], schema=schema)


def confidence(losses: Losses, *detectors: str) -> dict[str, float]:
    rows, _ = lowered(findings(*detectors), losses)
    return dict(rows.select("detector", "confidence").iter_rows())


def test_each_kind_of_evidence_bears_loss_in_its_own_way() -> None:
    half = confidence(Losses(missed=0.5), "known_bad", "horizontal_scan", "exfiltration", "beacon",
                      "silence")  # fmt: skip
    assert list(half.values()) == [0.8, 0.76, 0.6, 0.52, 0.4]
    sampled = confidence(Losses(sampled=1.0, rate=512), "known_bad", "horizontal_scan",
                         "exfiltration", "beacon", "somebodys_own")  # fmt: skip
    assert list(sampled.values()) == [0.8, 0.72, 0.56, 0.32, 0.56]


def test_only_sums_of_sampled_packets_say_that_they_are_estimates() -> None:
    losses = Losses(sampled=0.5, rate=1024)
    rows, doubted = lowered(findings("exfiltration", "beacon", "known_bad"), losses)
    assert rows["because"].to_list() == [
        "exfiltration. Its sums are estimates from 1 packet in 1,024.", "beacon.", "known_bad.",
    ]  # fmt: skip
    assert doubted == {"exfiltration", "beacon"}
    rows, doubted = lowered(findings("exfiltration"), Losses(missed=0.5))
    assert rows["because"].to_list() == ["exfiltration."] and doubted == {"exfiltration"}


def test_where_nothing_is_missing_nothing_changes() -> None:
    rows = findings("beacon", "silence")
    for losses in (Losses(), Losses(missed=0.001)):
        assert lowered(rows, losses)[0].equals(rows)
        assert lowered(rows, losses)[1] == frozenset()
        assert told(losses) == []
    assert lowered(rows.clear(), Losses(missed=0.5))[0].is_empty()


def test_losses_are_those_of_the_unit_that_tells_most() -> None:
    account = Account(received=100, kept=100)
    assert Losses.of(account, flows()) == Losses()
    account.miss("packets", 900, 100)
    account.miss("export_datagrams", 50, 50)
    assert Losses.of(account, flows()).missed == 0.5
    account.drop("malformed_ip", 20)
    assert Losses.of(account, flows()).missed == pytest.approx(0.6)
    other = Account()
    other.miss("packets", 100, 900)
    account.merge(other)
    assert account.unseen["packets"] == (1000, 1000)


def test_gaps_of_conversations_tell_more_than_notices_of_bad_stretches() -> None:
    account = Account()
    account.miss("stretches_noticed", 600, 400)
    gaps = flows(*[{"missed_bytes": 0}] * 18, {"missed_bytes": 100}, {"missed_bytes": 300})
    assert Losses.of(account, gaps).missed == pytest.approx((0.5 + 0.75) / 20)
    assert Losses.of(account, flows({"missed_bytes": None})).missed == 0.4


def test_sampling_is_told_with_its_usual_rate() -> None:
    rows = flows({"sampling_rate": 512}, {"sampling_rate": 512}, {"sampling_rate": 1}, {})
    losses = Losses.of(Account(), rows)
    assert (losses.sampled, losses.rate, losses.missed) == (0.5, 512, 0.0)
    (line,) = told(losses)
    assert "50% of the flows" in line and "1 in 512" in line
    assert "12.0% of the traffic" in told(Losses(missed=0.12))[0]


def test_counts_of_sampled_packets_are_scaled_where_they_are_summed() -> None:
    counts = {"orig_packets": 2, "resp_packets": 0, "orig_bytes": 3000, "resp_bytes": 0,
              "conn_state": "S0"}  # fmt: skip
    rows = flows(counts | {"sampling_rate": 100}, counts)
    facts = [pl.lit(None, t).alias(f"{e}_{n}") for e in ("orig", "resp")
             for n, t in (("inside", pl.Boolean), ("class", pl.String))]  # fmt: skip
    ready = with_row_features("flows", rows.with_columns(facts))
    assert ready["orig_bytes"].to_list() == [300_000, 3000]
    assert ready["orig_packets"].to_list() == [200, 2]
    assert ready["orig_data_bytes"].to_list() == [300_000, 3000]
    assert ready["total_bytes"].to_list() == [10_000, 100]
    assert ready["silent"].to_list() == [True, True]
    assert ready["failed"][0] == ready["failed"][1]
    assert ready.schema["orig_bytes"] == FLOW_SCHEMA["orig_bytes"]


def test_what_a_detector_rests_on_is_said_of_every_detector_there_is() -> None:
    assert set(RESTS_ON) == set(detect.load())


def test_an_analysis_tells_what_it_lacks() -> None:
    beats = [
        {"ts_ns": at * 60 * 10**9, "end_ns": at * 60 * 10**9 + 10**9, "resp_p": 4444,
         "orig_bytes": 500, "resp_bytes": 700, "orig_packets": 5, "resp_packets": 5,
         "conn_state": "SF", "duration_s": 1.0, "resp_h": "198.18.7.9", "site": "default",
         "uid": str(at)}
        for at in range(1, 200)
    ]  # fmt: skip
    whole = analyze(flows(*beats), models=())
    sampled = analyze(flows(*[{**b, "sampling_rate": 100} for b in beats]), models=())
    rows = [a.findings.filter(pl.col("detector") == "beacon") for a in (whole, sampled)]
    assert rows[0].height == rows[1].height == 1
    assert rows[1]["confidence"][0] == pytest.approx(rows[0]["confidence"][0] * 0.4, abs=1e-6)
    assert not whole.told and "sampled packets" in sampled.told[0]
    said = [" ".join(i.summary for i in a.incidents) for a in (whole, sampled)]
    assert "lost or sampled" not in said[0] and "lost or sampled" in said[1]


def test_what_was_forgotten_for_want_of_room_is_doubted_where_it_was_read() -> None:
    given = findings("beacon", "known_bad", "silence")
    rows, doubted = lowered(given, Losses(), forgotten={"beacon": 0.5, "known_bad": 0.5})
    left = dict(zip(rows["detector"], rows["confidence"] / given["confidence"], strict=True))
    assert left == pytest.approx({"beacon": 1 - 0.7 * 0.5, "known_bad": 1.0, "silence": 1.0})
    assert doubted == {"beacon"}
