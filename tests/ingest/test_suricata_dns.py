from __future__ import annotations

from typing import Any

import pytest

from ingest.eve_records import CLIENT, SERVER, eve, only, record

PLACE = {"proto": "UDP", "src_ip": CLIENT, "src_port": 5000, "dest_ip": SERVER, "dest_port": 53}
BACK = {"proto": "UDP", "src_ip": SERVER, "src_port": 53, "dest_ip": CLIENT, "dest_port": 5000}


def dns(at_s: float, *, back: bool = False, flow_id: int = 7, **more: Any) -> dict[str, Any]:
    return {**record("dns", at_s, flow_id=flow_id, dns=more), **(BACK if back else PLACE)}


ASKED = dns(1.0, type="query", id=5, rrname="Www.Example.COM", rrtype="A", tx_id=0)
CHAIN: list[dict[str, Any]] = [
    {"rrname": "www.example.com", "rrtype": "CNAME", "ttl": 60, "rdata": "a.example.com"},
    {"rrname": "a.example.com", "rrtype": "A", "ttl": 30, "rdata": "203.0.113.1"},
]
FORMATS = {
    "1": [
        dns(1.25, back=True, type="answer", id=5, rcode="NOERROR", **CHAIN[0]),
        dns(1.25, back=True, type="answer", id=5, rcode="NOERROR", **CHAIN[1]),
    ],
    "2": [
        dns(1.25, back=True, version=2, type="answer", id=5, rcode="NOERROR",
            rrname="www.example.com", rrtype="A", answers=CHAIN)
    ],
    "2 from the client": [
        dns(1.25, version=2, type="answer", id=5, rcode="NOERROR", rrname="www.example.com",
            rrtype="A", answers=CHAIN)
    ],
    "3": [
        dns(1.25, back=True, version=3, type="response", id=5, rcode="NOERROR", answers=CHAIN,
            queries=[{"rrname": "www.example.com", "rrtype": "A"}])
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_a_query_and_its_answer_are_one_row(whole: Any, form: str) -> None:
    batch, _ = whole(eve(ASKED, *FORMATS[form]))
    row = only(batch.events["dns"])
    assert (row["orig_h"], row["resp_h"], row["resp_p"]) == (CLIENT, SERVER, 53)
    assert (row["query"], row["qtype"], row["rcode"]) == ("www.example.com", "A", "NOERROR")
    assert row["answers"] == ["a.example.com", "203.0.113.1"]
    assert (row["ttls_s"], row["rtt_s"], row["rejected"]) == ([60, 30], 0.25, False)
    assert row["uid"] == only(batch.flows)["uid"]
    assert only(batch.flows)["service"] == "dns"


@pytest.mark.parametrize("form", ["1", "2", "3"])
def test_an_answer_alone_is_turned_by_its_port(whole: Any, form: str) -> None:
    row = only(whole(eve(*FORMATS[form]))[0].events["dns"])
    assert (row["orig_h"], row["resp_p"], row["rtt_s"]) == (CLIENT, 53, None)
    assert row["answers"] == ["a.example.com", "203.0.113.1"]


def test_grouped_answers_failures_and_silence(whole: Any) -> None:
    grouped = dns(2.0, back=True, flow_id=8, version=2, type="answer", id=1, rcode="NOERROR",
        rrname="b", rrtype="A", grouped={"A": ["203.0.113.1", "203.0.113.2"]})  # fmt: skip
    failed = dns(3.0, back=True, flow_id=9, version=2, type="answer", id=2, rcode="NXDOMAIN",
        rrname="c", rrtype="65", authorities=[])  # fmt: skip
    silent = dns(4.0, flow_id=10, type="query", id=3, rrname="", rrtype="NS")
    rows = whole(eve(grouped, failed, silent))[0].events["dns"].sort("ts_ns").to_dicts()
    assert rows[0]["answers"] == ["203.0.113.1", "203.0.113.2"]
    assert (rows[1]["qtype"], rows[1]["rejected"], rows[1]["answers"]) == ("HTTPS", True, None)
    assert (rows[2]["query"], rows[2]["rcode"], rows[2]["rejected"]) == (".", None, None)


def test_what_is_sent_again_or_seen_twice_counts_once(whole: Any) -> None:
    again = {**ASKED, "timestamp": "2024-05-01T12:00:01.2+0200"}
    twice = {**FORMATS["2"][0], "timestamp": "2024-05-01T12:00:01.3+0200"}
    batch, account = whole(eve(ASKED, again, *FORMATS["2"], twice))
    assert only(batch.events["dns"])["rtt_s"] == pytest.approx(0.05)
    assert account.notes["dns_answers_repeated"] == 1


def test_two_questions_of_one_id_are_told_apart(whole: Any) -> None:
    other = dns(1.0, type="query", id=5, rrname="www.example.com", rrtype="AAAA")
    answer = dns(1.5, back=True, version=2, type="answer", id=5, rcode="NOERROR",
        rrname="www.example.com", rrtype="AAAA", answers=[{"rdata": "2001:db8::1"}])  # fmt: skip
    rows = whole(eve(ASKED, other, *FORMATS["2"], answer))[0].events["dns"].sort("qtype").to_dicts()
    assert [(r["qtype"], r["rtt_s"]) for r in rows] == [("A", 0.25), ("AAAA", 0.5)]


def test_records_without_rdata_of_their_own(whole: Any) -> None:
    place = {"priority": 0, "weight": 5, "port": 389, "name": "dc.example"}
    answer = dns(1.5, back=True, version=2, type="answer", id=6, rcode="NOERROR", rrname="s",
        rrtype="SRV", answers=[{"rrtype": "SRV", "ttl": 9, "srv": place}])  # fmt: skip
    assert only(whole(eve(answer))[0].events["dns"])["answers"] == ["0 5 389 dc.example"]
