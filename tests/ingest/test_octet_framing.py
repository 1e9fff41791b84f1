"""Syslog frames that tell their own length, in one stream without line ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lynceus.account import Account
from lynceus.ingest.octet_framing import unframed


def framed(*messages: bytes) -> bytes:
    return b"".join(b"%d %s" % (len(message), message) for message in messages)


FIRST = b"<34>1 2024-01-01T08:00:00Z fw1 su - - - failed"
SECOND = b"<35>1 2024-01-01T08:00:01Z fw1 su - - - two\nlines"
LINES = FIRST + b"\n" + SECOND.replace(b"\n", b" ") + b"\n"


def told(data: bytes) -> tuple[bytes, dict[str, int]]:
    account = Account()
    return unframed(data, account), account.notes


def test_frames_need_no_line_end_and_may_hold_one() -> None:
    assert told(framed(FIRST, SECOND)) == (LINES, {})
    assert told(framed(FIRST) + b"\n" + framed(SECOND) + b"\n") == (LINES, {})


def test_a_wrong_count_costs_no_other_message() -> None:
    text, notes = told(b"9 " + FIRST + framed(SECOND))
    assert (text, notes) == (LINES, {"octet_counts_wrong": 1})


def test_a_frame_that_breaks_off_is_kept_as_far_as_it_goes() -> None:
    assert told(framed(FIRST, SECOND)[:-9]) == (LINES.replace(b" two lines", b""), {})


def test_other_text_is_as_it_was() -> None:
    for text in (b"", b"<34>no count\n", b"12 drummers <1>\n", FIRST + b"\n" + framed(SECOND)):
        assert told(text) == (text, {})


@given(st.binary(max_size=60))
def test_any_bytes_come_through(tail: bytes) -> None:
    assert FIRST in unframed(framed(FIRST) + tail)


def test_a_stream_of_frames_is_a_source(whole: Callable[..., Any]) -> None:
    denied = (
        b"<166>Jun %02d 2024 08:00:00 fw1 : %%ASA-4-106023: Deny tcp src outside:192.0.2.9/4711 "
        b'dst inside:10.0.0.1/22 by access-group "out" [0x0, 0x0]'
    )
    batch, account = whole(framed(*(denied % day for day in (1, 2, 3))))
    assert batch.flows.height == account.kept == 3
