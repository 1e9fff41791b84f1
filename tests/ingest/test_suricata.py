from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.eve_records import CLIENT, SERVER, eve, flow, only, record
from lynceus.ingest import open_input
from lynceus.ingest.suricata import Suricata
from lynceus.ingest.suricata_shapes import COMMON, KINDS


def test_a_flow_with_all_it_tells(whole: Any) -> None:
    batch, account = whole(eve(flow()))
    row = only(batch.flows)
    assert row["ts_ns"] == 1_714_557_600_000_000_000
    assert row["end_ns"] - row["ts_ns"] == 2_500_000_000
    assert (row["duration_s"], row["conn_state"], row["service"]) == (2.5, "SF", "tls")
    assert (row["orig_packets"], row["resp_packets"], row["total_bytes"]) == (6, 5, 4700)
    assert (row["bytes_are_ip"], row["vlan"], row["source_uid"]) == (True, 7, "77")
    assert row["history"] is None and row["missed_bytes"] is None
    assert (account.received, account.kept) == (1, 1)


@pytest.mark.parametrize(
    ("orig", "resp", "word", "expected"),
    [
        ("02", "00", "new", "S0"),
        ("02", "14", "closed", "REJ"),
        ("1a", "12", "established", "S1"),
        ("1f", "1b", "closed", "RSTO"),
        ("1b", "1f", "closed", "RSTR"),
        ("00", "00", "established", "S1"),
        ("zz", None, "closed", "SF"),
    ],
)
def test_states_of_flags(whole: Any, orig: str, resp: str | None, word: str, expected: str) -> None:
    tcp = {"tcp_flags_ts": orig, "tcp_flags_tc": resp}
    told = flow(tcp=tcp)
    told["flow"]["state"] = word
    assert only(whole(eve(told))[0].flows)["conn_state"] == expected


def test_icmp_has_type_and_code_as_ports(whole: Any) -> None:
    ping = flow(proto="IPv6-ICMP", src_ip="2001:0db8::0001", dest_ip="ff02::2", icmp_type=133,
        icmp_code=0, app_proto="failed")  # fmt: skip
    del ping["src_port"], ping["dest_port"]
    row = only(whole(eve(ping))[0].flows)
    assert (row["orig_h"], row["orig_p"], row["resp_p"]) == ("2001:db8::1", 133, 0)
    assert (row["proto"], row["conn_state"], row["service"]) == ("icmp6", "OTH", None)


def netflow(packets: int, *, back: bool = False, **more: Any) -> dict[str, Any]:
    span = {"start": "2024-05-01T12:00:00.0+0200", "end": "2024-05-01T12:00:05.0+0200"}
    told = {"pkts": packets, "bytes": packets * 100, **span}
    flags = {"tcp_flags": "12" if back else "02"}
    return record("netflow", 30.0, back=back, netflow=told, tcp=flags, **more)


def test_netflow_records_are_stitched(whole: Any) -> None:
    alone: dict[str, Any] = {"flow_id": 78, "src_port": 50001, "proto": "UDP"}
    batch, account = whole(eve(netflow(4), netflow(3, back=True), netflow(2, **alone)))
    both, single = batch.flows.sort("source_uid").to_dicts()
    assert (both["orig_h"], both["resp_h"], both["resp_p"]) == (CLIENT, SERVER, 443)
    assert (both["orig_packets"], both["resp_packets"], both["total_bytes"]) == (4, 3, 700)
    assert both["conn_state"] == "S1"
    assert (single["orig_packets"], single["resp_packets"], single["conn_state"]) == (2, 0, "S0")
    assert account.notes == {"netflow_records_stitched": 2, "netflow_records_alone": 1}
    assert account.kept == 3


def test_netflow_records_of_a_known_flow_tell_nothing_new(whole: Any) -> None:
    batch, account = whole(eve(flow(), netflow(6), netflow(5, back=True)))
    assert only(batch.flows)["orig_packets"] == 6
    assert account.dropped == {"duplicate": 2}


def alert(at_s: float, *, back: bool = False, **more: Any) -> dict[str, Any]:
    meta = {"mitre_tactic_name": ["Command_And_Control"], "mitre_technique_id": ["T1071"]}
    told = {"action": "blocked", "gid": 1, "signature_id": 2024468, "rev": 3, "severity": 1,
        "signature": "ET TEST", "category": "A Network Trojan was detected", "metadata": meta,
    }  # fmt: skip
    return record("alert", at_s, back=back, alert=told, host="sensor-1", app_proto="tls", **more)


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


