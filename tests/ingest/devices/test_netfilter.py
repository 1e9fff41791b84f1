"""Lines of: Netfilter's LOG target (iptables, nftables, UFW, UniFi, Proxmox): `IN=eth0 OUT= ."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.devices.conftest import Told
from lynceus.ingest.devices import netfilter

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "Mar  3 10:00:01 gw kernel: [123.5] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02"
        ":00:00:00:00:02:08:00 SRC=203.0.113.9 DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=5"
        "0 ID=1 DF PROTO=TCP SPT=40000 DPT=22 WINDOW=64240 RES=0x00 SYN URGP=0",
        {
            "orig_h": "203.0.113.9",
            "orig_p": 40000,
            "resp_h": "192.0.2.10",
            "resp_p": 22,
            "proto": "tcp",
            "orig_bytes": 60,
            "orig_packets": 1,
            "orig_l2_addr": "02:00:00:00:00:02",
            "resp_l2_addr": "02:00:00:00:00:01",
            "product": "netfilter",
            "sensor": "gw",
            "action": "block",
            "rule": "UFW BLOCK",
            "ts_ns": 68_464_801_000_000_000,
            "end_ns": 68_464_801_000_000_000,
            "flow": True,
        },
    ),
    (
        "Mar  3 10:00:02 gw kernel: FWD-accept IN=lan OUT=wan SRC=2001:db8::5 DST=2001:db8:1:"
        ":1 LEN=104 TC=0 HOPLIMIT=63 FLOWLBL=0 PROTO=ICMPv6 TYPE=128 CODE=0 ID=7 SEQ=1",
        {
            "orig_h": "2001:db8::5",
            "orig_p": 128,
            "resp_h": "2001:db8:1::1",
            "resp_p": 0,
            "proto": "icmp6",
            "orig_bytes": 104,
            "orig_packets": 1,
            "product": "netfilter",
            "sensor": "gw",
            "action": "accept",
            "rule": "FWD-accept",
            "ts_ns": 68_464_802_000_000_000,
            "end_ns": 68_464_802_000_000_000,
            "flow": True,
        },
    ),
    (
        'Mar  3 10:00:03 udm [LAN_IN-R-3001] DESCR="no" IN=br0 OUT=eth8 SRC=192.0.2.5 DST=198'
        ".51.100.7 LEN=40 TTL=63 ID=9 PROTO=UDP SPT=5000 DPT=123 LEN=20",
        {
            "orig_h": "192.0.2.5",
            "orig_p": 5000,
            "resp_h": "198.51.100.7",
            "resp_p": 123,
            "proto": "udp",
            "orig_bytes": 40,
            "orig_packets": 1,
            "product": "netfilter",
            "sensor": "udm",
            "action": "reject",
            "rule": 'LAN_IN-R-3001] DESCR="no"',
            "ts_ns": 68_464_803_000_000_000,
            "end_ns": 68_464_803_000_000_000,
            "flow": True,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_reads(told: Told, line: str, expected: dict[str, Any]) -> None:
    row = told(netfilter, line)
    assert {key: row.get(key) for key in expected} == expected
