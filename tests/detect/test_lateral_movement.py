"""`lateral_movement`: one inside host takes over others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detect.traffic import attempt, findings_of, session
from lynceus.detect.lateral_movement import LateralMovement

INTRUDER, SERVER = "10.0.0.66", "10.0.0.2"
HOUR, GB = 3600.0, 1_000_000_000


def office(port: int = 443) -> list[dict[str, Any]]:
    """Six clients that turn to one server: what makes servers and clients known."""
    return [session(f"10.0.1.{n}", SERVER, port, at_s=n) for n in range(6)]


def hops(count: int, every_s: float = 60.0, port: int = 445) -> list[dict[str, Any]]:
    return [session(INTRUDER, f"10.0.1.{n}", port, at_s=n * every_s) for n in range(count)]


def copied(resp_h: str, gigabytes: float, **columns: Any) -> dict[str, Any]:
    usual = {"duration_s": 900.0, "orig_bytes": round(gigabytes * GB), "resp_bytes": 9_000_000}
    return session(INTRUDER, resp_h, 445, 1.0, **{**usual, **columns})


def test_going_out_to_hosts_that_serve_nobody_else() -> None:
    (finding,) = findings_of(LateralMovement(), [*office(), *hops(4)])
    assert (finding["orig_h"], finding["orig_role"]) == (INTRUDER, "attacker")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1021.002"])
    assert finding["because"] == (
        "10.0.0.66 opened 4 sessions of remote administration (smb) on 4 inside hosts that "
        "hardly any other host turns to."
    )
    assert finding["evidence"]["hosts"] == 4
    assert finding["evidence"]["hosts_sample"] == ["10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3"]
    assert finding["score"] == pytest.approx(4 / 7, abs=1e-6)


def test_many_hosts_or_several_protocols_are_high() -> None:
    (many,) = findings_of(LateralMovement(), [*office(), *hops(9)])
    assert many["severity"] == "high"
    (mixed,) = findings_of(LateralMovement(), [*office(), *hops(3, port=3389), *hops(3, port=5985)])
    assert mixed["severity"] == "high"
    assert mixed["evidence"]["protocols"] == ["rdp", "winrm"]
    assert mixed["techniques"] == ["T1021.001", "T1021.006"]


def test_one_hop_every_two_hours_shows_in_the_day() -> None:
    slow = [*office(), *hops(7, every_s=2 * HOUR)]
    (finding,) = findings_of(LateralMovement(), slow)
    assert finding["evidence"]["hosts"] == 7
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * HOUR * 1e9


def test_hops_across_the_border_of_an_hour_are_one_row_of_hops() -> None:
    across = [{**row, "at_s": row["at_s"] + HOUR - 90} for row in hops(4)]
    (finding,) = findings_of(LateralMovement(), [*office(), *across])
    assert (finding["evidence"]["hosts"], finding["severity"]) == (4, "medium")


def test_the_protocol_is_known_by_content_on_any_port() -> None:
    odd = [{**row, "resp_p": 33_890, "service": "rdp"} for row in hops(4)]
    (finding,) = findings_of(LateralMovement(), [*office(), *odd])
    assert finding["techniques"] == ["T1021.001"]


@pytest.mark.parametrize(("count", "found"), [(8, 0), (9, 1)])
def test_ssh_alone_needs_more_for_administrators_use_it_all_day(count: int, found: int) -> None:
    spoken = findings_of(LateralMovement(), [*office(), *hops(count, port=22)])
    assert [finding["severity"] for finding in spoken] == ["medium"] * found


def test_gigabytes_to_a_host_that_is_no_server() -> None:
    (finding,) = findings_of(LateralMovement(), [*office(), copied("10.0.1.3", 8.9)])
    assert (finding["orig_h"], finding["resp_h"]) == (INTRUDER, "10.0.1.3")
    assert (finding["severity"], finding["resp_role"]) == ("high", "victim")
    assert finding["because"].startswith("10.0.0.66 and 10.0.1.3 moved 8.9 GB over SMB in 15 m 0 s")
    assert finding["evidence"]["moved_bytes"] == 8_900_000_000


def test_directions_need_not_be_known() -> None:
    pasted = {
        "orig_h": INTRUDER,
        "resp_h": "10.0.1.3",
        "resp_p": 445,
        "proto": "tcp",
        "total_bytes": 8_900_000_000,
        "total_packets": 6_000_000,
    }
    (finding,) = findings_of(LateralMovement(), [pasted])
    assert (finding["severity"], finding["first_seen_ns"]) == ("high", None)


def test_control_by_two_protocols_at_once_is_a_hint() -> None:
    both = [session(INTRUDER, "10.0.1.3", port, at_s=1) for port in (135, 445)]
    (finding,) = findings_of(LateralMovement(), [*office(), *both])
    assert (finding["severity"], finding["resp_h"]) == ("low", "10.0.1.3")
    assert "reached 10.0.1.3 by dce_rpc and smb at once" in finding["because"]


def test_a_backup_to_a_server_is_low() -> None:
    (finding,) = findings_of(LateralMovement(), [*office(445), copied(SERVER, 3)])
    assert (finding["severity"], finding["resp_role"]) == ("low", "server")
    assert "7 hosts turn to that server" in finding["because"]


def test_where_nobody_else_is_seen_nobody_is_known_as_a_server() -> None:
    (finding,) = findings_of(LateralMovement(), hops(5))
    assert finding["severity"] == "low"


def browses(host: str, places: int = 6) -> list[dict[str, Any]]:
    """What a workstation does all day."""
    return [session(host, f"203.0.113.{n}", 443, n) for n in range(places)]


WORKSTATION, CONTROLLER = "10.0.1.3", "10.0.0.3"


def round_trip(every_s: float, port: int = 3389, **columns: Any) -> list[dict[str, Any]]:
    """From the intruder to two servers that many turn to, and to a workstation."""
    many = [session(f"10.0.1.{n}", CONTROLLER, 53, at_s=n) for n in range(6)]
    visited = (SERVER, CONTROLLER, WORKSTATION)
    hops = [
        session(INTRUDER, host, port, 100 + n * every_s, **columns)
        for n, host in enumerate(visited)
    ]
    return [*office(), *many, *browses(WORKSTATION), *hops]


def test_servers_and_a_workstation_within_minutes() -> None:
    (finding,) = findings_of(LateralMovement(), round_trip(40))
    assert (finding["orig_h"], finding["severity"]) == (INTRUDER, "medium")
    assert finding["because"] == (
        "10.0.0.66 opened 3 sessions of remote administration (rdp) on 3 inside hosts in 1 m 21 s; "
        "nobody else turns to them that way, and 1 of them is a workstation."
    )
    assert finding["evidence"]["workstations"] == 1
    assert finding["techniques"] == ["T1021.001"]


def test_minutes_that_lie_in_two_hours_are_told_once() -> None:
    late = [{**row, "at_s": row["at_s"] + HOUR - 150} for row in round_trip(40)]
    (finding,) = findings_of(LateralMovement(), late)
    assert finding["window_end_ns"] - finding["window_start_ns"] == 24 * HOUR * 1e9


def test_the_same_program_pushed_to_several_hosts_by_smb() -> None:
    pushed = {"orig_bytes": 90_000, "resp_bytes": 3_000}
    (finding,) = findings_of(LateralMovement(), round_trip(40, 445, **pushed))
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1021.002"])


def test_a_workstation_that_is_reached_and_goes_on_to_the_next() -> None:
    rows = [
        *office(),
        *browses("10.0.1.3"),
        *browses("10.0.1.4"),
        session(INTRUDER, "10.0.1.3", 3389, 100),
        session("10.0.1.3", "10.0.1.4", 5985, 700),
    ]
    (finding,) = findings_of(LateralMovement(), rows)
    assert (finding["orig_h"], finding["resp_h"]) == ("10.0.1.3", "10.0.1.4")
    assert (finding["orig_role"], finding["resp_role"]) == ("infected", "victim")
    assert finding["techniques"] == ["T1021.001", "T1021.006"]
    assert finding["because"] == (
        "10.0.1.3 was reached by rdp from 10.0.0.66 and 10 m 0 s later reached 10.0.1.4 by winrm: "
        "workstations that hardly any other host turns to."
    )


def test_an_asset_whose_work_it_is_is_low(tmp_path: Path) -> None:
    assets = tmp_path / "assets.csv"
    assets.write_text(f"name,ip,owner,criticality,role\nsccm,{INTRUDER},it,high,management\n")
    (finding,) = findings_of(LateralMovement(), [*office(), *hops(9)], assets=assets)
    assert (finding["severity"], finding["confidence"]) == ("low", 0.3)


def test_what_an_asset_is_comes_before_what_it_does(tmp_path: Path) -> None:
    head = "name,ip,owner,criticality,role\n"
    server, desk = tmp_path / "server.csv", tmp_path / "desk.csv"
    server.write_text(f"{head}hv1,{WORKSTATION},it,high,virtualisation host\n")
    assert findings_of(LateralMovement(), round_trip(40), assets=server) == []
    desk.write_text(f"{head}ws1,{WORKSTATION},it,high,workstation\n")
    idle = [row for row in round_trip(40) if row["orig_h"] != WORKSTATION]
    assert findings_of(LateralMovement(), idle) == []
    assert len(findings_of(LateralMovement(), idle, assets=desk)) == 1


BENIGN = {
    "an administrator who works on one host after the other": round_trip(400),
    "files on servers and on the workstation of a colleague": [
        *round_trip(40, 445, orig_bytes=3_000, resp_bytes=90_000)
    ],
    "files of all sizes that are put there": [
        {**row, "orig_bytes": 9_000 * (n % 7 + 1)}
        for n, row in enumerate(round_trip(40, 445, resp_bytes=900))
    ],
    "three servers within minutes": [
        row for row in round_trip(40) if row["orig_h"] != WORKSTATION or row["resp_h"] == SERVER
    ],
    "desktops that several turn to": [
        *round_trip(40),
        *(
            session(f"10.0.2.{n}", host, 3389, 10)
            for n in (1, 2)
            for host in (SERVER, CONTROLLER, WORKSTATION)
        ),
    ],
    "a chain through a server": [
        *office(3389),
        *browses("10.0.1.4"),
        session(INTRUDER, SERVER, 3389, 100),
        session(SERVER, "10.0.1.4", 5985, 700),
    ],
    "a chain that takes its time": [
        *office(),
        *browses("10.0.1.3"),
        *browses("10.0.1.4"),
        session(INTRUDER, "10.0.1.3", 3389, 100),
        session("10.0.1.3", "10.0.1.4", 5985, 2_000),
    ],
    "there and back": [
        *office(),
        *browses("10.0.1.3"),
        *browses("10.0.1.4"),
        session("10.0.1.4", "10.0.1.3", 3389, 100),
        session("10.0.1.3", "10.0.1.4", 3389, 700),
    ],
    "clients of one file server": [
        *office(445),
        *(session(f"10.0.1.{n}", SERVER, 445, 60.0 * k) for n in range(6) for k in range(20)),
    ],
    "a person on three servers that all use": [
        session(f"10.0.1.{n}", f"10.0.0.{server}", 445, n) for n in range(6) for server in (2, 3, 4)
    ],
    "attempts that led nowhere (a scan)": [
        *office(),
        *(attempt(INTRUDER, f"10.0.1.{n}", 445, n) for n in range(30)),
    ],
    "work on hosts outside": [
        *office(),
        *(session(INTRUDER, f"203.0.113.{n}", 22, n) for n in range(9)),
    ],
    "web services of many hosts": [*office(), *hops(9, port=443)],
    "a host that talks to itself": [
        *office(),
        *(session(INTRUDER, INTRUDER, 445, n) for n in range(9)),
    ],
}


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_ordinary_administration_is_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(LateralMovement(), rows) == []


@pytest.mark.parametrize(("count", "found"), [(2, 0), (3, 1)])
def test_three_hosts_in_an_hour_are_needed(count: int, found: int) -> None:
    assert len(findings_of(LateralMovement(), [*office(), *hops(count)])) == found


@pytest.mark.parametrize(("gigabytes", "found"), [(0.99, 0), (1.0, 1)])
def test_a_gigabyte_is_needed(gigabytes: float, found: int) -> None:
    rows = [*office(), copied("10.0.1.3", gigabytes)]
    assert len(findings_of(LateralMovement(), rows)) == found


def test_a_row_of_unanswered_knocks_is_no_session_where_only_amounts_are_told() -> None:
    unknown = dict.fromkeys(("conn_state", "history", "resp_bytes", "resp_packets"))
    knocks = [
        {**row, **unknown, "orig_bytes": 180, "orig_packets": 3, "total_bytes": 180,
         "total_packets": 3, "bytes_are_ip": True}
        for row in hops(4)
    ]  # fmt: skip
    assert findings_of(LateralMovement(), [*office(), *knocks]) == []
    spoke = [{**row, "orig_bytes": 4_000, "total_bytes": 4_000} for row in knocks]
    assert len(findings_of(LateralMovement(), [*office(), *spoke])) == 1, "one direction was seen"