def test_tls_http_ssh_and_quic(whole: Any) -> None:
    tls = {"version": "TLS 1.3 draft-23", "sni": "Example.COM", "subject": "C=US, O=A, Inc, CN=x",
        "issuerdn": "CN=Root", "notbefore": "2024-01-01T00:00:00", "ja3": {"hash": "ab"},
        "ja4": "t13", "client_alpns": ["h2", "http/1.1"], "server_alpns": ["h2"],
        "session_resumed": True}  # fmt: skip
    http = {"hostname": "Example.COM", "url": "http://me:secret@example.com/a", "status": 200,
        "http_method": "GET", "protocol": "HTTP/1.1", "length": 5,
        "http_content_type": "Text/HTML; charset=x"}  # fmt: skip
    ssh = {"client": {"proto_version": "2.0", "software_version": "a", "hassh": {"hash": "c"}},
        "server": {"proto_version": "2.0", "software_version": "b"}}  # fmt: skip
    quic = {"version": "1", "sni": "Q.example", "ja4": "q13",
        "extensions": [{"name": "alpn", "type": 16, "values": ["h3"]}]}  # fmt: skip
    records = [record("tls", tls=tls), record("http", http=http, tx_id=2), record("ssh", ssh=ssh),
        record("quic", quic=quic), record("quic", quic={"version": "1"})]  # fmt: skip
    events = whole(eve(flow(), *records))[0].events
    names = ("version", "server_name", "subject", "alpn", "alpn_offered", "resumed", "established")
    assert tuple(only(events["tls"], *names).values()) == (
        "TLS1.3", "example.com", "CN=x,O=A, Inc,C=US", "h2", ["h2", "http/1.1"], True, None,
    )  # fmt: skip
    assert only(events["tls"])["not_before_ns"] == 1_704_067_200_000_000_000
    row = only(events["http"])
    assert (row["host"], row["uri"], row["trans_depth"]) == (
        "example.com", "http://me@example.com/a", 3)  # fmt: skip
    assert (row["version"], row["response_mime_type"], row["request_body_bytes"]) == (
        "1.1", "text/html", None)  # fmt: skip
    assert only(events["ssh"], "client", "server", "hassh") == {
        "client": "a", "server": "b", "hassh": "c"}  # fmt: skip
    assert only(events["quic"], "server_name", "alpn_offered") == {
        "server_name": "q.example", "alpn_offered": ["h3"]}  # fmt: skip


def test_kerberos_dhcp_ldap_and_arp(whole: Any) -> None:
    ticket = {"msg_type": "KRB_TGS_REP", "cname": "bob", "realm": "EX", "sname": "cifs/fs",
        "encryption": "aes256-cts-hmac-sha1-96", "ticket_encryption": "ARCFOUR_HMAC_MD5",
    }  # fmt: skip
    error = {"msg_type": "KRB_ERROR", "failed_request": "KRB_AS_REQ", "cname": "<empty>",
        "error_code": "KDC_ERR_PREAUTH_REQUIRED", "encryption": "<none>"}  # fmt: skip
    reply = {"type": "reply", "dhcp_type": "ack", "client_mac": "AA:BB", "assigned_ip": "10.0.0.9",
        "client_ip": "0.0.0.0", "lease_time": 60}  # noqa: S104  # fmt: skip
    bind = {"request": {"operation": "bind_request", "message_id": 3,
        "bind_request": {"version": 3, "name": "CN=a"}},
        "responses": [{"operation": "bind_response",
            "bind_response": {"result_code": "invalid_credentials", "message": "no"}}]}  # fmt: skip
    search = {"request": {"operation": "search_request", "message_id": 4, "search_request":
        {"base_object": "DC=x", "scope": "whole_subtree", "attributes": ["cn"]}},
        "responses": [{"operation": "search_result_entry"}, {"operation": "search_result_done",
            "search_result_done": {"result_code": "success", "message": ""}}]}  # fmt: skip
    asked = {"opcode": "request", "src_mac": "AA:01", "src_ip": "10.0.0.1", "dest_ip": "10.0.0.2"}
    arp = {"timestamp": "2024-05-01T12:00:00+0200", "event_type": "arp", "arp": asked}
    events = whole(eve(
        flow(), record("krb5", 1, krb5=ticket), record("krb5", 2, krb5=error),
        record("dhcp", back=True, flow_id=9, proto="UDP", dhcp=reply),
        record("ldap", ldap=bind), record("ldap", ldap=search), arp,
    ))[0].events  # fmt: skip
    good, bad = events["kerberos"].to_dicts()
    assert (good["request_type"], good["client"], good["service"]) == ("TGS", "bob", "cifs/fs")
    assert (good["success"], good["cipher"], good["reply_cipher"]) == (
        True, "rc4-hmac", "aes256-cts-hmac-sha1-96")  # fmt: skip
    assert (bad["request_type"], bad["client"], bad["success"]) == ("AS", None, False)
    assert (bad["error_msg"], bad["cipher"]) == ("KDC_ERR_PREAUTH_REQUIRED", None)
    assert only(events["dhcp"], "orig_h", "msg_types", "mac", "assigned_addr", "client_addr") == {
        "orig_h": CLIENT, "msg_types": ["ACK"], "mac": "aa:bb", "assigned_addr": "10.0.0.9",
        "client_addr": None}  # fmt: skip
    assert only(events["ldap"], "opcode", "object", "result", "version") == {
        "opcode": "bind simple", "object": "CN=a", "result": "invalid credentials", "version": 3,
    }  # fmt: skip
    assert only(events["ldap_search"], "scope", "result_count", "result", "attributes") == {
        "scope": "tree", "result_count": 1, "result": "success", "attributes": ["cn"]}  # fmt: skip
    assert only(events["arp"], "orig_h", "resp_h", "orig_mac") == {
        "orig_h": "10.0.0.1", "resp_h": "10.0.0.2", "orig_mac": "aa:01"}  # fmt: skip


