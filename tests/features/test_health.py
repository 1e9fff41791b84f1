"""`health`: refusals, notices, time and bytes carried, with hand-computed rows."""

from __future__ import annotations

from features.test_tables import of
from lynceus.features import health
from lynceus.testing import flow, flows


def test_refusals_of_one_service() -> None:
    rows = [flow(n, resp_p=9200, conn_state="REJ") for n in range(12)]
    (row,) = of(health.REFUSALS[0], flows([*rows, flow(resp_p=9200)]))
    assert (row["refused_attempts"], row["active_slots"]) == (12, 1)


def test_bytes_count_for_the_inside_end_whichever_began() -> None:
    out = flow(resp_h="203.0.113.9", orig_bytes=100, resp_bytes=300_000_000)
    back = flow(orig_h="203.0.113.9", resp_h="10.0.0.5", orig_bytes=50, resp_bytes=200)
    (row,) = of(health.CARRIED, flows([out, back, flow()]))
    assert (row["inside_h"], row["carried_bytes"]) == ("10.0.0.5", 300_000_350)
    assert (row["sent_bytes"], row["far_sample"]) == (300, ["203.0.113.9"])
