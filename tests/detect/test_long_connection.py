"""`long_connection`: a conversation that does not end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.long_connection import LongConnection

HOST, PLACE = "10.0.0.8", "203.0.113.80"
HOUR = 3600.0


def kept(hours: float, port: int = 4444, resp_h: str = PLACE, **columns: Any) -> dict[str, Any]:
    usual = {"duration_s": hours * HOUR, "orig_bytes": 90_000, "resp_bytes": 60_000, **columns}
    return session(HOST, resp_h, port, at_s=60.0, **usual)


def named(name: str, **columns: Any) -> list[dict[str, Any]]:
    return [{"orig_h": HOST, "resp_h": PLACE, "server_name": name, "at_s": 60.0, **columns}]


def test_hours_with_an_unknown_place_are_told_with_their_volume() -> None:
    (finding,) = findings_of(LongConnection(), [kept(3)])
    assert (finding["orig_h"], finding["resp_h"], finding["resp_p"]) == (HOST, PLACE, 4444)
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.4)
    assert finding["because"] == (
        "10.0.0.8 kept a conversation with 203.0.113.80 on port 4444 open for 3 h 0 m; it sent "
        "90.0 KB and got 60.0 KB."
    )
    assert finding["evidence"]["longest_s"] == 3 * HOUR
    assert finding["score"] == pytest.approx(10_800 / 16_800)
    assert finding["flows_total"] == 1


def test_parts_cut_at_the_active_timeout_are_one_conversation() -> None:
    parts = [
        {**kept(0.25), "at_s": n * HOUR / 4, "orig_p": 50_000, "part": n, "conn_state": "OTH"}
        for n in range(12)
    ]
    (finding,) = findings_of(LongConnection(), parts)
    assert (finding["evidence"]["longest_s"], finding["evidence"]["parts"]) == (3 * HOUR, 12)
    others = [{**part, "orig_p": 50_000 + n} for n, part in enumerate(parts)]
    assert findings_of(LongConnection(), others) == [], "twelve conversations, none of them long"


def test_beats_between_long_pauses_are_one_conversation() -> None:
    beat = {"duration_s": 0.1, "orig_p": 50_000, "orig_packets": 2, "resp_packets": 2}
    first = {**kept(0), **beat, "conn_state": "S1", "history": "ShADad"}
    later = [
        {**kept(0), **beat, "conn_state": "OTH", "history": "DdA", "at_s": 60.0 + n * 450.0}
        for n in range(1, 25)
    ]
    (finding,) = findings_of(LongConnection(), [first, *later])
    assert finding["evidence"]["longest_s"] == pytest.approx(24 * 450.1, abs=10)
    assert finding["severity"] == "medium"
    again = [{**row, "history": "ShADad", "conn_state": "S1"} for row in later]
    assert findings_of(LongConnection(), [first, *again]) == [], "opened anew each time"
    unanswered = [{**row, "resp_packets": 0} for row in later]
    assert findings_of(LongConnection(), [first, *unanswered]) == []


def test_the_longest_of_a_pair_speaks_for_the_others() -> None:
    rows = [{**kept(hours), "orig_p": 50_000 + n} for n, hours in enumerate((1.0, 4.0, 2.0))]
    (finding,) = findings_of(LongConnection(), rows)
    assert "open for 4 h 0 m, the longest of 3" in finding["because"]


def test_a_host_inside_that_never_answers_is_odd() -> None:
    silent = kept(
        1, 9999, "10.0.0.77", proto="udp", orig_packets=5_000, resp_packets=0, resp_bytes=0
    )
    (finding,) = findings_of(LongConnection(), [silent])
    assert finding["severity"] == "low"
    assert finding["evidence"]["one_sided"]
    assert "5000 packets were sent and none came back" in finding["because"]


@pytest.mark.parametrize(("hours", "severity"), [(4, "low"), (7, "medium")])
def test_a_named_place_on_a_usual_port_needs_longer(hours: float, severity: str) -> None:
    (finding,) = findings_of(LongConnection(), [kept(hours, 443)], tls=named("app.somewhere.org"))
    assert finding["severity"] == severity
    assert "app.somewhere.org (203.0.113.80)" in finding["because"]


@pytest.mark.parametrize(("hosts", "severity"), [(3, "medium"), (4, "low")])
def test_a_named_place_that_several_hosts_stay_with_is_a_service(hosts: int, severity: str) -> None:
    staff = [f"10.0.0.{n + 20}" for n in range(hosts)]
    flows = [{**kept(8, 443), "orig_h": host} for host in staff]
    hellos = [{**named("wss.chat-firm.com")[0], "orig_h": host} for host in staff]
    told = findings_of(LongConnection(), flows, tls=hellos)
    assert [finding["severity"] for finding in told] == [severity] * hosts


def test_what_is_long_by_design_is_info(address_of: Callable[[str], str]) -> None:
    calls = {
        "push": [kept(5, 5228)],
        "call": [kept(5, 3478, proto="udp")],
        "provider": [kept(5, 443, address_of("saas"))],
    }
    for rows in calls.values():
        (finding,) = findings_of(LongConnection(), rows)
        assert (finding["severity"], finding["confidence"]) == ("info", 0.2)
        assert finding["resp_role"] == "service"
    (finding,) = findings_of(LongConnection(), [kept(5, 443)], tls=named("chat.google.com"))
    assert finding["severity"] == "info"


def test_a_vpn_to_an_unknown_place_is_low_and_other_content_on_its_port_is_not_a_vpn() -> None:
    (vpn,) = findings_of(LongConnection(), [kept(5, 51820, proto="udp")])
    assert vpn["severity"] == "low"
    (hidden,) = findings_of(LongConnection(), [kept(5, 1194, service="tls")])
    assert hidden["severity"] == "medium"


def test_a_certificate_of_its_own_making_takes_the_worth_from_a_name() -> None:
    own = {"subject": "CN=app.somewhere.org", "issuer": "CN=app.somewhere.org"}
    (finding,) = findings_of(
        LongConnection(), [kept(4, 443)], tls=named("app.somewhere.org", **own)
    )
    assert (finding["severity"], finding["evidence"]["self_signed"]) == ("medium", 1)
    assert finding["because"].endswith("The certificate was of its own making.")
    vouched = {**own, "issuer": "CN=Some CA"}
    (finding,) = findings_of(
        LongConnection(), [kept(4, 443)], tls=named("app.somewhere.org", **vouched)
    )
    assert finding["severity"] == "low"


@pytest.mark.parametrize(("hours", "severity"), [(1.99, "low"), (2.0, "medium")])
def test_two_hours_with_an_unknown_place_are_medium(hours: float, severity: str) -> None:
    (finding,) = findings_of(LongConnection(), [kept(hours)])
    assert finding["severity"] == severity


def test_a_guest_of_the_own_server_is_info() -> None:
    guest = session(PLACE, HOST, 443, at_s=1, duration_s=5 * HOUR)
    assert [finding["severity"] for finding in findings_of(LongConnection(), [guest])] == ["info"]


def test_long_work_between_hosts_inside_is_silent() -> None:
    assert findings_of(LongConnection(), [kept(9, 22, "10.0.0.77")]) == []


def test_an_unknown_duration_is_not_a_long_one() -> None:
    unknown = {"orig_h": HOST, "resp_h": PLACE, "resp_p": 443, "proto": "tcp"}
    assert findings_of(LongConnection(), [unknown]) == []


@pytest.mark.parametrize(("seconds", "severities"), [(1_499.0, []), (1_500.0, ["low"])])
def test_twenty_five_minutes_are_needed(seconds: float, severities: list[str]) -> None:
    found = findings_of(LongConnection(), [kept(seconds / HOUR)])
    assert [finding["severity"] for finding in found] == severities
