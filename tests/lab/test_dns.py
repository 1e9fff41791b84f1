from __future__ import annotations

from lynceus.lab import dns
from lynceus.lab.dns import Record
from lynceus.lab.scene import Scene


def test_a_query_by_hand() -> None:
    assert dns.query(0x1234, "ab.example", "AAAA").hex() == (
        "1234" "0100" "0001" "0000" "0000" "0000"
        "026162" "076578616d706c65" "00" "001c" "0001"
    )  # fmt: skip


def test_an_answer_by_hand() -> None:
    asked = dns.query(1, "a.b", "A")
    answer = dns.answer(asked, [Record("a.b", "CNAME", 60, "c"), Record("c", "A", 5, "192.0.2.7")])
    assert answer[:12].hex() == "000181800001000200000000"
    assert answer[12:21] == asked[12:]
    assert answer[21:].hex() == (
        "c00c" "0005" "0001" "0000003c" "0003" "016300"
        "016300" "0001" "0001" "00000005" "0004" "c0000207"
    )  # fmt: skip


def test_text_is_cut_into_strings_and_null_is_not() -> None:
    asked = dns.query(1, "t", "TXT", edns=True)
    text = dns.answer(asked, [Record("t", "TXT", 0, b"x" * 300)])
    assert b"\xff" + b"x" * 255 + b"\x2d" + b"x" * 45 in text
    assert text[10:12] == b"\x00\x01", "the answer has EDNS when the query had"
    raw = dns.answer(dns.query(1, "t", "NULL"), [Record("t", "NULL", 0, b"\xff\x00" * 9)])
    assert raw.endswith(b"\x00\x12" + b"\xff\x00" * 9)


def test_names_that_nobody_has_are_denied_with_a_start_of_authority(scene: Scene) -> None:
    host = scene.network.clients[0]
    scene.resolver.ask(scene, host, "nosuchname.test-zone.org", "A", 1.0)
    frames = [data for _, data in sorted(scene.tape.frames, key=lambda f: f[0])]
    assert len(frames) == 4, "host, server, resolver outside, and back"
    assert frames[-1][44:46] == b"\x81\x83"
    assert b"\x00\x06\x00\x01" in frames[-1]


def test_a_name_is_asked_once_in_its_lifetime(scene: Scene) -> None:
    host, name = scene.network.clients[0], scene.directory.sites[0]
    t, service = scene.resolver.resolve(scene, host, name, 10.0)
    asked = len(scene.tape.frames)
    assert asked > 0
    assert t > 10.0
    again, same = scene.resolver.resolve(scene, host, name, 11.0)
    assert (again, same, len(scene.tape.frames)) == (11.0, service, asked)
