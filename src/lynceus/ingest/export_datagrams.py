"""Datagrams of flow exports: known by their content, cut out of captures and of plain files.

A plain file holds datagrams one behind the other with nothing between them. NetFlow 9 does not tell
its length; there a datagram ends where no flowset begins: the numbers 5, 9 and 10, with which
another datagram begins, are reserved as ids of flowsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

import numpy as np

from lynceus.ingest.capture_frames import frames
from lynceus.ingest.inputs import CAPTURE_MAGICS
from lynceus.ingest.packet_headers import IPV4, UDP, headers
from lynceus.ingest.wire_bytes import Bytes, Places, padded

NETFLOW5, NETFLOW9, IPFIX, SFLOW5 = 5, 9, 10, -5
"""Kinds of export; sFlow writes its version in 32 bits, so that 0 stands where others have 5."""

UNKNOWN_NS = np.iinfo(np.int64).min
"""A time that is not known."""

LONGEST = 65_535
MOST_SAMPLES = 2_000
MOST_TRIES = 1_000
"""How often a file is tried for the next sound datagram behind broken ones."""
SNIFFED_FRAMES = 2_000
SHARE_OF_EXPORTS = 0.5
"""More than this share of the first frames must be exports to one port."""

MARKS = (b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5")
HEADER_BYTES = {NETFLOW5: 24, NETFLOW9: 20, IPFIX: 16, SFLOW5: 28}


@dataclass(frozen=True)
class Datagrams:
    """Where the datagrams lie in `data`, when they came and from whom."""

    data: Bytes
    start: Places
    end: Places
    arrived_ns: Places
    exporters: tuple[str | None, ...]
    """Address each datagram came from; None in files that do not tell."""
    digest: tuple[str, ...] = ()
    """Digest of the input of each."""
    others: int = 0
    """Frames of a capture that hold no whole UDP datagram."""
    skipped_bytes: int = 0
    """Bytes of a plain file between datagrams."""
    cut_short: bool = False
    """A capture whose last frame is not whole."""

    def some(self, rows: Places) -> Datagrams:
        """These datagrams, in this order."""
        return Datagrams(
            self.data,
            self.start[rows],
            self.end[rows],
            self.arrived_ns[rows],
            tuple(self.exporters[row] for row in rows),
            tuple(self.digest[row] for row in rows),
        )


def form(data: bytes, at: int, end: int) -> int:
    """The kind of export that a datagram begins, 0 where its header is of none."""
    if end - at < 16:
        return 0
    word = int.from_bytes(data[at : at + 2], "big")
    second = int.from_bytes(data[at + 2 : at + 4], "big")
    if word == NETFLOW5 and 1 <= second <= 100:
        return NETFLOW5
    if word == NETFLOW9 and end - at >= 20:
        return NETFLOW9
    if word == IPFIX and second >= 16:
        return IPFIX
    address = int.from_bytes(data[at + 4 : at + 8], "big")
    return SFLOW5 if word == 0 and second == 5 and address in (1, 2) and end - at >= 28 else 0


def length(data: bytes, at: int, end: int) -> int | None:
    """Bytes of the whole datagram that begins at `at`, None where it is not sound."""
    kind = form(data, at, end)
    if kind == NETFLOW5:
        size = 24 + 48 * int.from_bytes(data[at + 2 : at + 4], "big")
    elif kind == IPFIX:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if at + size > end or _sets_end(data, at + 16, at + size) != at + size:
            return None
    elif kind == NETFLOW9:
        size = _sets_end(data, at + 20, min(end, at + LONGEST)) - at
        if size <= 20:
            return None
    elif kind == SFLOW5:
        size = _samples_end(data, at, end) - at
    else:
        return None
    return size if 0 < size <= min(end - at, LONGEST) else None


def _sets_end(data: bytes, at: int, end: int) -> int:
    """Where the last whole set ends; zero bytes that fill the datagram up belong to it."""
    while at + 4 <= end:
        number = int.from_bytes(data[at : at + 2], "big")
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if number == size == 0:
            rest = data[at:end]
            return at + len(rest) - len(rest.lstrip(b"\0"))
        if 3 < number < 256 or size < 4 or at + size > end:
            return at
        at += size
    return end if at < end and not any(data[at:end]) else at


def _samples_end(data: bytes, at: int, end: int) -> int:
    """Where the last sample of an sFlow datagram ends; 0 where one does not fit."""
    at += 24 if data[at + 7] == 1 else 36
    samples = int.from_bytes(data[at : at + 4], "big")
    at += 4
    if samples > MOST_SAMPLES:
        return 0
    for _ in range(samples):
        if at + 8 > end:
            return 0
        at += 8 + int.from_bytes(data[at + 4 : at + 8], "big")
    return at if at <= end else 0


def split(data: bytes) -> tuple[Places, Places, int]:
    """Starts and ends of the datagrams of a plain file, and the bytes that are of none.

    A datagram that is not sound reaches to the next sound one, so that it is still looked at.
    """
    starts, ends, skipped = [], [], 0
    at, end, tries = 0, len(data), MOST_TRIES
    while at < end:
        size = length(data, at, end)
        if size is not None:
            starts.append(at)
            ends.append(at + size)
            at += size
            continue
        following, tries = _next_sound(data, at + 1, end, tries)
        if form(data, at, following):
            starts.append(at)
            ends.append(min(following, at + LONGEST))
            skipped += following - ends[-1]
        else:
            skipped += following - at
        at = following
    return np.array(starts, np.int64), np.array(ends, np.int64), skipped


def _next_sound(data: bytes, at: int, end: int, tries: int) -> tuple[int, int]:
    """Where the next sound datagram begins, or the end; and how many tries are left."""
    found = {mark: data.find(mark, at) for mark in MARKS}
    while tries:
        places = [place for place in found.values() if place >= 0]
        if not places:
            break
        place = min(places)
        tries -= 1
        if length(data, place, end) is not None:
            return place, tries
        found = {m: data.find(m, place + 1) if p == place else p for m, p in found.items()}
    return end, tries


def read(data: bytes, digest: str) -> Datagrams:
    """The datagrams of one input, a capture or a plain file."""
    if data.startswith(CAPTURE_MAGICS):
        return _of_capture(data, digest, None)
    starts, ends, skipped = split(data)
    none = np.full(starts.size, UNKNOWN_NS)
    names, digests = (None,) * starts.size, (digest,) * starts.size
    return Datagrams(padded(data), starts, ends, none, names, digests, 0, skipped)


def _of_capture(data: bytes, digest: str, most: int | None) -> Datagrams:
    found = frames(data, most)
    buffer = padded(data)
    seen = headers(buffer, found.start, found.end, found.link)
    whole = (seen.ip > 0) & (seen.proto == UDP) & (seen.dst_p >= 0) & ~seen.fragment
    whole &= seen.payload_end <= found.end
    rows = np.flatnonzero(whole)
    packed = [row.tobytes()[: 4 if v == IPV4 else 16]
              for row, v in zip(seen.src[rows], seen.ip[rows], strict=True)]  # fmt: skip
    names = {address: str(ip_address(address)) for address in set(packed)}
    return Datagrams(
        buffer,
        seen.payload[rows],
        seen.payload_end[rows],
        found.time_ns[rows],
        tuple(names[address] for address in packed),
        (digest,) * rows.size,
        found.start.size - rows.size,
        cut_short=found.cut_short,
    )


def carries_exports(head: bytes) -> bool:
    """Whether most of a capture's first frames are exports that go to one port and parse whole."""
    found = frames(head, SNIFFED_FRAMES)
    if not found.start.size:
        return False
    buffer = padded(head)
    seen = headers(buffer, found.start, found.end, found.link)
    sound = (seen.ip > 0) & (seen.proto == UDP) & (seen.dst_p >= 0)
    sound &= seen.payload_end <= found.end
    ports: dict[int, int] = {}
    for row in np.flatnonzero(sound):
        begin, stop = int(seen.payload[row]), int(seen.payload_end[row])
        size = length(head, begin, stop)
        if size is not None and size == stop - begin:
            port = int(seen.dst_p[row])
            ports[port] = ports.get(port, 0) + 1
    return max(ports.values(), default=0) > SHARE_OF_EXPORTS * found.start.size
