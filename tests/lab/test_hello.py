from __future__ import annotations

import struct

import pytest

from lynceus.lab import hello
from lynceus.lab.dice import Dice
from lynceus.lab.hello import Profile

PROFILES = [v for v in vars(hello).values() if isinstance(v, Profile)]


def parse(message: bytes) -> tuple[tuple[int, ...], list[tuple[int, bytes]]]:
    """Cipher suites and extensions of a client hello; every length must fit exactly."""
    assert message[0] == 1
    assert int.from_bytes(message[1:4], "big") == len(message) - 4
    at = 4 + 2 + 32
    at += 1 + message[at]
    size = struct.unpack_from("!H", message, at)[0]
    ciphers = struct.unpack_from(f"!{size // 2}H", message, at + 2)
    at += 2 + size
    assert message[at : at + 2] == b"\x01\x00"
    at += 2
    assert struct.unpack_from("!H", message, at)[0] == len(message) - at - 2
    at += 2
    extensions = []
    while at < len(message):
        kind, length = struct.unpack_from("!HH", message, at)
        extensions.append((kind, message[at + 4 : at + 4 + length]))
        at += 4 + length
    assert at == len(message)
    return ciphers, extensions


def is_grease(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.name)
def test_every_client_says_who_it_calls_and_what_it_can(profile: Profile) -> None:
    ciphers, extensions = parse(hello.client_hello(Dice(1), profile, "host.example"))
    kinds = [k for k, _ in extensions]
    assert len(kinds) == len(set(kinds))
    assert dict(extensions)[0] == b"\x00\x0f\x00\x00\x0chost.example"
    assert tuple(c for c in ciphers if not is_grease(c)) == profile.ciphers
    assert profile.grease == any(is_grease(c) for c in ciphers)
    assert profile.tls13 == (43 in kinds) == (51 in kinds)


def test_clients_can_be_told_apart() -> None:
    seen = {(p.ciphers, p.extensions, p.groups) for p in PROFILES}
    assert len(PROFILES) >= 9
    assert len(seen) == len(PROFILES)


def test_only_the_shuffling_client_changes_its_order() -> None:
    for profile in (hello.CHROME, hello.GO):
        orders = set()
        for seed in range(6):
            _, extensions = parse(hello.client_hello(Dice(seed), profile, "a.example"))
            orders.add(tuple(k for k, _ in extensions if not is_grease(k)))
        assert (len(orders) > 1) == profile.shuffled
        assert len({frozenset(o) for o in orders}) == 1


def test_without_a_name_there_is_no_server_name() -> None:
    _, extensions = parse(hello.client_hello(Dice(1), hello.IMPLANT, None))
    assert 0 not in dict(extensions)


def test_a_padded_hello_has_512_bytes() -> None:
    assert len(hello.client_hello(Dice(1), hello.SAFARI, "short.example")) == 512
