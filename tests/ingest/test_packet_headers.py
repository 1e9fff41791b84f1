"""Headers of sampled packets: `packet_headers`, `packet_text`."""

from __future__ import annotations

import numpy as np
import pytest

from lynceus.ingest.packet_headers import Headers, headers
from lynceus.ingest.packet_text import ip_text, ipv6_text, mac_text
from lynceus.ingest.wire_bytes import padded

from .exporters import packet

V4 = packet("192.0.2.1", "198.51.100.7", b"x" * 10, src_p=7, dst_p=9)
V6 = packet("2001:db8::1", "2001:db8::2", b"x" * 10, src_p=7, dst_p=9)


def of(frame: bytes, link: int = 1) -> Headers:
    one = np.array([0])
    return headers(padded(frame), one, np.array([len(frame)]), np.array([link]))


def seen(found: Headers) -> tuple[int, str, int, int, int]:
    (text,) = ip_text(found.src, found.ip == 4)
    return (int(found.ip[0]), text, int(found.src_p[0]), int(found.dst_p[0]), int(found.vlan[0]))


FORMS = {
    "ethernet": (V4, 1, -1),
    "vlan": (V4[:12] + b"\x81\0\0\x09" + V4[12:], 1, 9),
    "qinq": (V4[:12] + b"\x88\xa8\0\x08\x81\0\0\x09" + V4[12:], 1, 8),
    "cooked": (bytes(14) + V4[12:], 113, -1),
    "cooked 2": (V4[12:14] + bytes(18) + V4[14:], 276, -1),
    "raw": (V4[14:], 101, -1),
    "ipv4": (V4[14:], 228, -1),
    "null": (b"\2\0\0\0" + V4[14:], 0, -1),
    "loop": (b"\0\0\0\2" + V4[14:], 108, -1),
}


@pytest.mark.parametrize("form", FORMS)
def test_links(form: str) -> None:
    frame, link, vlan = FORMS[form]
    assert seen(of(frame, link)) == (4, "192.0.2.1", 7, 9, vlan)


def test_ipv6_with_extensions_and_fragments() -> None:
    assert seen(of(V6)) == (6, "2001:db8::1", 7, 9, -1)
    hop = V6[:20] + b"\0" + V6[21:54] + b"\x11\0" + bytes(6) + V6[54:]
    assert seen(of(hop))[2:4] == (7, 9)
    first = V6[:20] + b"\x2c" + V6[21:54] + b"\x11\0\0\1" + bytes(4) + V6[54:]
    later = V6[:20] + b"\x2c" + V6[21:54] + b"\x11\0\0\x09" + bytes(4) + V6[54:]
    assert (seen(of(first))[2], bool(of(first).fragment[0])) == (7, True)
    assert (seen(of(later))[2], int(of(later).proto[0])) == (-1, 17)


def test_later_fragments_have_no_ports() -> None:
    later = V4[:20] + b"\0\1" + V4[22:]
    assert seen(of(later))[2:4] == (-1, -1)


@pytest.mark.parametrize("length", [0, 10, 20, 33])
def test_what_is_cut_off_is_not_guessed(length: int) -> None:
    found = of(V4[:length])
    assert found.ip[0] == 0 and found.src_p[0] == -1


def test_text() -> None:
    rows = np.zeros((3, 16), np.uint8)
    rows[0, 15], rows[1, :4] = 1, (192, 0, 2, 9)
    assert ipv6_text(rows[[0, 2, 0]]).to_list() == ["::1", "::", "::1"]
    assert ip_text(rows, np.array([False, True, False])).to_list() == ["::1", "192.0.2.9", "::"]
    macs = np.array([[2, 0, 0, 0, 0, 255], [0] * 6], np.uint8)
    assert mac_text(macs).to_list() == ["02:00:00:00:00:ff", None]
