"""JSON objects as sensors and shippers write them, each a connection of its own."""

from __future__ import annotations

import json
from typing import Any

START_S = 1_700_000_000


def eve(number: int) -> dict[str, Any]:
    """A flow of Suricata."""
    return {
        "timestamp": "2023-11-14T22:13:25.000000+0000", "flow_id": 1_000 + number,
        "event_type": "flow", "src_ip": f"192.0.2.{number}", "src_port": 40_000,
        "dest_ip": "198.51.100.7", "dest_port": 443, "proto": "TCP", "app_proto": "tls",
        "flow": {"pkts_toserver": 5, "pkts_toclient": 6, "bytes_toserver": 700,
                 "bytes_toclient": 6_300, "start": "2023-11-14T22:13:20.000000+0000",
                 "end": "2023-11-14T22:13:25.000000+0000", "state": "closed"},
    }  # fmt: skip


def zeek(number: int) -> dict[str, Any]:
    """A line of Zeek's conn.log."""
    return {
        "ts": START_S + 0.5, "uid": f"C{number}", "id.orig_h": f"192.0.2.{number}",
        "id.orig_p": 40_000, "id.resp_h": "198.51.100.7", "id.resp_p": 443, "proto": "tcp",
        "duration": 2.0, "orig_bytes": 700, "resp_bytes": 6_300, "conn_state": "SF",
        "orig_pkts": 5, "resp_pkts": 6, "orig_ip_bytes": 900, "resp_ip_bytes": 6_500,
    }  # fmt: skip


def own(number: int) -> dict[str, Any]:
    """A flow in our columns."""
    return {
        "ts_ns": START_S * 10**9, "end_ns": (START_S + 2) * 10**9, "orig_h": f"192.0.2.{number}",
        "orig_p": 40_000, "resp_h": "198.51.100.7", "resp_p": 443, "proto": "tcp",
        "orig_bytes": 700, "resp_bytes": 6_300,
    }  # fmt: skip


def vendor(number: int) -> str:
    """A line of a firewall."""
    return (
        f"<166>Nov 14 2023 22:13:25 fw1 %ASA-6-302014: Teardown TCP connection {number} for "
        f"outside:198.51.100.7/443 to inside:192.0.2.{number}/40000 duration 0:00:10 bytes 7000 "
        "TCP FINs"
    )


def wrapped(line: str) -> dict[str, Any]:
    """What Filebeat makes of a line."""
    return {
        "@timestamp": "2023-11-14T22:13:26.000Z",
        "@metadata": {"beat": "filebeat", "type": "_doc", "version": "8.11.0"},
        "log": {"offset": 12, "file": {"path": "/var/log/it.log"}},
        "message": line, "agent": {"type": "filebeat"}, "host": {"name": "relay"},
    }  # fmt: skip


MIXED: list[dict[str, Any]] = [
    eve(1),
    zeek(2),
    own(3),
    wrapped(vendor(4)),
    wrapped(json.dumps(eve(5))),
    {"date": 1.5, "log": json.dumps(zeek(6))},
    {"event": {"original": vendor(7)}, "message": "parsed"},
]
"""A flow each, of the hosts 192.0.2.1 to .7."""
STRANGE: list[dict[str, Any]] = [{"a": 1}, {"message": "hello"}, {"message": {"nested": True}}]
"""Objects of no shape that is known."""
