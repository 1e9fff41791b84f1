"""Something of every phenomenon of names, web requests, TLS and what is spoken where.

Rows of `lynceus.testing`, for the contract checks and for the tests of these detectors.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from lynceus.testing import flow

Rows = list[dict[str, Any]]
HOST, PLACE = "10.0.0.5", "203.0.113.80"


def noise(number: int, size: int = 32) -> str:
    """Text as an algorithm makes it: hexadecimal, new for each number."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:size]


def request(at_s: float, uri: str, **columns: Any) -> dict[str, Any]:
    """A GET of an inside host that was answered with a page."""
    usual = {
        "at_s": at_s, "orig_h": HOST, "resp_h": PLACE, "resp_p": 80, "proto": "tcp",
        "method": "GET", "host": "shop.odd-firm.net", "uri": uri, "user_agent": "Mozilla/5.0 (X11)",
        "status_code": 200, "request_body_bytes": 0, "response_body_bytes": 9000,
    }  # fmt: skip
    return {**usual, **columns}


def injections(count: int = 12, **columns: Any) -> Rows:
    """Tries of SQL injection from outside."""
    ends = {"orig_h": "192.0.2.30", "resp_h": "10.0.0.80", **columns}
    return [
        request(100.0 + n, f"/item?id={n}%27%20or%20%27{n}%27=%27{n}", **ends) for n in range(count)
    ]


def guesses(count: int = 60, every_s: float = 1.0, **columns: Any) -> Rows:
    """Pages that are not there."""
    ends = {"orig_h": "192.0.2.31", "resp_h": "10.0.0.80", "status_code": 404, **columns}
    return [request(600.0 + every_s * n, f"/backup{n}.zip", **ends) for n in range(count)]


def programs(count: int = 3, **columns: Any) -> Rows:
    """Scripts from a server that is called by its number."""
    usual = {"host": PLACE, "user_agent": "Wget", **columns}
    return [request(120.0 + 5 * n, f"/get/{n}.sh", **usual) for n in range(count)]


def dense(count: int = 90, **columns: Any) -> Rows:
    """Requests whose targets carry data."""
    told = [
        base64.urlsafe_b64encode(hashlib.sha512(b"%d" % n).digest()).decode() for n in range(count)
    ]
    usual = {"host": "t.example", **columns}
    return [request(40.0 * n, f"/{text}", **usual) for n, text in enumerate(told)]


def uploads(count: int = 90, **columns: Any) -> Rows:
    """Requests that carry their data in bodies."""
    usual = {"method": "POST", "host": "u.example", "request_body_bytes": 700, **columns}
    return [request(35.0 * n, "/sync", **usual) for n in range(count)]


def fetches(count: int = 4, **columns: Any) -> Rows:
    """A script of Windows that fetches."""
    agent = "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1"
    usual = {"user_agent": agent, "host": "files.example", **columns}
    return [request(900.0 + n, f"/{n}.ps1", **usual) for n in range(count)]


def unknown_names(count: int = 60, **columns: Any) -> Rows:
    """Domains that do not exist."""
    usual = {"resp_h": "10.0.0.53", "resp_p": 53, "proto": "udp", "qtype": "A",
             "rcode": "NXDOMAIN", "orig_h": HOST}  # fmt: skip
    return [
        {"at_s": 300.0 + n, "query": f"{noise(n, 12)}.net", **usual, **columns}
        for n in range(count)
    ]


def pool_names() -> Rows:
    """A look-up of a mining pool, and one of a gateway to Tor."""
    usual = {"resp_h": "10.0.0.53", "resp_p": 53, "proto": "udp", "qtype": "A", "orig_h": HOST}
    names = ("xmr.pool.example.supportxmr.com", "abcdefghij234567.onion.pet")
    return [{"at_s": 50.0 + n, "query": name, **usual} for n, name in enumerate(names)]


def handshakes() -> Rows:
    """An odd certificate, a public resolver, and one client that is like no other."""
    usual = {"resp_p": 443, "proto": "tcp", "orig_h": HOST}
    at_ns = 1_700_006_400 * 10**9
    odd = {"subject": "CN=localhost", "issuer": "CN=localhost", "not_before_ns": at_ns - 10**13,
           "not_after_ns": at_ns + 10**17, "san_dns": [], "resp_h": PLACE}  # fmt: skip
    resolver = {"server_name": "dns.google", "resp_h": "198.51.100.8"}
    crowd = [
        {"at_s": 2000.0 + n, **usual, "orig_h": f"10.0.0.{20 + n}", "ja4": "t13d1516h2_common",
         "resp_h": f"198.51.100.{n}"}
        for n in range(12)
    ]  # fmt: skip
    rare = [
        {"at_s": 2100.0 + n, **usual, "ja4": "t12d0205h1_odd", "resp_h": "198.51.100.99"}
        for n in range(9)
    ]
    return [
        {"at_s": 2300.0, **usual, **odd},
        {"at_s": 2301.0, **usual, **resolver},
        *crowd,
        *rare,
    ]


def pings(count: int = 40, orig_bytes: int = 900, resp_bytes: int = 300, **columns: Any) -> Rows:
    """Echo requests with answers."""
    usual = {"proto": "icmp", "orig_p": 8, "resp_p": 0, "conn_state": None, "orig_packets": 1,
             "resp_packets": 1, "resp_h": PLACE, "duration_s": 0.02}  # fmt: skip
    return [
        flow(3000.0 + n, **{**usual, "orig_bytes": orig_bytes, "resp_bytes": resp_bytes, **columns})
        for n in range(count)
    ]


def spoken() -> Rows:
    """SSH on port 443, something unknown on port 443, a VPN, a pool and many peers."""
    far = {"resp_h": PLACE, "orig_bytes": 9000, "resp_bytes": 9000, "duration_s": 60.0}
    peers = [
        flow(4000.0 + n, resp_h=f"198.51.100.{n}", resp_p=20_000 + 7 * n, orig_p=6881, proto="udp",
             conn_state=None, service="bittorrent", orig_bytes=300, resp_bytes=300)
        for n in range(30)
    ]  # fmt: skip
    return [
        flow(2301.0, service="tls", resp_h="198.51.100.8"),
        flow(3500.0, service="ssh", resp_p=443, **far),
        flow(3600.0, service=None, resp_p=443, **far),
        flow(3700.0, service="wireguard", proto="udp", conn_state=None, **{**far, "resp_p": 51820}),
        flow(3800.0, service="stratum", **{**far, "resp_p": 3333}),
        *peers,
    ]


def flow_rows() -> Rows:
    """All flows of this module."""
    return pings() + spoken()


def event_rows() -> dict[str, Rows]:
    """All events of this module, by table."""
    return {
        "http": injections() + guesses() + dense() + uploads() + fetches() + programs(),
        "dns": unknown_names() + pool_names(),
        "tls": handshakes(),
    }
