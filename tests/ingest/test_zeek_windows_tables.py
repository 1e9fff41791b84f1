from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

ENDS = {"ts": 1.5e9, "uid": "C1", "id.orig_h": "192.0.2.1", "id.orig_p": 5000,
    "id.resp_h": "198.51.100.7", "id.resp_p": 445}  # fmt: skip


def told(whole: Any, path: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    text = "\n".join(json.dumps({"_path": path, **ENDS, **row}) for row in rows)
    batch, _ = whole(text)
    (frame,) = batch.events.values()
    return list(frame.to_dicts())


@pytest.mark.parametrize(
    ("client", "name", "realm"),
    [("alice/EX.ORG", "alice", "EX.ORG"), ("host/a.b/EX", "host/a.b", "EX"), ("/NM", None, "NM"),
     ("alice", "alice", None)],
)  # fmt: skip
def test_clients_of_kerberos_are_split(
    whole: Any, client: str, name: str | None, realm: str | None
) -> None:
    asked = {"request_type": "TGS", "client": client, "service": "cifs/fs", "success": True,
        "cipher": "rc4-hmac", "till": 2e9}  # fmt: skip
    (row,) = told(whole, "kerberos", asked)
    assert (row["client"], row["realm"], row["service"]) == (name, realm, "cifs/fs")
    assert (row["cipher"], row["success"]) == ("rc4-hmac", True)
    assert row["till_ns"] == 2_000_000_000_000_000_000


def test_pipes_and_operations_of_dce_rpc(whole: Any) -> None:
    rows = told(whole, "dce_rpc",
        {"named_pipe": "\\pipe\\ntsvcs", "endpoint": "svcctl", "operation": "OpenSCManagerW"},
        {"named_pipe": "135", "endpoint": "epmapper", "operation": "unknown-9", "rtt": 0.5},
    )  # fmt: skip
    assert [(r["named_pipe"], r["operation"], r["opnum"]) for r in rows] == [
        ("ntsvcs", "OpenSCManagerW", None), (None, None, 9)]  # fmt: skip
    assert rows[1]["rtt_s"] == 0.5


def test_passwords_and_communities_are_left_out(whole: Any) -> None:
    rows = told(whole, "ldap",
        {"message_id": 1, "opcode": "bind simple", "object": "CN=a", "argument": "hidden"},
        {"message_id": 2, "opcode": "bind simple", "object": ""},
        {"message_id": 3, "opcode": "bind SASL", "argument": "GSS-SPNEGO"})  # fmt: skip
    assert [(r["argument"], r["password_seen"]) for r in rows] == [
        (None, True), (None, False), ("GSS-SPNEGO", None)]  # fmt: skip
    known = told(whole, "snmp", {"version": "2c", "community": "hidden", "get_requests": 2},
        {"version": "1", "community": "public", "get_requests": 1})  # fmt: skip
    assert [r["community"] for r in known] == ["other", "public"]


def test_the_log_is_the_longest_name_that_the_path_holds(whole: Any) -> None:
    (row,) = told(whole, "ldap_search", {"message_id": 1, "scope": "tree", "result_count": 3})
    assert (row["scope"], row["result_count"]) == ("tree", 3)


def test_the_logs_of_a_competition(whole: Any, shared_data: Path) -> None:
    folder = shared_data / "zeek-logs/zed-sample"
    batch, _ = whole(folder)
    for table in ("kerberos", "ntlm", "dce_rpc", "smb_mapping", "smb_files", "rdp", "snmp"):
        path = next(folder.glob(f"{table}.json*"))
        data = path.read_bytes()
        lines = (gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()
        rows = [json.loads(line) for line in lines]
        found: pl.DataFrame = batch.events[table]
        assert found.height == len(rows)
        for name in {"username", "success", "operation", "share_type", "cookie"} & set(
            found.columns
        ):
            assert found[name].count() == sum(r.get(name) is not None for r in rows), name
