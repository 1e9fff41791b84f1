"""DNS messages as bytes (RFC 1035), with EDNS and the record types the lab needs."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "PTR": 12, "MX": 15, "TXT": 16,
    "AAAA": 28, "SRV": 33, "HTTPS": 65,
}  # fmt: skip
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
_IN = 1
_OPT = b"\x00" + struct.pack("!HHIH", 41, 1232, 0, 0)


@dataclass(frozen=True)
class Record:
    """One resource record; `data` in presentation form, or raw bytes for TXT and NULL."""

    name: str
    kind: str
    ttl_s: int
    data: str | bytes


def name_bytes(name: str) -> bytes:
    """A name as length-prefixed labels, uncompressed. Labels are at most 63 bytes."""
    if not name:
        return b"\x00"
    labels = (label.encode("latin-1") for label in name.split("."))
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\x00"


def query(trans_id: int, name: str, kind: str, edns: bool = False) -> bytes:
    """A recursive query."""
    head = struct.pack("!HHHHHH", trans_id, 0x0100, 1, 0, 0, 1 if edns else 0)
    question = name_bytes(name) + struct.pack("!HH", TYPES[kind], _IN)
    return head + question + (_OPT if edns else b"")


def answer(
    asked: bytes, records: Sequence[Record], rcode: int = NOERROR, authority: Sequence[Record] = ()
) -> bytes:
    """The answer to a query made by `query`; owner names equal to the question are compressed."""
    trans_id, _, _, _, _, extra = struct.unpack("!HHHHHH", asked[:12])
    question_end = asked.index(b"\x00", 12) + 5
    head = struct.pack("!HHHHHH", trans_id, 0x8180 | rcode, 1, len(records), len(authority), extra)
    parts = [head, asked[12:question_end]]
    places = {asked[12 : question_end - 4]: 12}
    offset = question_end
    for record in (*records, *authority):
        data = _record(record, places, offset)
        parts.append(data)
        offset += len(data)
    if extra:
        parts.append(_OPT)
    return b"".join(parts)


def message(trans_id: int, flags: int, questions: Sequence[tuple[str, str]],
            answers: Sequence[Record] = ()) -> bytes:  # fmt: skip
    """A message with given flags, as multicast DNS uses."""
    parts = [struct.pack("!HHHHHH", trans_id, flags, len(questions), len(answers), 0, 0)]
    parts += [name_bytes(n) + struct.pack("!HH", TYPES[k], _IN) for n, k in questions]
    parts += [_record(record, {}, 0) for record in answers]
    return b"".join(parts)


def _record(record: Record, places: dict[bytes, int], offset: int) -> bytes:
    owner = name_bytes(record.name)
    if owner in places:
        owner_bytes = struct.pack("!H", 0xC000 | places[owner])
    else:
        owner_bytes = owner
        if offset < 0x4000:
            places[owner] = offset
    data = _data(record)
    fixed = struct.pack("!HHIH", TYPES[record.kind], _IN, record.ttl_s, len(data))
    return owner_bytes + fixed + data


def _data(record: Record) -> bytes:
    data = record.data
    if isinstance(data, bytes):
        return data if record.kind == "NULL" else _strings(data)
    return _ENCODERS.get(record.kind, name_bytes)(data)


def _strings(data: bytes) -> bytes:
    parts = [data[i : i + 255] for i in range(0, len(data), 255)] or [b""]
    return b"".join(bytes((len(p),)) + p for p in parts)


def _srv(data: str) -> bytes:
    port, target = data.split(" ", 1)
    return struct.pack("!HHH", 0, 0, int(port)) + name_bytes(target)


def _soa(data: str) -> bytes:
    names = name_bytes(data) + name_bytes(f"hostmaster.{data}")
    return names + struct.pack("!IIIII", 2026031001, 7200, 900, 1209600, 300)


_ENCODERS: dict[str, Callable[[str], bytes]] = {
    "A": lambda data: ipaddress.IPv4Address(data).packed,
    "AAAA": lambda data: ipaddress.IPv6Address(data).packed,
    "TXT": lambda data: _strings(data.encode("latin-1")),
    "MX": lambda data: struct.pack("!H", 10) + name_bytes(data),
    "SRV": _srv,
    "SOA": _soa,
}
"""How data in presentation form is written; other types hold a name."""