def test_hostile_lines_are_counted_and_the_rest_is_read(whole: Any) -> None:
    odd = [
        "{not json}", "[1, 2]", "{", '{"event_type": 5, "timestamp": []}', '{"a": 1}',
        '{"event_type": "flow", "timestamp": "2024-05-01T12:00:00+0000", "flow": [1]}',
        json.dumps(record("dns", dns="text")), json.dumps(record("dns", dns={"answers": {"a": 1}})),
        json.dumps(record("tls", tls={"ja3": [], "client_alpns": {"x": "\ud800"}})),
        json.dumps({**record("alert", alert=[1]), "src_ip": "not an address"}),
        json.dumps({**record("flow", flow=3), "timestamp": "yesterday"}),
        json.dumps(record("stats", stats={"capture": {"kernel_drops": "many"}})),
        json.dumps(record("smb", smb={"dcerpc": 1, "session_id": "99" * 40, "rename": []})),
        json.dumps(record("nonsense")), '{"event_type": "http", "http": ' + "[" * 5000 + "}",
    ]  # fmt: skip
    batch, account = whole("\n".join([*odd, eve(flow()).strip(), *odd]) + "\n")
    assert batch.flows.filter(pl.col("source_uid") == "77").height >= 1
    assert account.dropped["not_a_json_object"] >= 6
    assert account.dropped["no_event_type"] == 2
    assert account.dropped["unreadable_address"] >= 4
    assert account.dropped["unreadable_time"] == 2
    assert account.notes["records_of_kinds_not_used"] >= 2


def test_any_shape_of_a_part_is_survived(whole: Any) -> None:
    shapes: list[Any] = [None, 1, "x", [], [1], {}, {"a": {}}, [{"a": 1}], True]
    for kind in KINDS:
        records = [record(kind, **{kind: shape}) for shape in shapes]
        flat: dict[str, Any] = dict.fromkeys(KINDS[kind], 3)
        whole(eve(*records, record(kind, **flat)))


def test_losses_are_noted(whole: Any) -> None:
    def stats(at_s: int, drops: int, uptime_s: int) -> dict[str, Any]:
        counters = {"uptime": uptime_s, "capture": {"kernel_packets": 1000, "kernel_drops": drops}}
        when = {"timestamp": f"2024-05-01T12:00:{at_s:02d}+0200", "event_type": "stats"}
        return {**when, "stats": counters}

    def drops(*rows: dict[str, Any]) -> int:
        account = whole(eve(*rows))[1]
        assert account.kept == len(rows)
        return int(account.notes.get("sensor_packets_dropped", 0))

    long_up = 86_400
    assert (
        drops(stats(0, 500, long_up), stats(8, 510, long_up + 8), stats(16, 530, long_up + 16))
        == 30
    )
    assert drops(stats(0, 5, 8), stats(8, 10, 16), stats(16, 2, 8)) == 12
    assert drops(stats(0, 7, long_up)) == 7


def test_it_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "anything"
    for text in (eve(flow()).encode(), gzip.compress(eve(flow()).encode())):
        path.write_bytes(text)
        assert isinstance(open_input(path), Suricata)
    for other in ('{"event_type": "x"}\n', '{"id.orig_h": "1.1.1.1", "event_type": "a"}\n', "x\n"):
        assert Suricata.recognise(other.encode(), path) == 0.0


def test_no_kind_reads_a_name_twice() -> None:
    assert all(not set(shape) & set(COMMON) for shape in KINDS.values())


def test_the_records_of_slips(whole: Any, shared_data: Path) -> None:
    path = shared_data / "stratosphere/slips/test6-malicious.suricata.json.gz"
    told = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    kinds = Counter(r["event_type"] for r in told)
    batch, account = whole(path)
    flows = [r for r in told if r["event_type"] == "flow"]
    assert batch.flows.height == kinds["flow"]
    for ours, theirs in (("orig_packets", "pkts_toserver"), ("resp_bytes", "bytes_toclient")):
        assert batch.flows[ours].sum() == sum(r["flow"][theirs] for r in flows)
    assert batch.events["alert"].height == kinds["alert"]
    assert batch.events["http"].height == kinds["http"]
    known = {r["flow_id"] for r in flows}
    alone = [r for r in told if r["event_type"] == "alert" and r["flow_id"] not in known]
    assert batch.events["alert"]["uid"].null_count() == len(alone)
    assert account.received == sum(kinds[k] for k in KINDS)
