from __future__ import annotations

from typing import Any

from ingest.eve_records import CLIENT, SERVER, alert, eve, flow, only, record


def test_tls_http_ssh_and_quic(whole: Any) -> None:
    tls = {"version": "TLS 1.3 draft-23", "sni": "Example.COM", "subject": "C=US, O=A, Inc, CN=x",
        "issuerdn": "CN=Root", "notbefore": "2024-01-01T00:00:00", "ja3": {"hash": "ab"},
        "ja4": "t13", "client_alpns": ["h2", "http/1.1"], "server_alpns": ["h2"],
        "session_resumed": True, "fingerprint": ":".join(["DA"] * 20)}  # fmt: skip
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
    assert only(events["tls"])["cert_sha1"] == "da" * 20
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


def test_ftp_commands_with_their_session(whole: Any) -> None:
    said = [("USER", "bob", "331"), ("PASS", "hidden", "530"), ("USER", "eve", "331"),
        ("PASS", "hidden", "230"), ("TYPE", "I", "200"), ("RETR", "a.zip", "226")]  # fmt: skip
    records = [
        record("ftp", n, ftp={"command": command, "command_data": data, "completion_code": [code],
            "reply": [f"{code} ..."], "mode": "passive", "dynamic_port": 5000})
        for n, (command, data, code) in enumerate(said)
    ]  # fmt: skip
    batch, _ = whole(eve(*records))
    rows = batch.events["ftp"].to_dicts()
    assert [(r["user"], r["command"], r["arg"], r["auth_success"]) for r in rows] == [
        ("bob", "USER", "bob", None), ("bob", "PASS", None, False), ("eve", "USER", "eve", None),
        ("eve", "PASS", None, True), ("eve", "RETR", "a.zip", None)]  # fmt: skip
    assert [r["password_seen"] for r in rows] == [None, True, None, True, None]
    assert only(batch.flows, "service", "orig_h", "resp_h") == {
        "service": "ftp", "orig_h": CLIENT, "resp_h": SERVER}  # fmt: skip


def test_anomalies_and_negotiations_make_a_flow_where_none_is_told(whole: Any) -> None:
    odd = {"type": "applayer", "event": "REQUEST_AUTH_UNRECOGNIZED", "layer": "proto_parser"}
    asked = {"dialect": "unknown", "command": "SMB1_COMMAND_NEGOTIATE_PROTOCOL"}
    batch, _ = whole(eve(
        record("anomaly", 1, back=True, flow_id=1, direction="to_client", anomaly=odd),
        record("smb", 2, flow_id=2, smb=asked),
    ))  # fmt: skip
    row = only(batch.events["device_log"])
    assert (row["category"], row["action"]) == ("anomaly:applayer", "REQUEST_AUTH_UNRECOGNIZED")
    flows = batch.flows.sort("source_uid").select("orig_h", "resp_p", "service").rows()
    assert flows == [(CLIENT, 443, None), (CLIENT, 443, "smb")]


def test_an_alert_tells_what_its_flow_had_carried(whole: Any) -> None:
    counted = {"bytes_toserver": 265, "bytes_toclient": 701}
    row = only(whole(eve(alert(1, flow=counted)))[0].events["alert"])
    assert (row["orig_bytes"], row["resp_bytes"]) == (265, 701)
