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
