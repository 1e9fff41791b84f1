"""Exports block by block: `export_decoder`, `export_sessions`."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lynceus.account import Account
from lynceus.ingest import export_sessions, netflow_templates
from lynceus.ingest.export_datagrams import Datagrams
from lynceus.ingest.export_decoder import ExportDecoder
from lynceus.ingest.export_sessions import Sessions
from lynceus.ingest.wire_bytes import padded

from .exporters import (
    FLOW,
    flow,
    flow_sample,
    ipfix,
    netflow5,
    netflow9,
    packet,
    part,
    sflow,
    template,
)

S = 10**9


def block(*datagrams: bytes, exporter: str = "192.0.2.1", begin: int = 0) -> Datagrams:
    """The datagrams of one exporter, a second apart."""
    ends = np.cumsum([len(d) for d in datagrams], dtype=np.int64)
    starts = ends - np.array([len(d) for d in datagrams], dtype=np.int64)
    count = len(datagrams)
    return Datagrams(padded(b"".join(datagrams)), starts, ends, (begin + np.arange(count)) * S,
                     (exporter,) * count, ("00",) * count)  # fmt: skip


def told(*blocks: Sequence[bytes]) -> tuple[pl.DataFrame, Account]:
    """All records of blocks; the decoder is written down and read again between them."""
    account, decoder, found, seen = Account(), ExportDecoder(), [], 0
    for datagrams in blocks:
        records, samples = decoder.records(block(*datagrams, begin=seen), account)
        seen += len(datagrams)
        found += [records, samples]
        decoder = ExportDecoder.of(json.loads(json.dumps(decoder.told())))
    return pl.concat(found), account


OPTIONS = ((302, 8), (305, 4), (306, 4))
"""What a selector takes and leaves out."""
STREAM = [
    netflow9(template(256, FLOW, v9=True), part(256, flow()), sequence=0),
    ipfix(template(300, FLOW), template(301, OPTIONS, 1), sequence=0),
    ipfix(part(301, (7).to_bytes(8, "big") + bytes([0, 0, 0, 1, 0, 0, 0, 99])), sequence=0),
    ipfix(part(300, flow(octets=1)), part(300, flow(octets=2)), sequence=1),
    netflow5(flow(), flow(octets=9), sequence=4),
    netflow9(part(256, flow(octets=3)), sequence=3),
    sflow(flow_sample(packet("192.0.2.7", "192.0.2.8", b"x"))),
    netflow5(flow(octets=8), sequence=7),
    ipfix(part(300, flow(octets=5)), sequence=5),
    sflow(flow_sample(packet("192.0.2.8", "192.0.2.7", b"x")), sequence=5),
    netflow9(part(256, flow(octets=4)), sequence=4),
]


@pytest.mark.long
@given(st.sets(st.integers(1, len(STREAM) - 1)))
def test_blocks_tell_what_the_whole_tells(cuts: set[int]) -> None:
    """Wherever it is cut: records, rates of sampling and losses are the same."""
    at = [0, *sorted(cuts), len(STREAM)]
    whole, once = told(STREAM)
    parts, account = told(*(STREAM[a:b] for a, b in itertools.pairwise(at)))
    assert_frame_equal(parts, whole, check_row_order=False)
    assert account == once
    assert whole["sampling_rate"].to_list().count(100) == 3
    assert account.unseen == {"export_records": (7, 3), "export_datagrams": (5, 5)}


def test_a_template_may_change_from_block_to_block() -> None:
    shorter = FLOW[:-2]
    data = part(256, flow(octets=7)[:22])
    records, account = told(
        [netflow9(template(256, FLOW, v9=True))],
        [netflow9(template(256, shorter, v9=True), sequence=1)],
        [netflow9(data, sequence=2)],
    )
    assert records["bytes"].to_list() == [7]
    assert not account.dropped


def test_templates_of_others_do_not_hold() -> None:
    decoder, account = ExportDecoder(), Account()
    decoder.records(block(netflow9(template(256, FLOW, v9=True))), account)
    other = block(netflow9(part(256, flow())), exporter="192.0.2.2")
    records, _ = decoder.records(other, account)
    assert records.is_empty()
    assert account.dropped == {"template_never_came": 1}


def test_a_flood_of_templates_is_bounded_and_the_next_ones_are_read() -> None:
    """One exporter fills its own room, many fill the common one: what they use no more goes."""
    account, decoder = Account(), ExportDecoder()
    numbers = range(256, 256 + netflow_templates.MOST_OF_A_SESSION + 10)
    flood = [netflow9(template(n, FLOW, v9=True), domain=3) for n in numbers]
    decoder.records(block(*flood), account)
    assert account.notes["templates_unreadable"] == 10
    assert len(decoder.templates.latest) == netflow_templates.MOST_OF_A_SESSION

    def odd(size: int) -> bytes:
        return netflow9(template(256, (*FLOW, (95, size)), v9=True), domain=4)

    for begin in range(1, 10_000, 1_000):
        decoder.records(block(*map(odd, range(begin, begin + 1_000))), account)
        assert len(decoder.templates.layouts) <= netflow_templates.MOST_LAYOUTS
    records, _ = decoder.records(
        block(netflow9(template(300, FLOW, v9=True), part(300, flow()), domain=9)), account
    )
    assert records.height == 1


def test_sessions_keep_their_number_and_the_most_silent_are_forgotten(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(export_sessions, "MOST_SESSIONS", 2)
    sessions = Sessions()
    nine, first = np.full(3, 9), np.array([5, 6, 5])
    assert sessions.numbers(("a", "a", "a"), nine, first).tolist() == [0, 1, 0]
    assert sessions.numbers(("a", "b"), nine[:2], first[:2] * 0 + 5).tolist() == [0, 2]
    assert sessions.forget() == {1}
    assert sessions.numbers(("a", "b"), nine[:2], np.array([6, 5])).tolist() == [3, 2]


@given(st.lists(st.binary(max_size=120), max_size=6), st.integers(0, 5))
def test_any_bytes_are_decoded_or_counted(noise: list[bytes], kind: int) -> None:
    heads = (b"\0\5\0\2", b"\0\x09\0\1", b"\0\x0a\0\x40", b"\0\0\0\5\0\0\0\1", b"", b"\xff")
    records, account = told([heads[kind] + each for each in noise], noise)
    assert account.balanced
    assert records["src_h"].null_count() == 0
