"""A file in MaxMind's format, written after its specification (MaxMind DB, version 2.0)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"
NODE_BYTES = 8
"""Two records of 32 bits."""


def made_mmdb(path: Path, networks: Mapping[str, Mapping[str, Any]], kind: str = "Test") -> Path:
    """Writes what is known by network; IPv4 lies in ::/96, as the format has it."""
    tree: list[list[int | str]] = [[-1, -1]]
    for text in networks:
        bits = _bits(text)
        node = 0
        for bit in bits[:-1]:
            if not isinstance(tree[node][bit], int) or tree[node][bit] == -1:
                tree.append([-1, -1])
                tree[node][bit] = len(tree) - 1
            node = int(tree[node][bit])
        tree[node][bits[-1]] = text
    data, places = b"", {}
    for text, told in networks.items():
        places[text] = len(data)
        data += _value(dict(told))
    records = bytearray()
    for pair in tree:
        for record in pair:
            if isinstance(record, str):
                number = len(tree) + 16 + places[record]
            else:
                number = len(tree) if record == -1 else record
            records += number.to_bytes(4, "big")
    metadata = _map(
        {
            "node_count": _whole(len(tree), 6), "record_size": _whole(32, 5),
            "ip_version": _whole(6, 5), "database_type": _value(kind),
            "languages": _control(11, 0), "binary_format_major_version": _whole(2, 5),
            "binary_format_minor_version": _whole(0, 5), "build_epoch": _whole(1, 9),
            "description": _map({}),
        }
    )  # fmt: skip
    path.write_bytes(bytes(records) + bytes(16) + data + MARK + metadata)
    return path


def _bits(text: str) -> list[int]:
    net = ipaddress.ip_network(text)
    length = net.prefixlen + (96 if net.version == 4 else 0)
    number = int(net.network_address)
    return [number >> (127 - at) & 1 for at in range(length)]


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        raw = value.encode()
        return _control(2, len(raw)) + raw
    if isinstance(value, int):
        return _whole(value, 6)
    return _map({key: _value(inner) for key, inner in value.items()})


def _map(parts: Mapping[str, bytes]) -> bytes:
    return _control(7, len(parts)) + b"".join(_value(key) + raw for key, raw in parts.items())


def _whole(number: int, kind: int) -> bytes:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _control(kind, len(raw)) + raw


def _control(kind: int, size: int) -> bytes:
    """The byte before each value: its type and size; types above 7 take one more."""
    first, more = (kind << 5, b"") if kind <= 7 else (0, bytes([kind - 7]))
    if size < 29:
        return bytes([first | size]) + more
    assert size < 29 + 256
    return bytes([first | 29]) + more + bytes([size - 29])
