"""Lines of inputs that go on, a block at a time, read by the sources that read whole files.

What a block needs from the lines before it stands in its header: Zeek's directives, the field
names of W3C logs, the first line of a table. A block is a header and whole lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from lynceus.account import Account
from lynceus.ingest.binetflow import Binetflow
from lynceus.ingest.device_log import DeviceLog
from lynceus.ingest.inputs import Block, InputError, ReadOptions
from lynceus.ingest.suricata import Suricata
from lynceus.ingest.table import Table
from lynceus.ingest.zeek import Zeek
from lynceus.ingest.zeek_rows import DIRECTIVE
from lynceus.protocols import Source
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

KINDS: Final = {kind.name: kind for kind in (Zeek, Suricata, Binetflow, DeviceLog, Table)}
"""Sources whose inputs are lines that can be read a block at a time, by name."""

HEADER_BYTES = 64 << 10
"""Longest header that is remembered."""

WRAPPED = r'^\s*\{\s*"([a-z_]+)"\s*:\s*\{(\s*"ts"\s*:.*)\}\s*\}\s*$'
"""A record of Zeek within an object that bears the name of its log, as Zeek writes to Kafka."""

SHAPES: Final = (
    (DeviceLog.name, (r'"@timestamp"\s*:', r'"(?:ecs|event)"\s*:\s*\{')),
    (Suricata.name, (r'"event_type"\s*:\s*"', r'"timestamp"\s*:\s*"')),
    (Zeek.name, (r'"(?:_path|id\.orig_h|id_orig_h)"\s*:',)),
    (Table.name, (r'"orig_h"\s*:', r'"resp_h"\s*:')),
    (DeviceLog.name, ()),
)
"""JSON objects by what they hold, the first that fits; what is none of these a device may know."""

FIELDS = re.compile(rb"^#Fields:[^\n]*\n", re.MULTILINE)


def kind_of(head: bytes, name: str) -> str | None:
    """The kind of source that is surest of lines that begin so; None where no kind is."""
    block = Block.of_lines(head, name)
    sure = {kind: one.recognise(block.head, block.path) for kind, one in KINDS.items()}
    best = max(sure, key=lambda kind: sure[kind])
    return best if sure[best] > 0 else None


def sorted_out(data: bytes, name: str) -> list[tuple[str, Block]]:
    """JSON objects of several shapes, one a line, as blocks by their kind; `name` is for messages.

    An object that is no known shape goes to `device_log`, which counts what no device writes.
    """
    if not data.isascii():
        data = data.decode("utf-8", "replace").encode()
    lines = pl.read_lines(data)["line"] if data else pl.Series("line", [], dtype=pl.String)
    lines = lines.str.replace(WRAPPED, r'{"_path":"${1}",${2}}')
    told = []
    for kind, marks in SHAPES:
        fits = pl.repeat(value=True, n=lines.len(), eager=True)
        for mark in marks:
            fits &= lines.str.contains(mark)
        if fits.any():
            text = "\n".join(lines.filter(fits)) + "\n"
            told.append((kind, Block.of_lines(text.encode(), name)))
        lines = lines.filter(~fits)
    return told


def header_after(kind: str, header: bytes, lines: bytes, *, first: bool) -> bytes:
    """What must stand before the lines that follow these; `first` where an input begins."""
    found = header
    if kind == Zeek.name:
        found = _directives(header + lines)
    elif kind == DeviceLog.name:
        named = FIELDS.findall(lines)
        found = named[-1] if named else header
    elif first and not lines.lstrip().startswith(b"{"):
        found = lines.partition(b"\n")[0] + b"\n"
    return found if len(found) <= HEADER_BYTES else header


def _directives(data: bytes) -> bytes:
    """The last of each of Zeek's directives that say how the lines at the end are written."""
    last: dict[bytes, bytes] = {}
    for found in DIRECTIVE.finditer(data):
        if found[1] == b"separator":
            last.clear()
        last.pop(found[1], None)
        last[found[1]] = found[0]
    return b"".join(line + b"\n" for line in last.values())


def batch_of(blocks: Iterable[tuple[str, Block]], options: ReadOptions) -> tuple[Batch, Account]:
    """The rows of blocks by the kind of each, those of Zeek joined, and what became of them.

    A block without a row that can be used gives none; it is in the account all the same.
    """
    account = Account()
    told: list[Batch] = []
    zeek = []
    for kind, block in blocks:
        if kind == Zeek.name:
            zeek.append(block)
        else:
            told += _told(KINDS[kind].open(block, options), account)
    if zeek:
        told += _told(Zeek.open_all(zeek, options), account)
    return together(told), account


def _told(source: Source, account: Account) -> Sequence[Batch]:
    batches = []
    try:
        batches = list(source.batches())
    except InputError:
        # None of its lines is of use; what they were stands in its account.
        unused = source.account.received - source.account.kept
        source.account.drop("unusable_block", unused - sum(source.account.dropped.values()))
    account.merge(source.account)
    return batches


def together(batches: Iterable[Batch]) -> Batch:
    """All rows as one batch in our columns; it says nothing of time."""
    flows, events = [pl.DataFrame(schema=FLOW_SCHEMA)], dict[str, list[pl.DataFrame]]()
    for batch in batches:
        flows.append(conform(batch.flows, FLOW_SCHEMA))
        for name, frame in batch.events.items():
            events.setdefault(name, []).append(conform(frame, EVENT_SCHEMAS[name]))
    return Batch(pl.concat(flows), {name: pl.concat(events[name]) for name in sorted(events)})


def last_end_ns(batch: Batch) -> int | None:
    """The end of the row that ended last; None where no row has a time."""
    ends = [batch.flows["end_ns"].max(), *(e["ts_ns"].max() for e in batch.events.values())]
    known = [int(end) for end in ends if isinstance(end, int)]
    return max(known, default=None)
