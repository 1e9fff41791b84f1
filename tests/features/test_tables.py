"""The window tables, with hand-computed rows: contact, link, listed, login, name, rate, scan,
session."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from lynceus.engine import SCHEMAS
from lynceus.enrich.facts import with_facts
from lynceus.features import contact, link, listed, login, name, rate, scan, session
from lynceus.features.flow import with_row_features
from lynceus.features.window import Table, Window
from lynceus.records import conform
from lynceus.testing import events, flow, flows

ROOMS = (contact, link, listed, login, name, rate, scan, session)


def tables() -> list[Table]:
    found: list[Table] = []
    for room in ROOMS:
        for value in vars(room).values():
            members = value if isinstance(value, tuple) else (value,)
            found += [m for m in members if isinstance(m, Table)]
    return found


def of(table: Table, frame: pl.DataFrame) -> list[dict[str, Any]]:
    rows = conform(frame, SCHEMAS[table.of])
    ready = with_row_features(table.of, with_facts(table.of, rows, [])).lazy()
    state = table.partial(ready).collect(engine="in-memory")
    return table.finish(table.merge([state])).to_dicts()


def test_names_are_unique_and_tables_take_no_rows() -> None:
    names = [table.name for table in tables()]
    assert len(names) == len(set(names))
    for table in tables():
        empty = pl.DataFrame(schema=SCHEMAS[table.of])
        assert of(table, empty) == []


def test_scan_failed_ports_of_a_pair() -> None:
    rows = flows([flow(resp_p=p, conn_state="REJ" if p % 2 else "S0") for p in range(1, 31)])
    (row,) = of(scan.FAILED_PORTS_OF_PAIR[0], rows)
    assert (row["ports"], row["attempts"]) == (30, 30)
    assert (row["refused_attempts"], row["silent_attempts"]) == (15, 15)
    assert (row["lowest_port"], row["highest_port"], row["active_slots"]) == (1, 30, 1)


def test_scan_hosts_of_a_port() -> None:
    dead = [flow(resp_h=f"10.0.1.{i}", resp_p=22, conn_state="S0") for i in range(12)]
    rows = flows([*dead, flow(resp_p=22), flow(resp_p=22)])
    (failed,) = of(scan.FAILED_HOSTS_OF_PORT[0], rows)
    (tried,) = of(scan.HOSTS_OF_PORT[0], rows)
    assert (failed["failed_hosts"], failed["dead_hosts"]) == (12, 12)
    assert (tried["hosts"], tried["attempts"]) == (13, 14)


def test_scan_pings_by_kind() -> None:
    rows = flows(
        flow(proto="icmp", orig_p=kind, resp_p=0, resp_h=f"10.0.1.{i}", conn_state=None,
             resp_packets=i % 2, orig_packets=1)
        for kind in (8, 13, 0) for i in range(4)
    )  # fmt: skip
    found = {row["request"]: row for row in of(scan.PINGED_HOSTS[0], rows)}
    assert set(found) == {"echo", "timestamp"}
    assert (found["echo"]["hosts"], found["echo"]["answering_hosts"]) == (4, 2)


def test_login_sessions_short_and_long() -> None:
    short = [flow(resp_p=22, duration_s=2.0, orig_bytes=1500, resp_bytes=2000) for _ in range(3)]
    long = flow(resp_p=22, duration_s=900.0, orig_bytes=50_000, resp_bytes=90_000)
    banner = flow(resp_p=22, duration_s=0.1, orig_bytes=20, resp_bytes=40)
    (row,) = of(login.LOGINS_OF_PAIR[0], flows([*short, long, banner]))
    assert (row["short_sessions"], row["long_sessions"], row["failed_attempts"]) == (3, 1, 0)
    assert (row["short_resp_bytes"], row["short_resp_bytes_squared"]) == (6000, 3 * 2000**2)


def test_session_parts_of_one_conversation_are_added() -> None:
    parts = [flow(i * 1800.0, part=i, duration_s=1800.0, resp_h="192.0.2.9") for i in range(3)]
    (row,) = of(session.LONG_CONVERSATIONS, flows(parts))
    assert (row["connected_ns"], row["parts"]) == (5400 * 10**9, 3)


def test_contact_volume_and_rhythm_look_outward_only() -> None:
    rows = flows(
        [flow(i * 60.0, resp_h="192.0.2.9", orig_bytes=1000) for i in range(20)]
        + [flow(i * 60.0, resp_h="10.0.0.80") for i in range(20)]
    )
    (row,) = of(contact.VOLUME_OF_PAIR[1], rows)
    assert (row["resp_h"], row["sent_bytes"]) == ("192.0.2.9", 20_000)
    assert row["received_bytes"] == 80_000
    beats = of(contact.RHYTHM_OF_PAIR[1], rows)
    assert len(beats) == 20 and {b["resp_h"] for b in beats} == {"192.0.2.9"}


def test_contact_parts_of_a_long_flow_are_no_new_contacts() -> None:
    rows = flows(flow(i * 60.0, resp_h="192.0.2.9", part=i) for i in range(20))
    assert of(contact.RHYTHM_OF_PAIR[1], rows) == []


def test_rate_counts_the_average_minute_of_a_long_flow() -> None:
    ping = flow(proto="icmp", orig_p=8, resp_p=0, conn_state=None, orig_packets=6000,
                resp_packets=0, duration_s=600.0)  # fmt: skip
    (row,) = of(rate.HITS_60S, flows([ping]))
    assert row["orig_packets"] == 600


def test_name_below_its_domain() -> None:
    asked = [{"query": f"{i:04x}.t.example.com", "qtype": "TXT", "resp_h": "10.0.0.53"}
             for i in range(9)]  # fmt: skip
    left_out = [{"query": q, "qtype": "PTR", "resp_h": "10.0.0.53"}
                for q in ("4.3.2.1.in-addr.arpa", "printer.local", "_spf.example.com")]  # fmt: skip
    (row,) = of(name.NAMES_ASKED[0], events("dns", [*asked, *left_out]))
    assert (row["domain"], row["queries"], row["subdomains"]) == ("example.com", 9, 9)
    assert (row["subdomain_bytes"], row["unusual_queries"]) == (9 * 6, 9)


def test_link_arp_and_dhcp() -> None:
    asks = [{"operation": "request", "orig_h": "10.0.0.5", "resp_h": f"10.0.0.{i}",
             "src_mac": "02:00:00:00:00:05", "orig_mac": "02:00:00:00:00:05"}
            for i in range(20, 30)]  # fmt: skip
    (row,) = of(link.ARP_TARGETS[0], events("arp", asks))
    assert (row["targets"], row["requests"]) == (10, 10)
    leases = [{"mac": f"02:00:00:00:01:{i:02x}", "msg_types": ["DISCOVER"]} for i in range(4)]
    served = {"mac": "02:00:00:00:01:00", "msg_types": ["REQUEST", "ACK"]}
    (row,) = of(link.DHCP_CLIENTS[0], events("dhcp", [*leases, served]))
    assert (row["clients"], row["served_clients"]) == (4, 1)


def test_listed_told_flows_are_of_pasted_lists_only() -> None:
    rows = flows([flow(None, source="text"), flow(None, source="zeek")])
    (row,) = of(listed.TOLD_FLOWS, rows)
    assert row["rows"] == 1 and row["window_start_ns"] is None


@pytest.mark.parametrize("table", [t for t in tables() if isinstance(t, Window)],
                         ids=lambda t: t.name)  # fmt: skip
def test_no_measure_is_named_twice(table: Window) -> None:
    names = [measure.name for measure in table.measures]
    assert len(names) == len(set(names))
