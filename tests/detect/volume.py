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


def scans() -> list[dict[str, Any]]:
    """A scan that takes days, and one that a network outside shares."""
    slow = [flow(DAY + 3600.0 * n, orig_h="10.0.0.91", resp_h=f"10.0.7.{n}", resp_p=22,
                 conn_state="S0") for n in range(48)]  # fmt: skip
    shared = [flow(8400 + 20.0 * n, orig_h=f"203.0.113.{n % 8}", resp_h=f"10.0.3.{n}", resp_p=8080,
                   conn_state="S0") for n in range(40)]  # fmt: skip
    return slow + shared


def strobe() -> list[dict[str, Any]]:
    """Two connections a second for an hour."""
    return [flow(0.45 * n, orig_h="10.0.0.92", resp_h="203.0.113.92", resp_p=8443)
            for n in range(7_300)]  # fmt: skip


def weeks() -> list[dict[str, Any]]:
    """Days in the office; a night with an upload; a device, a silence and hops that are new."""
    office = [flow(WEEK + DAY * day + 3600.0 * (8 + n), orig_h=f"10.0.0.{30 + host}",
                   resp_h="198.51.100.30", orig_bytes=200_000)
              for day in range(4) for n in range(9) for host in range(4)]  # fmt: skip
    night = [flow(WEEK + DAY * 4 + 3600.0 * 3, orig_h="10.0.0.30", resp_h="203.0.113.93",
                  orig_bytes=300_000_000, resp_bytes=9_000)]  # fmt: skip
    new = [flow(WEEK + DAY * 2.5 + 60.0 * n, orig_h="10.0.0.94") for n in range(9)]
    steady = [flow(WEEK + 1800.0 * n, orig_h=f"10.0.0.{35 + host}", resp_h="198.51.100.31")
              for host in range(4) for n in range(96 if host else 64)]  # fmt: skip
    hops = [flow(WEEK + DAY * 2.7 + 900.0 * n, orig_h=f"10.0.0.{30 + n}",
                 resp_h=f"10.0.0.{31 + n}", resp_p=3389) for n in range(2)]  # fmt: skip
    return office + night + new + steady + hops


def staging() -> list[dict[str, Any]]:
    """Files are gathered from four servers and leave."""
    taken = [flow(3600.0 + 60 * n, orig_h="10.0.0.95", resp_h=f"10.0.1.{n}", resp_p=445,
                  resp_bytes=30_000_000) for n in range(4)]  # fmt: skip
    return [*taken, flow(9000, orig_h="10.0.0.95", resp_h="203.0.113.95", orig_bytes=60_000_000,
                         resp_bytes=9_000, duration_s=600.0)]  # fmt: skip


def health() -> list[dict[str, Any]]:
    """A loop, notices, a clock that nobody sets, a crowded link."""
    at = [60.0 * n for n in range(58)]
    loop = [flow(s, orig_h="10.0.0.96", resp_h="10.0.0.2", resp_p=9200, conn_state="REJ")
            for s in (*at, *(s + 30 for s in at))]  # fmt: skip
    notices = [flow(s, orig_h="10.0.0.1", orig_p=3, resp_h="10.0.0.97", resp_p=4, proto="icmp",
                    conn_state=None) for s in at]  # fmt: skip
    clock = [flow(900.0 * n, orig_h="10.0.0.98", resp_h="198.51.100.9", resp_p=123, proto="udp",
                  conn_state=None, resp_packets=0, resp_bytes=0) for n in range(12)]  # fmt: skip
    link = [flow(100, orig_h="10.0.0.99", resp_h="203.0.113.99", resp_bytes=9_000_000_000)]
    lost = [flow(3600 + 60 * n, orig_h=f"10.0.1.{n}", resp_h="10.0.0.88", orig_packets=60,
                 resp_packets=60, orig_retransmitted_packets=0, resp_retransmitted_packets=12,
                 peak_10ms_wire_bytes=90_000 + n)
            for n in range(20)]  # fmt: skip
    return loop + notices + clock + link + lost


def flow_rows() -> list[dict[str, Any]]:
    """All flows of this module."""
    return denial() + scans() + strobe() + weeks() + staging() + health()


def dhcp_rows() -> list[dict[str, Any]]:
    """A server leases addresses; one of those it leased to does so too."""
    whole = {"msg_types": ["DISCOVER", "OFFER", "REQUEST", "ACK"], "orig_p": 68, "resp_p": 67}
    served = [{"at_s": 600.0 * n, "server_addr": "10.0.0.1", "assigned_addr": f"10.0.0.{60 + n}",
               "mac": f"02:00:00:00:03:{n:02x}", **whole} for n in range(9)]  # fmt: skip
    return [*served, {"at_s": 7000.0, "server_addr": "10.0.0.66", "assigned_addr": "10.0.0.200",
                      "mac": "02:00:00:00:03:99", **whole}]  # fmt: skip


def dns_rows() -> list[dict[str, Any]]:
    """Everybody asks one name server, until one host asks another."""
    asked = {"query": "www.example.com", "qtype": "A", "rcode": "NOERROR", "resp_p": 53}
    office = [{"at_s": 60.0 * n, "orig_h": f"10.0.0.{20 + host}", "resp_h": "10.0.0.53", **asked}
              for host in range(5) for n in range(30)]  # fmt: skip
    other = [{"at_s": 7200.0 + n, "orig_h": "10.0.0.20", "resp_h": "203.0.113.53", **asked}
             for n in range(40)]  # fmt: skip
    failing = [{"at_s": 60.0 * n, "orig_h": "10.0.0.22", "resp_h": "10.0.0.54", **asked,
                "rcode": "SERVFAIL"} for n in range(60)]  # fmt: skip
    return office + other + failing


def link_load_rows() -> list[dict[str, Any]]:
    """A link that is full for ten milliseconds of every minute and a half."""
    return [
        {"at_s": 3600.0 + 45 * n, "packets": 900, "wire_bytes": 1_300_000,
         "peak_10ms_wire_bytes": 1_200_000 - n, "orig_h": None}
        for n in range(75)
    ]  # fmt: skip


def arp_rows() -> list[dict[str, Any]]:
    """Two hardware addresses claim one network address."""
    return [
        {"at_s": 900.0 + n, "operation": "reply", "orig_h": "10.0.0.1", "resp_h": "10.0.0.20",
         "src_mac": f"02:00:00:00:00:{n % 2:02x}", "orig_mac": f"02:00:00:00:00:{n % 2:02x}"}
        for n in range(40)
    ]  # fmt: skip
