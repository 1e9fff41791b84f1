"""Records of Suricata as tests write them."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

CLIENT, SERVER = "192.0.2.10", "198.51.100.5"


def record(kind: str, at_s: float = 0.0, *, back: bool = False, **more: Any) -> dict[str, Any]:
    """A record between client and server; `back` where the server is its source."""
    ends = [(CLIENT, 50000), (SERVER, 443)]
    (src, src_p), (dest, dest_p) = reversed(ends) if back else ends
    whole = {
        "timestamp": f"2024-05-01T12:00:{at_s:09.6f}+0200", "flow_id": 77, "event_type": kind,
        "src_ip": src, "src_port": src_p, "dest_ip": dest, "dest_port": dest_p, "proto": "TCP",
    }  # fmt: skip
    return {**whole, **more}


def flow(**more: Any) -> dict[str, Any]:
    counted = {
        "pkts_toserver": 6, "pkts_toclient": 5, "bytes_toserver": 700, "bytes_toclient": 4000,
        "start": "2024-05-01T12:00:00.000000+0200", "end": "2024-05-01T12:00:02.500000+0200",
        "age": 2, "state": "closed", "reason": "timeout",
    }  # fmt: skip
    tcp = {"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "1b", "state": "closed"}
    told = {"app_proto": "tls", "vlan": [7, 9], "flow": counted, "tcp": tcp}
    return record("flow", 30.0, **{**told, **more})


def eve(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


def only(rows: pl.DataFrame, *names: str) -> dict[str, Any]:
    (row,) = rows.to_dicts()
    return {name: row[name] for name in names} if names else row


def alert(at_s: float, *, back: bool = False, **more: Any) -> dict[str, Any]:
    meta = {"mitre_tactic_name": ["Command_And_Control"], "mitre_technique_id": ["T1071"]}
    told = {"action": "blocked", "gid": 1, "signature_id": 2024468, "rev": 3, "severity": 1,
        "signature": "ET TEST", "category": "A Network Trojan was detected", "metadata": meta,
    }  # fmt: skip
    return record("alert", at_s, back=back, alert=told, host="sensor-1", app_proto="tls", **more)
