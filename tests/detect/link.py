"""ARP and DHCP in a few words, for the tests of detectors of the local link."""

from __future__ import annotations

from typing import Any

EVERYBODY = "ff:ff:ff:ff:ff:ff"


def mac(address: str) -> str:
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def asks(asker: str, target: str, at_s: float, **columns: Any) -> dict[str, Any]:
    own = {"src_mac": mac(asker), "orig_mac": mac(asker), "dst_mac": EVERYBODY, **columns}
    return {"orig_h": asker, "resp_h": target, "operation": "request", "at_s": at_s, **own}


def answers(owner: str, asker: str, at_s: float, **columns: Any) -> dict[str, Any]:
    own = {"src_mac": mac(owner), "orig_mac": mac(owner), "dst_mac": mac(asker), **columns}
    return {"orig_h": owner, "resp_h": asker, "operation": "reply", "at_s": at_s, **own}


def lease(server: str, assigned: str, at_s: float, **columns: Any) -> dict[str, Any]:
    """A whole exchange in which a client took an address."""
    usual = {"mac": mac(assigned), "msg_types": ["DISCOVER", "OFFER", "REQUEST", "ACK"]}
    ends = {"orig_h": assigned, "orig_p": 68, "resp_h": server, "resp_p": 67, "proto": "udp"}
    given = {"server_addr": server, "assigned_addr": assigned, "at_s": at_s}
    return {**ends, **usual, **given, **columns}


def asked(client: str, server: str, at_s: float, **columns: Any) -> dict[str, Any]:
    """A name look-up that was answered."""
    ends = {"orig_h": client, "orig_p": 40_000, "resp_h": server, "resp_p": 53, "proto": "udp"}
    usual = {"query": "www.example.com", "qtype": "A", "rcode": "NOERROR", "at_s": at_s}
    return {**ends, **usual, **columns}
