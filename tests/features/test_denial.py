"""`denial`: slow connections and amplified answers, with hand-computed rows."""

from __future__ import annotations

from features.test_tables import of
from lynceus.features import denial
from lynceus.testing import flow, flows


def test_slow_connections_are_counted_with_the_time_they_were_open() -> None:
    slow = [
        flow(n, resp_p=80, duration_s=100.0, orig_bytes=200, resp_bytes=0, conn_state="S1")
        for n in range(12)
    ]
    (row,) = of(denial.SLOW_CONNECTIONS[0], flows([*slow, flow(resp_p=80)]))
    assert (row["slow_connections"], row["open_s"], row["orig_bytes"]) == (12, 1_200, 2_400)


def test_answers_bear_the_asker_whichever_end_the_source_calls_the_originator() -> None:
    shared = {"proto": "udp", "conn_state": None, "orig_packets": 90, "duration_s": 5.0}
    asked = flow(orig_h="203.0.113.9", resp_h="10.0.0.53", resp_p=123, orig_bytes=900,
                 resp_bytes=90_000, **shared)  # fmt: skip
    unasked = flow(orig_h="10.0.0.53", orig_p=123, resp_h="203.0.113.9", resp_p=40_000,
                   orig_bytes=50_000, resp_bytes=0, resp_packets=0, **shared)  # fmt: skip
    (row,) = of(denial.ANSWERS_60S, flows([asked, unasked]))
    assert (row["asker_h"], row["answerer_h"], row["service_p"]) == (
        "203.0.113.9",
        "10.0.0.53",
        123,
    )
    assert (row["answer_bytes"], row["asked_bytes"]) == (140_000, 900)
    assert (row["unasked_bytes"], row["asker_in"], row["answerer_in"]) == (50_000, False, True)
