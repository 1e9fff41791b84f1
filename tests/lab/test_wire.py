from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.reading import read_pcap, right_checksums
from lynceus.lab.hosts import LINUX, Host
from lynceus.lab.wire import ACK, Lane, Tape, arp, remainder

A = Host("a", "192.168.0.1", bytes.fromhex("020000000001"), LINUX)
B = Host("b", "192.168.0.199", bytes.fromhex("020000000002"), LINUX)


def test_remainder_of_the_textbook_header_leaves_its_checksum() -> None:
    header = bytes.fromhex("45000073000040004011" + "0000" + "c0a80001c0a800c7")
    assert 65535 - remainder(header) == 0xB861


@given(st.binary(max_size=700), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_tcp_checksums_are_right_for_any_payload(payload: bytes, seq: int, ack: int) -> None:
    frame = Lane(A, B).tcp((5, 65535), seq, ack, ACK, 100, b"\x02\x04\x05\xb4", payload)
    assert right_checksums(frame)
    assert frame.endswith(payload)


@given(st.binary(max_size=700))
def test_udp_and_icmp_checksums_are_right(payload: bytes) -> None:
    assert right_checksums(Lane(A, B).udp((1, 2), payload))
    assert right_checksums(Lane(A, B).icmp(8, 0, b"\x00\x01\x00\x02", payload))


def test_a_udp_checksum_is_never_zero_on_the_wire() -> None:
    for number in range(65536):
        frame = Lane(A, B).udp((1, 2), number.to_bytes(2, "big"))
        if frame[40:42] == b"\xff\xff":
            return
        assert frame[40:42] != b"\x00\x00"
    pytest.fail("no payload gave the sum that must be written as ffff")


def test_arp_request_by_hand() -> None:
    frame = arp(1, A, B.packed, None)
    assert frame[:42].hex() == (
        "ffffffffffff02000000000108060001080006040001020000000001c0a80001000000000000c0a800c7"
    )
    assert len(frame) == 60


def test_ip6_needs_two_addresses() -> None:
    with pytest.raises(ValueError, match="IPv6"):
        Lane(A, replace(B, ip6="fe80::2"), v6=True)


def test_the_tape_is_written_in_time_order_and_cut_at_its_end(tmp_path: Path) -> None:
    tape = Tape(1_000_000_000_000_000_000, 10.0)
    for t in (3.0, 1.5, 9.999999, 10.0, -0.1, 2.0):
        tape.put(t, b"\0" * 100)
    assert tape.write(tmp_path / "a.pcap", 64) == (4, 24 + 4 * 80)
    packets = read_pcap(tmp_path / "a.pcap")
    assert [p.ts_ns - tape.start_ns for p in packets] == [
        1_500_000_000, 2_000_000_000, 3_000_000_000, 9_999_999_000,
    ]  # fmt: skip
    assert {p.wire_bytes for p in packets} == {100}


def test_a_span_tells_first_and_last_of_what_is_in_the_capture() -> None:
    tape = Tape(0, 10.0)
    tape.put(1.0, b"")
    with tape.span() as span:
        tape.put(5.0, b"")
        tape.put(4.0, b"")
        tape.put(12.0, b"")
    assert (span.first_s, span.last_s) == (4.0, 5.0)
    with tape.span() as nothing:
        pass
    assert nothing.first_s is None
