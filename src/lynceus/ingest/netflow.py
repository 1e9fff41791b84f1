"""NetFlow 5, NetFlow 9 and IPFIX: the sets of many datagrams to columns, a layout at a time.

Data finds its template by exporter, observation domain and number: the last one told before it,
else, where it came first, the first one told after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.ingest.export_datagrams import IPFIX, NETFLOW5, NETFLOW9, UNKNOWN_NS, Datagrams
from lynceus.ingest.export_elements import TEXT_UNITS
from lynceus.ingest.export_sessions import Sessions
from lynceus.ingest.netflow_templates import (
    BEFORE,
    VARIABLE,
    Layout,
    Templates,
    is_template_set,
)
from lynceus.ingest.packet_text import ipv4_text, ipv6_text, mac_text
from lynceus.ingest.wire_bytes import (
    Bytes,
    Flags,
    Places,
    fronts,
    gathered,
    numbers,
    spread,
    u8,
    u16,
    u32,
)

NS = 1_000_000_000
HEADER_BYTES = ((NETFLOW5, 24), (NETFLOW9, 20), (IPFIX, 16))


@dataclass(frozen=True)
class ExportHeaders:
    """What the header of each datagram says, in the order of the datagrams."""

    version: Places
    session: Places
    """One number for each exporter, version and observation domain."""
    domain: Places
    sequence: Places
    export_ns: Places
    uptime_ms: Places
    """Time since the exporter began, -1 where it is not told."""
    records: Places
    """What NetFlow 5 says it holds; 0 otherwise."""
    sampling_rate: Places
    """Of NetFlow 5; 0 where it is not told."""


def export_headers(given: Datagrams, version: Places, sessions: Sessions) -> ExportHeaders:
    """The headers of datagrams of which `version` says what they are."""
    data, at = given.data, given.start
    v5, v9 = version == NETFLOW5, version == NETFLOW9
    seconds = u32(data, at + np.where(version == IPFIX, 4, 8))
    nanoseconds = np.where(v5, np.minimum(u32(data, at + 12), NS - 1), 0)
    domain = np.select([v5, v9], [u16(data, at + 20), u32(data, at + 16)], u32(data, at + 12))
    session = sessions.numbers(given.exporters, version, domain)
    sampling = u16(data, at + 22) & 0x3FFF
    return ExportHeaders(
        version=version,
        session=session,
        domain=domain,
        sequence=np.select([v5, v9], [u32(data, at + 16), u32(data, at + 12)], u32(data, at + 8)),
        export_ns=seconds * NS + nanoseconds,
        uptime_ms=np.where(v5 | v9, u32(data, at + 4), -1),
        records=np.where(v5, u16(data, at + 2), 0),
        sampling_rate=np.where(v5, sampling, 0),
    )


@dataclass(frozen=True)
class Sets:
    """Sets of records: of which datagram, their number, and where the content lies."""

    datagram: Places
    number: Places
    start: Places
    end: Places


def sets(given: Datagrams, version: Places, account: Account) -> Sets:
    """All sets in the order of the stream; what does not fit its datagram is counted."""
    data = given.data
    header = np.select([version == v for v, _ in HEADER_BYTES], [n for _, n in HEADER_BYTES], 0)
    templated = np.where(version == NETFLOW5, given.end, given.start + header)
    parts: list[tuple[Places, Places, Places, Places]] = []
    reached = templated.copy()
    broken = np.zeros(version.size, bool)
    for owner, at, end in fronts(templated, given.end, 4):
        number, size = u16(data, at), u16(data, at + 2)
        padding = (number == 0) & (size == 0)
        sound = (size >= 4) & (at + size <= end)
        broken[owner[~sound & ~padding]] = True
        keep = np.flatnonzero(sound)
        parts.append((owner[keep], number[keep], at[keep] + 4, at[keep] + size[keep]))
        at[keep] += size[keep]
        reached[owner] = at
    account.received += int(broken.sum())
    account.drop("datagram_broken", int(broken.sum()))
    fixed = np.flatnonzero(version == NETFLOW5)
    told = u16(data, given.start[fixed] + 2)
    whole = np.minimum(told, (given.end[fixed] - given.start[fixed] - 24) // 48)
    account.received += int((told - whole).sum())
    account.drop("record_cut_short", int((told - whole).sum()))
    begin = given.start[fixed] + 24
    parts.append((fixed, np.full(fixed.size, -1), begin, begin + whole * 48))
    datagram, number, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((start, datagram))
    return Sets(datagram[order], number[order], start[order], end[order])


def layouts(
    given: Datagrams, head: ExportHeaders, found: Sets, templates: Templates, account: Account
) -> Places:
    """The number of the layout of each set, -1 for sets that hold no records that can be read.

    `templates` are those told before; those of these sets are added to them.
    """
    version = head.version[found.datagram]
    telling = np.where(version == NETFLOW9, found.number < 2, (found.number & ~1) == 2)
    telling &= version != NETFLOW5
    for row in np.flatnonzero(telling):
        number, datagram = int(found.number[row]), int(found.datagram[row])
        if is_template_set(int(version[row]), number):
            content = given.data[found.start[row] : found.end[row]].tobytes()
            session = int(head.session[datagram])
            templates.add(content, int(version[row]), number, session, int(row))
    layout = np.where(version == NETFLOW5, 0, -1)
    data = np.flatnonzero((version != NETFLOW5) & (found.number >= 256))
    layout[data], waited = _templates_of(templates, head.session[found.datagram], found, data)
    never = int((layout[data] < 0).sum())
    account.received += never
    account.drop("template_never_came", never)
    account.note("data_before_its_template", waited)
    account.note("templates_unreadable", templates.broken)
    templates.broken = 0
    other = (version != NETFLOW5) & (found.number < 256) & ~telling
    account.note("sets_of_unknown_kind", int(other.sum()))
    return layout


def _templates_of(
    templates: Templates, session: Places, found: Sets, data: Places
) -> tuple[Places, int]:
    """The layout of each set of `data`, -1 for none; and how many came before their template."""
    none = np.full(data.size, -1)
    if not templates.place or not data.size:
        return none, 0
    keys = np.array(templates.session) << 16 | np.array(templates.number)
    distinct, rank = np.unique(keys, return_inverse=True)
    wanted = session[data] << 16 | found.number[data]
    at = np.minimum(np.searchsorted(distinct, wanted), distinct.size - 1)
    known = distinct[at] == wanted
    steps = found.start.size + 1
    told = rank * steps + np.array(templates.place) - BEFORE
    order = np.argsort(told, kind="stable")
    place = np.searchsorted(told[order], at * steps + data - BEFORE, side="right") - 1
    before = known & (place >= 0) & (rank[order][place] == at)
    place = np.where(before, place, np.minimum(place + 1, told.size - 1))
    layout = np.where(known, np.array(templates.layout)[order][place], -1)
    return layout, int((known & ~before).sum())


def raw_records(
    given: Datagrams, layout: Layout, found: Sets, rows: Places, account: Account
) -> pl.DataFrame:
    """The records of the sets `rows`, all of one layout: `datagram` and a column an element."""
    start, end, size = found.start[rows], found.end[rows], layout.least_bytes
    if layout.varies:
        owner, places, cut = _walked(given.data, layout, start, end)
        account.received += cut
        account.drop("record_cut_short", cut)
    else:
        owner, number = spread((end - start) // size)
        first = start[owner] + number * size
        offsets = np.cumsum([0, *(f.length for f in layout.fields)])
        places = {at: first + offsets[at] for at in range(len(layout.fields))}
    columns: dict[str, pl.Series] = {"datagram": pl.Series(found.datagram[rows][owner])}
    for at, told in enumerate(layout.fields):
        name = told.column
        if name is not None:  # what stands twice is of a tunnel, the inner header last
            columns[name] = _values(gathered(given.data, places[at], told.length), told.unit)
    return pl.DataFrame(columns)


def _walked(
    data: Bytes, layout: Layout, start: Places, end: Places
) -> tuple[Places, dict[int, Places], int]:
    """Records with fields of their own length: of which set, where each field lies, how many broke.

    All sets are walked side by side, a record a step.
    """
    owners: list[Places] = []
    lies: dict[int, list[Places]] = {at: [] for at in range(len(layout.fields))}
    broken = 0
    for owner, at, stop in fronts(start, end, layout.least_bytes):
        place = at.copy()
        begins: list[Places] = []
        for told in layout.fields:
            if told.length == VARIABLE:
                size = u8(data, place)
                long = size == 255
                size = np.where(long, u16(data, place + 1), size)
                place = place + np.where(long, 3, 1)
            else:
                size = np.full(place.size, told.length)
            begins.append(place)
            place = place + size
        whole = place <= stop
        owners.append(owner[whole])
        for number, begin in enumerate(begins):
            lies[number].append(begin[whole])
        broken += int((~whole & _not_padding(data, at, stop)).sum())
        at[whole] = place[whole]
    none = np.zeros(0, np.int64)
    return (
        np.concatenate([none, *owners]),
        {number: np.concatenate([none, *begins]) for number, begins in lies.items()},
        broken,
    )


def _not_padding(data: Bytes, at: Places, stop: Places) -> Flags:
    """Whether more than the up to three zero bytes that fill a set up is left."""
    left: Flags = (stop - at > 3) | (u8(data, at) != 0)
    return left


def _values(rows: Bytes, unit: str) -> pl.Series:
    if unit in TEXT_UNITS:
        return {"ipv4": ipv4_text, "ipv6": ipv6_text, "mac": mac_text}[unit](rows)
    if unit == "probability":
        wide = {4: ">f4", 8: ">f8"}.get(rows.shape[1])
        if wide is None:
            return pl.Series([None], dtype=pl.Float64).new_from_index(0, rows.shape[0])
        return pl.Series(np.ascontiguousarray(rows).view(wide)[:, 0].astype(np.float64))
    return pl.Series(numbers(rows))


def arrivals(given: Datagrams, head: ExportHeaders) -> Places:
    """When each datagram was sent: by the exporter, else when it came; `UNKNOWN_NS` if neither."""
    return np.where(head.export_ns > 0, head.export_ns, np.where(
        given.arrived_ns != UNKNOWN_NS, given.arrived_ns, UNKNOWN_NS))  # fmt: skip
