"""x509.log beside ssl.log: what each certificate says, told to the sessions that showed it.

ssl.log names the certificates of a session by their fingerprints (older versions by the ids of
the files they came in); x509.log has a row for each of them, and no ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from lynceus.ingest.zeek_log import Column, Log

NAMED = "certificate"
"""The column that names a certificate, of both logs."""

X509 = Log(
    "x509",
    "tls",
    (("certificate.subject",), ("certificate.serial",), ("certificate.not_valid_after",)),
    (
        Column(NAMED, ("fingerprint", "id")),
        Column("subject", ("certificate.subject",)),
        Column("issuer", ("certificate.issuer",)),
        Column("not_before_ns", ("certificate.not_valid_before",), "time"),
        Column("not_after_ns", ("certificate.not_valid_after",), "time"),
        Column("san_dns", ("san.dns",), "list"),
        Column("key_type", ("certificate.key_type",)),
        Column("key_bits", ("certificate.key_length",), "number"),
    ),
)
"""Read for ssl.log alone."""

SAID = (
    "subject", "issuer", "not_before_ns", "not_after_ns", "san_dns", "key_type", "key_bits",
    "self_signed",
)  # fmt: skip


def with_certificates(tls: pl.DataFrame, certificates: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The sessions with what is known of their leaf certificates; their own words come first."""
    if not certificates or NAMED not in tls.columns:
        return tls
    known = pl.concat(certificates, how="diagonal_relaxed").drop_nulls(NAMED)
    known = known.unique(NAMED, keep="first", maintain_order=True)
    if {"subject", "issuer"} <= set(known.columns):
        named = pl.col("subject").str.contains("=") | (pl.col("subject") == "")  # else masked
        own = pl.when(named).then(pl.col("subject") == pl.col("issuer"))
        known = known.with_columns(self_signed=own)
    told = [name for name in SAID if name in known.columns]
    joined = tls.join(
        known.select(NAMED, *told), on=NAMED, how="left", maintain_order="left", suffix="_told"
    )
    return joined.with_columns(
        pl.coalesce(name, f"{name}_told") for name in told if f"{name}_told" in joined.columns
    ).drop(f"{name}_told" for name in told if f"{name}_told" in joined.columns)
