from __future__ import annotations

from typing import Any

from ingest.eve_records import CLIENT, SERVER, alert, eve, flow, only


def test_alerts_have_the_ends_of_their_flow(whole: Any) -> None:
    batch, _ = whole(eve(alert(1.0), alert(1.5, back=True), flow()))
    forth, back = batch.events["alert"].to_dicts()
    assert {forth["uid"], back["uid"]} == {batch.flows["uid"][0]}
    for row in (forth, back):
        assert (row["orig_h"], row["resp_h"], row["resp_p"]) == (CLIENT, SERVER, 443)
        assert (row["product"], row["sensor"], row["signature_id"]) == (
            "suricata", "sensor-1", "2024468")  # fmt: skip
        assert (row["severity"], row["action"], row["service"]) == ("1", "blocked", "tls")
        assert (row["tactic"], row["techniques"]) == ("command-and-control", ["T1071"])
        assert row["score"] is None
    assert (forth["direction"], back["direction"]) == ("to_resp", "to_orig")


def test_an_alert_alone_makes_a_flow_by_what_it_says(whole: Any) -> None:
    ends = {"src_ip": CLIENT, "src_port": 50000, "dest_ip": SERVER, "dest_port": 443}
    batch, account = whole(eve(alert(1.0, back=True, flow=ends)))
    row = only(batch.flows)
    assert (row["orig_h"], row["resp_p"], row["service"]) == (CLIENT, 443, "tls")
    assert (row["orig_packets"], row["conn_state"], row["duration_s"]) == (None, None, None)
    assert account.notes == {"flows_derived_from_events": 1}
    assert only(batch.events["alert"])["direction"] == "to_orig"


def test_a_flow_id_that_comes_again_is_told_apart_by_time(whole: Any) -> None:
    later = flow(timestamp="2024-05-01T13:00:00+0200")
    later["flow"] = {**later["flow"], "start": "2024-05-01T12:59:00+0200",
        "end": "2024-05-01T12:59:01+0200"}  # fmt: skip
    second = {**alert(1.0), "timestamp": "2024-05-01T12:59:00.5+0200"}
    batch, _ = whole(eve(flow(), later, alert(1.0), second))
    uids = dict(batch.flows.select("ts_ns", "uid").iter_rows())
    first, again = batch.events["alert"].sort("ts_ns")["uid"]
    assert [first, again] == [uids[at] for at in sorted(uids)]
