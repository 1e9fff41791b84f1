"""Something of every phenomenon of volume, novelty and the local link, for the contract checks."""

from __future__ import annotations

from typing import Any

from lynceus.testing import flow

DAY = 86_400.0
WEEK = 86_400.0
"""The windows of seven days begin on Thursdays, a day after test time begins."""


def denial() -> list[dict[str, Any]]:
    """Slow connections, and answers that nobody asked for."""
    slow = [flow(8000 + 0.2 * n, orig_h="192.0.2.70", orig_p=1024 + n, resp_p=80, duration_s=200.0,
                 orig_bytes=200, resp_bytes=0, conn_state="S1") for n in range(130)]  # fmt: skip
    answers = [flow(8200, orig_h=f"192.0.2.{n}", orig_p=11211, resp_p=30_000, proto="udp",
                    conn_state=None, orig_bytes=900_000, orig_packets=700, resp_bytes=0,
                    resp_packets=0, duration_s=20.0) for n in range(8)]  # fmt: skip
    return slow + answers


def flow_rows() -> list[dict[str, Any]]:
    """All flows of this module."""
    return denial()


def arp_rows() -> list[dict[str, Any]]:
    """Two hardware addresses claim one network address."""
    return [
        {"at_s": 900.0 + n, "operation": "reply", "orig_h": "10.0.0.1", "resp_h": "10.0.0.20",
         "src_mac": f"02:00:00:00:00:{n % 2:02x}", "orig_mac": f"02:00:00:00:00:{n % 2:02x}"}
        for n in range(40)
    ]  # fmt: skip
