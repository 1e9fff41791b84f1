"""Bytes of addresses, many at once, as text."""

from __future__ import annotations

from ipaddress import IPv6Address

import numpy as np
import polars as pl

from lynceus.ingest.columns import canonical_address
from lynceus.ingest.wire_bytes import Bytes, Flags


def ipv4_text(rows: Bytes) -> pl.Series:
    """IPv4 addresses; the first four bytes of each row count."""
    parts = {str(at): rows[:, at] for at in range(4)}
    return pl.DataFrame(parts).select(pl.concat_str(pl.all(), separator=".").alias("h"))["h"]


def ipv6_text(rows: Bytes) -> pl.Series:
    """IPv6 addresses in RFC 5952 form, each distinct one written once."""
    if not rows.shape[0]:
        return pl.Series([], dtype=pl.String)
    packed = np.ascontiguousarray(rows[:, :16]).view("V16")[:, 0]
    distinct, inverse = np.unique(packed, return_inverse=True)
    words = [canonical_address(str(IPv6Address(value.tobytes()))) for value in distinct]
    return pl.Series(words, dtype=pl.String).gather(inverse.reshape(-1))


def ip_text(rows: Bytes, v4: Flags) -> pl.Series:
    """Addresses of either version."""
    if v4.all():
        return ipv4_text(rows)
    place = np.zeros(v4.size, np.int64)
    place[v4] = np.arange(int(v4.sum()))
    place[~v4] = int(v4.sum()) + np.arange(int((~v4).sum()))
    both = pl.concat([ipv4_text(rows[v4]), ipv6_text(rows[~v4])])
    return both.gather(place)


def mac_text(rows: Bytes) -> pl.Series:
    """MAC addresses as Zeek writes them; null where all six bytes are 0."""
    hexadecimal = np.frombuffer(b"0123456789abcdef", np.uint8)
    text = np.full((rows.shape[0], 17), ord(":"), np.uint8)
    text[:, 0::3] = hexadecimal[rows >> 4]
    text[:, 1::3] = hexadecimal[rows & 15]
    words = pl.Series(text.view("S17")[:, 0].astype("U17").tolist(), dtype=pl.String)
    return words.set(pl.Series(~rows.any(axis=1)), None)
