"""What an indicator is: an entry as a list or a service wrote it, and a row once it was judged."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

KINDS = ("address", "domain", "url", "ja3", "ja4", "certificate")
"""What traffic can meet: an address or a network, a name, the address of a page, the fingerprint of
a TLS client, the digest of a certificate."""


class Entry(NamedTuple):
    """One indicator as a list wrote it; times and confidence are still text."""

    line: int
    """Line of a text, number of an object; told where the entry is refused."""
    text: str
    name: str | None = None
    """What it is known as: a malware family, a tool, a description."""
    source: str | None = None
    confidence: str | None = None
    kind: str | None = None
    """What the list says that it is, where the text alone leaves doubt: one of `KINDS`, `file`."""
    tags: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()
    """ATT&CK ids."""
    first_seen: str | None = None
    last_seen: str | None = None
    valid_until: str | None = None


INDICATOR_SCHEMA = pl.Schema(
    {
        "kind": pl.Enum(KINDS),
        "key": pl.String(),
        "source": pl.Categorical(),
        "name": pl.Categorical(),
        "confidence": pl.Float64(),
        "first_seen_ns": pl.Int64(),
        "last_seen_ns": pl.Int64(),
        "valid_until_ns": pl.Int64(),
        "tags": pl.List(pl.String()),
        "techniques": pl.List(pl.String()),
    }
)
"""A judged entry. `key` is what traffic is compared with: a network or an address as text, a name
in lower case and punycode, a URL without its scheme, a fingerprint or digest in lower case.
`confidence` is what the source said, 0..1; null where it said nothing."""

FACTS: dict[str, pl.DataType] = {
    "indicator": pl.String(),
    "indicator_name": pl.String(),
    "indicator_source": pl.String(),
    "indicator_confidence": pl.Float64(),
    "indicator_seen_ns": pl.Int64(),
    "indicator_until_ns": pl.Int64(),
    "indicator_note": pl.String(),
    "indicator_shared": pl.String(),
}
"""What a met indicator tells: when a source last said it, until when it is valid, what other
sources say of it (`note`), and why it may be met by the innocent as well (`shared`)."""

MATCHING_SCHEMA = pl.Schema(
    {
        "kind": pl.Enum(KINDS),
        "indicator": pl.String(),
        "indicator_name": pl.Categorical(),
        "indicator_source": pl.Categorical(),
        "indicator_confidence": pl.Float64(),
        "indicator_seen_ns": pl.Int64(),
        "indicator_until_ns": pl.Int64(),
        "indicator_note": pl.String(),
        "indicator_shared": pl.String(),
    }
)
"""One row an indicator, of all sources together: what flows are compared with."""
