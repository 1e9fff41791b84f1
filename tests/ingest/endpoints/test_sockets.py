"""Sockets as `osquery` and `elastic_endpoint` tell them."""

from __future__ import annotations

import json
from typing import Any

AT = 1_714_557_600
SOCKET = {"pid": "77", "name": "nc", "path": "/usr/bin/nc", "local_address": "10.0.0.8",
          "local_port": "40000", "remote_address": "198.51.100.4", "remote_port": "4444",
          "protocol": "6", "username": "eve"}  # fmt: skip


def osquery(**told: Any) -> str:
    return json.dumps({"name": "sockets", "hostIdentifier": "lin1", "unixTime": AT,
                       "action": "added", **told})  # fmt: skip


def test_a_socket_of_osquery_is_a_flow_with_its_process(whole: Any) -> None:
    batch, account = whole(osquery(columns=SOCKET) + "\n")
    assert account.dropped == {}
    (flow,) = batch.flows.to_dicts()
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == ("10.0.0.8", "198.51.100.4", 4444)
    assert (flow["proto"], flow["ts_ns"]) == ("tcp", AT * 10**9)
    (told,) = batch.events["process"].to_dicts()
    assert (told["uid"], told["process_name"], told["pid"]) == (flow["uid"], "nc", 77)
    assert (told["username"], told["hostname"], told["initiated"]) == ("eve", "lin1", None)


def test_a_snapshot_holds_several_and_listeners_are_no_flow(whole: Any) -> None:
    served = SOCKET | {"name": "sshd", "local_port": "22", "remote_port": "50001"}
    listens = SOCKET | {"remote_address": "0.0.0.0", "remote_port": "0"}  # noqa: S104
    gone = osquery(columns=SOCKET | {"local_port": "40009"}, action="removed")
    batch, account = whole(osquery(snapshot=[SOCKET, served, listens]) + f"\n{gone}\n")
    assert account.balanced
    flows = batch.flows.sort("resp_p").to_dicts()
    assert [(f["orig_h"], f["resp_h"], f["resp_p"]) for f in flows] == [
        ("198.51.100.4", "10.0.0.8", 22), ("10.0.0.8", "198.51.100.4", 4444),
    ]  # fmt: skip
    assert batch.events["process"].height == 2


def test_who_connected_is_told_by_socket_events(whole: Any) -> None:
    accepted = SOCKET | {"action": "accept", "local_port": "8443", "time": str(AT + 1)}
    batch, _ = whole(osquery(columns=accepted) + "\n")
    (flow,) = batch.flows.to_dicts()
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == ("198.51.100.4", "10.0.0.8", 8443)
    assert batch.events["process"]["initiated"].to_list() == [False]


def elastic(action: str, second: int, **told: Any) -> str:
    return json.dumps({
        "@timestamp": f"2024-05-01T10:00:{second:02}.000Z",
        "event": {"action": action, "module": "endpoint", "category": ["network"]},
        "process": {"name": "curl", "pid": 5, "entity_id": "E1", "executable": "/bin/curl"},
        "user": {"name": "eve", "domain": "lin1"}, "host": {"name": "lin1"},
        "source": {"ip": "10.0.0.8", "port": 41000},
        "destination": {"ip": "198.51.100.4", "port": 80},
        "network": {"transport": "tcp", "direction": "egress"}, **told,
    })  # fmt: skip


def test_the_events_of_one_connection_of_elastic_are_one_flow(whole: Any) -> None:
    ended = {"source": {"ip": "10.0.0.8", "port": 41000, "bytes": 500},
             "destination": {"ip": "198.51.100.4", "port": 80, "bytes": 9000}}  # fmt: skip
    batch, _ = whole(
        elastic("connection_attempted", 0)
        + "\n"
        + elastic("disconnect_received", 9, **ended)
        + "\n"
    )
    (flow,) = batch.flows.to_dicts()
    assert (flow["ts_ns"], flow["end_ns"]) == (AT * 10**9, (AT + 9) * 10**9)
    assert (flow["orig_bytes"], flow["resp_bytes"]) == (500, 9000)
    told = batch.events["process"].to_dicts()
    assert {t["uid"] for t in told} == {flow["uid"]}
    assert (told[0]["username"], told[0]["initiated"]) == ("lin1\\eve", True)


def test_a_look_up_of_elastic(whole: Any) -> None:
    asked = elastic("lookup_requested", 1, dns={"question": {"name": "Example.org", "type": "A"}})
    batch, _ = whole(asked + "\n")
    (told,) = batch.events["dns"].to_dicts()
    assert (told["orig_h"], told["query"], told["qtype"]) == ("10.0.0.8", "example.org", "A")
    assert batch.flows.is_empty()
