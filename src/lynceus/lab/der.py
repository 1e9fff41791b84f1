"""DER as bytes: self-made certificates, OCSP answers and SNMP messages."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass

from lynceus.lab.dice import Dice

SEQUENCE, SET, INTEGER, BITS, OCTETS, NULL, OID = 0x30, 0x31, 2, 3, 4, 5, 6
UTF8, UTC_TIME, GENERALIZED = 0x0C, 0x17, 0x18
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"


def tlv(tag: int, *parts: bytes) -> bytes:
    """One element: tag, length, content."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + body


def oid(dotted: str) -> bytes:
    """An object identifier."""
    first, second, *rest = (int(x) for x in dotted.split("."))
    out = bytearray((first * 40 + second,))
    for value in rest:
        chunk = [value & 0x7F]
        while value := value >> 7:
            chunk.append(0x80 | (value & 0x7F))
        out += bytes(reversed(chunk))
    return tlv(OID, bytes(out))


def integer(value: int) -> bytes:
    """A non-negative integer."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _moment(ns: int, tag: int = UTC_TIME) -> bytes:
    when = datetime.datetime.fromtimestamp(ns // 1_000_000_000, datetime.UTC)
    text = when.strftime("%y%m%d%H%M%SZ" if tag == UTC_TIME else "%Y%m%d%H%M%SZ")
    return tlv(tag, text.encode())


def _name(common: str, organisation: str | None) -> bytes:
    parts = [("2.5.4.6", "US"), ("2.5.4.10", organisation)] if organisation else []
    parts.append(("2.5.4.3", common))
    return tlv(
        SEQUENCE,
        *(
            tlv(SET, tlv(SEQUENCE, oid(kind), tlv(0x13 if kind == "2.5.4.6" else UTF8, v.encode())))
            for kind, v in parts
            if v is not None
        ),
    )


def _signature(dice: Dice) -> bytes:
    halves = (int.from_bytes(dice.octets(32), "big") >> 1 for _ in range(2))
    return tlv(SEQUENCE, *(integer(h) for h in halves))


def signature(dice: Dice) -> bytes:
    """An ECDSA signature of random numbers: right in form, proving nothing."""
    return _signature(dice)


@dataclass(frozen=True)
class Subject:
    """Whose certificate it is and how long it holds."""

    common: str
    issuer: str
    names: tuple[str, ...]
    not_before_ns: int
    not_after_ns: int
    organisation: str | None = None


def certificate(dice: Dice, subject: Subject) -> bytes:
    """An X.509 v3 certificate with an EC key and DNS names; its signature is random."""
    algorithm = tlv(SEQUENCE, oid(_ECDSA_SHA256))
    key = tlv(
        SEQUENCE,
        tlv(SEQUENCE, oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7")),
        tlv(BITS, b"\x00\x04" + dice.octets(64)),
    )
    names = tlv(SEQUENCE, *(tlv(0x82, n.encode()) for n in subject.names))
    extensions = tlv(
        0xA3,
        tlv(
            SEQUENCE,
            tlv(SEQUENCE, oid("2.5.29.17"), tlv(OCTETS, names)),
            tlv(SEQUENCE, oid("2.5.29.14"), tlv(OCTETS, tlv(OCTETS, dice.octets(20)))),
            tlv(SEQUENCE, oid("2.5.29.19"), tlv(1, b"\xff"), tlv(OCTETS, tlv(SEQUENCE))),
        ),
    )
    self_signed = subject.issuer == subject.common
    issuer = (
        _name(subject.common, subject.organisation)
        if self_signed
        else _name(f"{subject.issuer} CA", subject.issuer)
    )
    body = tlv(
        SEQUENCE,
        tlv(0xA0, integer(2)),
        integer(int.from_bytes(dice.octets(12), "big")),
        algorithm,
        issuer,
        tlv(SEQUENCE, _moment(subject.not_before_ns), _moment(subject.not_after_ns)),
        _name(subject.common, subject.organisation),
        key,
        extensions,
    )
    return tlv(SEQUENCE, body, algorithm, tlv(BITS, b"\x00" + _signature(dice)))


def ocsp_request(serial: bytes) -> bytes:
    """An OCSP request for one certificate."""
    return tlv(SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, _cert_id(serial)))))


def ocsp_response(dice: Dice, serial: bytes, now_ns: int) -> bytes:
    """An OCSP answer saying good, valid for a week."""
    week = 7 * 86400 * 1_000_000_000
    single = tlv(
        SEQUENCE,
        _cert_id(serial),
        tlv(0x80),
        _moment(now_ns, GENERALIZED),
        tlv(0xA0, _moment(now_ns + week, GENERALIZED)),
    )
    data = tlv(
        SEQUENCE,
        tlv(0xA2, tlv(OCTETS, dice.octets(20))),
        _moment(now_ns, GENERALIZED),
        tlv(SEQUENCE, single),
    )
    algorithm = tlv(SEQUENCE, oid(_ECDSA_SHA256))
    basic = tlv(SEQUENCE, data, algorithm, tlv(BITS, b"\x00" + _signature(dice)))
    body = tlv(SEQUENCE, oid("1.3.6.1.5.5.7.48.1.1"), tlv(OCTETS, basic))
    return tlv(SEQUENCE, tlv(10, b"\x00"), tlv(0xA0, body))


def _cert_id(serial: bytes) -> bytes:
    issuer = hashlib.sha256(serial[:1]).digest()
    return tlv(
        SEQUENCE,
        tlv(SEQUENCE, oid("1.3.14.3.2.26"), tlv(NULL)),
        tlv(OCTETS, issuer[:20]),
        tlv(OCTETS, issuer[-20:]),
        integer(int.from_bytes(serial, "big")),
    )


def snmp(request_id: int, names: tuple[str, ...], values: tuple[bytes, ...] | None) -> bytes:
    """SNMPv2c: a get request, or with values its response."""
    bindings = (
        tlv(SEQUENCE, oid(name), tlv(NULL) if values is None else values[i])
        for i, name in enumerate(names)
    )
    pdu = tlv(
        0xA0 if values is None else 0xA2,
        integer(request_id), integer(0), integer(0), tlv(SEQUENCE, *bindings),
    )  # fmt: skip
    return tlv(SEQUENCE, integer(1), tlv(OCTETS, b"public"), pdu)
