"""NTLMSSP messages and the remote service calls of a Windows administrator, as bytes."""

from __future__ import annotations

import struct

from lynceus.lab.dice import Dice

_SIGNATURE = b"NTLMSSP\x00"
_FLAGS = 0xE2888215
_VERSION = struct.pack("<BBHBBBB", 10, 0, 19045, 0, 0, 0, 15)
_SERVICES = bytes.fromhex("81bb7a364498f135ad3298f038001003")
_NDR = bytes.fromhex("045d888aeb1cc9119fe808002b104860")


def negotiate() -> bytes:
    """The first message: what the client can."""
    return _SIGNATURE + struct.pack("<IIHHIHHI", 1, _FLAGS, 0, 0, 0, 0, 0, 0) + _VERSION


def challenge(dice: Dice, server: str, domain: str, filetime: int) -> bytes:
    """The server's challenge with its names."""
    target = domain.split(".", maxsplit=1)[0].upper().encode("utf-16-le")
    names = _pairs(server, domain, filetime)
    head = struct.pack("<IHHII8sQ", 2, len(target), len(target), 56, _FLAGS, dice.octets(8), 0)
    head += struct.pack("<HHI", len(names), len(names), 56 + len(target))
    return _SIGNATURE + head + _VERSION + target + names


def authenticate(dice: Dice, user: str, domain: str, host: str, filetime: int) -> bytes:
    """The client's proof (NTLMv2 in form, random in content)."""
    blob = struct.pack("<BBHIQ8sI", 1, 1, 0, 0, filetime, dice.octets(8), 0)
    response = dice.octets(16) + blob + _pairs(host, domain, filetime) + bytes(4)
    fields = (
        bytes(24),
        response,
        domain.split(".", maxsplit=1)[0].upper().encode("utf-16-le"),
        user.encode("utf-16-le"),
        host.encode("utf-16-le"),
        dice.octets(16),
    )
    offset = 88
    head = b""
    for part in fields:
        head += struct.pack("<HHI", len(part), len(part), offset)
        offset += len(part)
    fixed = _SIGNATURE + struct.pack("<I", 3) + head + struct.pack("<I", _FLAGS) + _VERSION
    return fixed + dice.octets(16) + b"".join(fields)


def bind() -> tuple[bytes, bytes]:
    """DCE/RPC bind to the service control manager and its acceptance."""
    context = struct.pack("<BBHHBB16sHH16sI", 1, 0, 0, 0, 1, 0, _SERVICES, 2, 0, _NDR, 2)
    ask = struct.pack("<HHI", 4280, 4280, 0) + context
    pipe = b"\\PIPE\\svcctl\x00"
    address = struct.pack("<H", len(pipe)) + pipe
    address += bytes(-(len(address)) % 4)
    tell = struct.pack("<HHI", 4280, 4280, 0x5A3F) + address
    tell += struct.pack("<BBHHH16sI", 1, 0, 0, 0, 0, _NDR, 2)
    return _rpc(11, 1, ask), _rpc(12, 1, tell)


def service_calls(dice: Dice, server: str, service: str, command: str) -> list[tuple[bytes, bytes]]:
    """OpenSCManagerW, CreateServiceW, StartServiceW: a program made to run on another machine."""
    manager, handle = dice.octets(20), dice.octets(20)
    opened = _pointer(1) + _wide(server) + _pointer(0) + struct.pack("<I", 0xF003F)
    binary = _wide(command)
    created = (
        manager + _wide(service) + _pointer(2) + _wide(service)
        + struct.pack("<IIII", 0xF01FF, 0x10, 3, 0) + binary
        + _pointer(0) + _pointer(0) + _pointer(0) + struct.pack("<I", 0)
        + _pointer(0) + _pointer(0) + struct.pack("<I", 0)
    )  # fmt: skip
    started = handle + struct.pack("<I", 0) + _pointer(0)
    return [
        (_call(15, 2, opened), _result(2, manager + bytes(4))),
        (_call(12, 3, created), _result(3, _pointer(0) + handle + bytes(4))),
        (_call(19, 4, started), _result(4, bytes(4))),
    ]


def _call(operation: int, call_id: int, stub: bytes) -> bytes:
    return _rpc(0, call_id, struct.pack("<IHH", len(stub), 0, operation) + stub)


def _result(call_id: int, stub: bytes) -> bytes:
    return _rpc(2, call_id, struct.pack("<IHBB", len(stub), 0, 0, 0) + stub)


def _rpc(kind: int, call_id: int, body: bytes) -> bytes:
    return struct.pack("<BBBBIHHI", 5, 0, kind, 3, 0x10, 16 + len(body), 0, call_id) + body


def _pointer(number: int) -> bytes:
    return struct.pack("<I", 0x00020000 * number)


def _wide(text: str) -> bytes:
    """A conformant varying string of UTF-16, terminated and padded to 4 bytes."""
    data = text.encode("utf-16-le") + b"\x00\x00"
    head = struct.pack("<III", len(text) + 1, 0, len(text) + 1)
    return head + data + bytes(-len(data) % 4)


def _pairs(host: str, domain: str, filetime: int) -> bytes:
    """Target information: names and time, each with its id."""
    short = domain.split(".", maxsplit=1)[0].upper()
    entries = ((2, short), (1, host), (4, domain), (3, f"{host.lower()}.{domain}"))
    out = b""
    for kind, text in entries:
        data = text.encode("utf-16-le")
        out += struct.pack("<HH", kind, len(data)) + data
    return out + struct.pack("<HHQ", 7, 8, filetime) + bytes(4)
