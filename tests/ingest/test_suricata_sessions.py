from __future__ import annotations

from typing import Any

from ingest.eve_records import CLIENT, eve, only, record


def test_remote_desktop_is_one_row_a_connection(whole: Any) -> None:
    client = {"build": "Windows 10", "client_name": "WS1", "desktop_width": 1024,
        "keyboard_layout": "en-US", "id": "x"}  # fmt: skip
    parts: list[dict[str, Any]] = [
        {"event_type": "initial_request", "cookie": "eve", "flags": ["restricted_admin_mode"]},
        {"event_type": "initial_response", "protocol": "hybrid"},
        {"event_type": "connect_request", "client": client, "channels": ["rdpdr"]},
        {"event_type": "tls_handshake", "x509_serials": ["1"]},
    ]
    events = whole(eve(*(record("rdp", at, rdp=part) for at, part in enumerate(parts))))[0].events
    row = only(events["rdp"])
    assert (row["cookie"], row["security_protocol"], row["result"]) == (
        "eve", "HYBRID", "encrypted")  # fmt: skip
    assert (row["restricted_admin"], row["client_name"], row["desktop_width"]) == (
        True, "WS1", 1024)  # fmt: skip
    assert (row["client_channels"], row["keyboard_layout"]) == (["rdpdr"], None)


def test_snmp_is_counted_and_communities_are_not_told(whole: Any) -> None:
    def snmp(at_s: int, kind: str, *, back: bool = False, **more: Any) -> dict[str, Any]:
        ports = (
            {"src_port": 161, "dest_port": 5000} if back else {"src_port": 5000, "dest_port": 161}
        )
        told = {"version": 2, "pdu_type": kind, **more}
        return record("snmp", at_s, back=back, proto="UDP", snmp=told, **ports)

    records = [
        snmp(1, "get_request", community="secret", vars=["1.3.6.1"]),
        snmp(2, "response", back=True, community="secret", error="NoSuchName", vars=["1.3.6.1"]),
        snmp(3, "set_request", community="public", vars=["1.3.6.2", "1.3.6.2"]),
    ]
    row = only(whole(eve(*records))[0].events["snmp"])
    assert (row["orig_h"], row["version"], row["community"]) == (CLIENT, "2c", "other")
    assert (row["communities"], row["get_requests"], row["get_responses"]) == (2, 1, 1)
    assert (row["oids"], row["set_oids"], row["errors"]) == (
        ["1.3.6.1"], ["1.3.6.2"], ["noSuchName"])  # fmt: skip


def test_mqtt_by_connection_and_hour(whole: Any) -> None:
    ports: dict[str, Any] = {"src_port": 5000, "dest_port": 1883}
    turned: dict[str, Any] = {"src_port": 1883, "dest_port": 5000}
    connect = {"protocol_version": 4, "client_id": "c", "username": "u", "password": "hidden",
        "will": {"topic": "w"}}  # fmt: skip
    wanted = {"topics": [{"topic": "a"}, {"topic": "b"}]}
    records = [
        record("mqtt", 1, mqtt={"connect": connect, "connack": {"return_code": 0}}, **ports),
        record("mqtt", 2, mqtt={"subscribe": wanted}, **ports),
        record("mqtt", 3, mqtt={"publish": {"topic": "t"}}, **ports),
        record("mqtt", 4, back=True, mqtt={"publish": {"topic": "a"}}, **turned),
        {**record("mqtt", 5, mqtt={"publish": {"topic": "t"}}, **ports),
            "timestamp": "2024-05-01T13:30:00+0200"},
    ]  # fmt: skip
    batch, _ = whole(eve(*records))
    first, later = batch.events["mqtt"].sort("ts_ns").to_dicts()
    assert (first["proto_version"], first["client_id"], first["password_seen"]) == (
        "3.1.1", "c", True)  # fmt: skip
    assert (first["connect_status"], first["will_topic"]) == ("Connection Accepted", "w")
    assert (first["subscribe_topics"], first["publish_topics"], first["received_topics"]) == (
        ["a", "b"], ["t"], ["a"])  # fmt: skip
    assert (first["published"], first["received"], later["published"]) == (1, 1, 1)
    assert "hidden" not in str(batch.events["mqtt"].to_dicts())
