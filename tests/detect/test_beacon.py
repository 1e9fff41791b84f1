"""`beacon`: a host that calls home like a clock, and the published score (`rhythm`)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.beacon import Beacon

HOST, PLACE = "10.0.0.8", "203.0.113.80"
HOUR = 3600.0


def dice() -> np.random.Generator:
    return np.random.default_rng(7)


def calls(times: list[float], resp_h: str = PLACE, port: int = 443, **columns: Any) -> list[Any]:
    return [
        session(HOST, resp_h, port, at_s, **{"orig_p": 40_000 + n, **columns})
        for n, at_s in enumerate(times)
    ]


def every(interval_s: float, count: int) -> list[float]:
    return [n * interval_s for n in range(count)]


def named(times: list[float], name: str, addresses: int = 1) -> list[dict[str, Any]]:
    return [
        {"orig_h": HOST, "resp_h": f"203.0.113.{80 + n % addresses}", "resp_p": 443,
         "server_name": name, "at_s": at_s}
        for n, at_s in enumerate(times)
    ]  # fmt: skip


def test_a_clock_is_found_with_its_interval_its_size_and_its_parts() -> None:
    (finding,) = findings_of(Beacon(), calls(every(60, 240)))
    assert (finding["orig_h"], finding["orig_role"]) == (HOST, "infected")
    assert (finding["resp_h"], finding["resp_role"]) == (PLACE, "attacker")
    assert (finding["severity"], finding["resp_p"]) == ("medium", 443)
    assert finding["because"] == (
        "10.0.0.8 contacted 203.0.113.80 on port 443 (https) 240 times, every 1 m 0 s "
        "(jitter 0 %), sending 500 bytes each time."
    )
    parts = ("timing_part", "coverage_part", "size_part", "count_part")
    assert [finding["evidence"][part] for part in parts] == [1, 1, 1, 1]
    assert (finding["score"], finding["confidence"]) == (1.0, 0.75)
    assert finding["evidence"]["interval_s"] == 60
    assert (finding["flows_total"], len(finding["flow_uids"])) == (240, 100)


def test_the_score_by_hand() -> None:
    """Gaps 50, 60, 70 in turn: median 60, median deviation 10, quartiles 50 and 70."""
    times = list(accumulate([50, 60, 70] * 6, initial=0.0))
    sizes = [{**row, "orig_bytes": 400 + 100 * (n % 3)} for n, row in enumerate(calls(times))]
    (finding,) = findings_of(Beacon(least_score=0.5), sizes)
    evidence = finding["evidence"]
    assert (evidence["beats"], evidence["interval_s"], evidence["skew"]) == (19, 60, 0)
    assert evidence["jitter"] == pytest.approx(10 / 60, abs=1e-6)
    assert evidence["timing_part"] == pytest.approx(0.5 + 0.5 * (1 - 20 / 60), abs=1e-6)
    assert evidence["coverage_part"] == 1
    assert evidence["size_part"] == pytest.approx(1 - 100 / 500), "median 500, deviation 100"
    assert evidence["count_part"] == pytest.approx(19 / 24, abs=1e-6)
    assert finding["score"] == pytest.approx(0.375 + 0.25 + 0.12 + 0.11875, abs=1e-6)


def _jittered() -> list[dict[str, Any]]:
    return calls(list(accumulate(60 * dice().uniform(0.7, 1.3, 200))))


def _missed() -> list[dict[str, Any]]:
    return calls(
        [t for t, kept in zip(every(60, 240), dice().random(240) > 0.15, strict=True) if kept]
    )


def _padded() -> list[dict[str, Any]]:
    return [
        {**row, "orig_bytes": int(size)}
        for row, size in zip(calls(every(60, 240)), dice().integers(300, 4_000, 240), strict=True)
    ]


def _doubled() -> list[dict[str, Any]]:
    return calls(sorted(t + extra for t in every(120, 100) for extra in (0.0, 0.3, 0.6)))


def _unanswered() -> list[dict[str, Any]]:
    return [attempt(HOST, PLACE, 8443, t) for t in every(120, 100)]


EVASIONS = {
    "jitter of 30 %": _jittered,
    "missed beats": _missed,
    "sizes padded at random": _padded,
    "three connections a beat": _doubled,
    "a controller that is down": _unanswered,
    "every ten seconds for an hour": lambda: calls(every(10, 330)),
    "every hour": lambda: calls(every(HOUR, 16)),
    "no sizes known": lambda: calls(every(60, 240), orig_bytes=None),
}


@pytest.mark.parametrize("made", EVASIONS.values(), ids=EVASIONS.keys())
def test_what_is_not_quite_a_clock_is_found(made: Callable[[], list[dict[str, Any]]]) -> None:
    (finding,) = findings_of(Beacon(), made())
    assert (finding["orig_h"], finding["resp_h"]) == (HOST, PLACE)
    assert finding["severity"] == "medium"


def test_a_name_that_moves_from_address_to_address() -> None:
    times = every(300, 100)
    (finding,) = findings_of(Beacon(), tls=named(times, "cc.drop-here.net", addresses=20))
    assert (finding["domain"], finding["resp_h"]) == ("cc.drop-here.net", None)
    assert finding["evidence"]["addresses"] == 20
    assert "cc.drop-here.net (at several addresses)" in finding["because"]


def test_a_name_at_one_address_is_told_once() -> None:
    times = every(300, 100)
    (finding,) = findings_of(Beacon(), calls(times), tls=named(times, "cc.drop-here.net"))
    assert "cc.drop-here.net (203.0.113.80)" in finding["because"]
    assert finding["evidence"]["names"] == ["cc.drop-here.net"]


def test_software_that_polls_by_design_is_info_or_low(address_of: Callable[[str], str]) -> None:
    times = every(300, 100)
    polls = {
        "info": findings_of(Beacon(), calls(times), tls=named(times, "update.microsoft.com")),
        "low": findings_of(Beacon(), calls(times, resp_h=address_of("saas"))),
    }
    polls["low"] += findings_of(Beacon(), calls(times, port=5228))
    for severity, found in polls.items():
        assert [finding["severity"] for finding in found] == [severity] * len(found)
        assert found
        assert {finding["orig_role"] for finding in found} == {"unknown"}
        assert max(finding["confidence"] for finding in found) <= 0.2


def test_new_connections_every_two_seconds_are_no_polling(address_of: Callable[[str], str]) -> None:
    (finding,) = findings_of(Beacon(), calls(every(2, 900), resp_h=address_of("saas")))
    assert (finding["severity"], finding["orig_role"]) == ("medium", "infected")
    assert "Ordinary software does not open new connections that often." in finding["because"]


def test_a_place_that_all_call_is_low() -> None:
    others = [{**session(HOST, PLACE, 443, n), "orig_h": f"10.0.1.{n}"} for n in range(12)]
    (finding,) = findings_of(Beacon(), [*calls(every(300, 100)), *others])
    assert finding["severity"] == "low"


@pytest.mark.parametrize(("hosts", "severity"), [(4, "medium"), (5, "low")])
def test_a_popular_name_on_a_rented_machine_that_several_hosts_call_is_low(
    hosts: int, severity: str, address_of: Callable[[str], str]
) -> None:
    rented, times = address_of("hosting"), every(300, 100)
    staff = [f"10.0.1.{n}" for n in range(1, hosts)]
    others = [{**session(HOST, rented, 443, n), "orig_h": host} for n, host in enumerate(staff)]
    hellos = [{**row, "resp_h": rented} for row in named(times, "outlook.office365.com")]
    (finding,) = findings_of(Beacon(), [*calls(times, resp_h=rented), *others], tls=hellos)
    assert finding["severity"] == severity


def _person() -> list[dict[str, Any]]:
    return calls(list(accumulate(dice().exponential(90, 300))))


BENIGN = {
    "a person who comes and goes": _person,
    "one page with many parts": lambda: calls(every(0.4, 60)),
    "pages with many parts": lambda: calls(
        [start + n * 0.4 for start in dice().uniform(0, 9 * HOUR, 12) for n in range(30)]
    ),
    "the time": lambda: calls(
        every(64, 300), port=123, proto="udp", history=None, orig_bytes=48, resp_bytes=48
    ),
    "the names": lambda: calls(every(30, 300), port=53, proto="udp", service="dns", history=None),
    "a server inside": lambda: calls(every(60, 300), resp_h="10.0.0.2"),
    "a visitor who polls us": lambda: [
        {**row, "orig_h": PLACE, "resp_h": HOST} for row in calls(every(60, 300))
    ],
    "parts of one long conversation": lambda: [
        {**row, "part": n + 1, "orig_p": 50_000} for n, row in enumerate(calls(every(300, 100)))
    ],
    "no dates": lambda: [
        {k: v for k, v in row.items() if k != "at_s"} for row in calls(every(60, 100))
    ],
}


@pytest.mark.parametrize("made", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_contacts_are_silent(made: Callable[[], list[dict[str, Any]]]) -> None:
    assert findings_of(Beacon(), made()) == []


@pytest.mark.parametrize(("count", "found"), [(11, 0), (12, 1)])
def test_twelve_beats_are_needed(count: int, found: int) -> None:
    assert len(findings_of(Beacon(), calls(every(600, count)))) == found


def through_proxy(host: str, every_s: float, count: int, **columns: Any) -> list[dict[str, Any]]:
    usual = {"orig_h": "10.0.0.5", "resp_h": "10.0.0.2", "resp_p": 3128, "method": "CONNECT",
             "host": f"{host}:443", "uri": f"{host}:443", **columns}  # fmt: skip
    return [{**usual, "at_s": every_s * n} for n in range(count)]


def test_behind_a_proxy_the_client_and_the_name_are_told() -> None:
    calls = through_proxy("c2.odd-firm.net", 60.0, 50)
    own = [{**row, "orig_h": "10.0.0.2", "resp_h": "203.0.113.9", "resp_p": 80, "method": "GET",
            "host": "c2.odd-firm.net", "uri": "/"} for row in calls]  # fmt: skip
    (finding,) = findings_of(Beacon(), http=calls + own)
    assert (finding["orig_h"], finding["domain"]) == ("10.0.0.5", "c2.odd-firm.net")
    assert (finding["resp_h"], finding["severity"]) == (None, "medium")
    assert finding["because"].startswith(
        "10.0.0.5 contacted c2.odd-firm.net through the proxy 10.0.0.2 50 times, every 1 m 0 s"
    )


def test_a_known_service_behind_a_proxy_without_a_rhythm_is_info() -> None:
    gaps = [7.0 + 61.0 * (n * n % 5) for n in range(46)]
    at = [sum(gaps[:n]) * 3000 / sum(gaps) for n in range(46)]
    calls = through_proxy("safebrowsing.googleapis.com", 0.0, 46)
    rows = [{**row, "at_s": second} for row, second in zip(calls, at, strict=True)]
    (finding,) = findings_of(Beacon(), http=rows)
    assert (finding["severity"], finding["orig_h"]) == ("info", "10.0.0.5")
    assert finding["evidence"]["steady_score"] >= 0.6
    assert findings_of(Beacon(), http=rows[:39]) == []
    unknown = [{**row, "host": "odd-firm.net:443", "uri": "odd-firm.net:443"} for row in rows]
    assert findings_of(Beacon(), http=unknown) == []


def test_many_look_ups_at_a_resolver_outside_are_info() -> None:
    rows = [
        {**session("10.0.0.5", "203.0.113.53", 53, at_s=3500 * (n / 400) ** 1.3), "proto": "udp",
         "service": "dns", "conn_state": "SF", "history": "Dd"}
        for n in range(400)
    ]  # fmt: skip
    (finding,) = findings_of(Beacon(), rows)
    assert (finding["severity"], finding["service"]) == ("info", "dns")
    assert findings_of(Beacon(), rows[:199]) == []


def test_a_rented_machine_is_low_where_the_source_tells_no_names() -> None:
    azure = calls(every(600, 40), resp_h="20.50.72.126")
    for source, severity in (("device_log", "low"), ("capture", "medium")):
        (finding,) = findings_of(Beacon(), [{**row, "source": source} for row in azure])
        assert (finding["severity"], finding["evidence"]["beats"]) == (severity, 40)
    logged = [{**row, "source": "device_log"} for row in calls(every(600, 40))]
    assert findings_of(Beacon(), logged)[0]["severity"] == "medium", "nobody knows its owner"
    urgent = calls(every(3, 400), resp_h="20.50.72.126", source="device_log")
    assert findings_of(Beacon(), urgent)[0]["severity"] == "medium", "no software polls like that"
