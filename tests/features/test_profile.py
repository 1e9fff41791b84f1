"""Hours of hosts, pairs and services, counted by hand."""

from __future__ import annotations

from typing import Any

import polars as pl

from lynceus.engine import Engine
from lynceus.features.profile import (
    PROFILE_OF_ORIGINATOR,
    PROFILE_OF_PAIR,
    PROFILE_OF_RESPONDER,
    PROFILE_OF_SERVICE,
    PROFILES,
)
from lynceus.features.window import Window
from lynceus.records import Batch
from lynceus.testing import cut, flow, flows


def of(table: Window, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    engine = Engine({}, watched=PROFILES)
    engine.advance(Batch(flows(rows)))
    engine.finish()
    return engine.seen(table).to_dicts()


def test_what_a_host_began() -> None:
    rows = [
        flow(10, resp_h="198.51.100.1", orig_bytes=100, resp_bytes=1000),
        flow(20, resp_h="198.51.100.2", orig_bytes=50, resp_bytes=500, duration_s=90.0),
        flow(30, resp_h="10.0.0.9", resp_p=445, orig_bytes=7, resp_bytes=70),
        flow(40, resp_h="10.0.0.8", resp_p=445, conn_state="REJ"),
        flow(50, resp_h="10.0.0.53", resp_p=53, proto="udp", orig_bytes=30, resp_bytes=90),
    ]
    (host,) = of(PROFILE_OF_ORIGINATOR, rows)
    assert host["orig_h"] == "10.0.0.5"
    assert (host["flows"], host["failed_flows"]) == (5, 1)
    assert (host["outside_sent_bytes"], host["outside_received_bytes"]) == (150, 1500)
    assert (host["inside_sent_bytes"], host["inside_received_bytes"]) == (37, 160)
    assert (host["outside_hosts"], host["inside_hosts"], host["ports"]) == (2, 3, 3)
    assert (host["used_web_flows"], host["used_file_flows"], host["used_dns_flows"]) == (2, 1, 1)
    assert host["longest_s"] == 90.0


def test_what_a_host_was_asked_for() -> None:
    rows = [flow(i, orig_h=f"10.0.0.{i}", resp_h="10.0.0.80", resp_p=80) for i in range(1, 4)]
    rows += [flow(9, orig_h="203.0.113.9", resp_h="10.0.0.80", resp_p=22, conn_state="S0")]
    (host,) = of(PROFILE_OF_RESPONDER, rows)
    assert (host["served_flows"], host["refused_flows"], host["clients"]) == (3, 1, 4)
    assert (host["served_web_flows"], host["served_login_flows"]) == (3, 0)
    assert (host["served_sent_bytes"], host["served_received_bytes"]) == (12_000, 1_800)
    assert (host["served_outside_flows"], host["asked_ports"]) == (0, 2)


def test_pairs_and_services_that_are_worth_it() -> None:
    rows = [flow(i, resp_p=8000 + i) for i in range(25)]
    rows += [flow(60, resp_h="10.0.0.81", orig_bytes=200_000)]
    rows += [flow(70, resp_h="10.0.0.82")]
    assert {(p["resp_h"], p["flows"]) for p in of(PROFILE_OF_PAIR, rows)} == {
        ("10.0.0.80", 25),
        ("10.0.0.81", 1),
    }
    rows = [flow(i, orig_h=f"10.0.0.{i}") for i in range(1, 7)] + [flow(9, resp_p=8443)]
    (service,) = of(PROFILE_OF_SERVICE, rows)
    assert (service["resp_h"], service["resp_p"], service["clients"]) == ("10.0.0.80", 443, 6)


def test_any_cut_gives_the_same_hours() -> None:
    each = [{"orig_h": f"10.0.0.{i % 3}", "resp_p": i % 9} for i in range(900)]
    rows = flows(flow(17.0 * i, orig_bytes=20_000, **row) for i, row in enumerate(each))
    whole, pieces = Engine({}, watched=PROFILES), Engine({}, watched=PROFILES)
    whole.advance(Batch(rows))
    whole.finish()
    start = rows["end_ns"].min()
    assert isinstance(start, int)
    for piece in cut(Batch(rows), [start + n * 1_700 * 10**9 for n in (1, 2, 5)]):
        pieces.advance(piece)
        again = Engine({}, watched=PROFILES)
        again.resume(pieces.snapshot())
        pieces = again
    pieces.finish()
    for table in PROFILES:
        order = table.groups
        ours = whole.seen(table).sort(order)
        assert ours.height
        assert ours.equals(pieces.seen(table).sort(order))


def test_what_has_no_date_is_no_hour() -> None:
    assert of(PROFILE_OF_ORIGINATOR, [flow(None)]) == []
    undated = pl.DataFrame(of(PROFILE_OF_RESPONDER, [flow(None)]))
    assert undated.is_empty()
