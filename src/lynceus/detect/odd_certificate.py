"""Certificates from outside that something is wrong with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.handshake import CERTIFICATES
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class OddCertificate:
    """An inside host accepts an odd certificate from a server outside.

    Detects: TLS with the outside, by client and server in a day: certificates of the server's
    own making (subject and issuer are equal), expired or not yet valid at that time, issued less
    than three days before, and for another name than the one that was asked for; and servers that
    are called by a popular name, show a certificate made by hand and are believed.

    Why: controllers of malware seldom have certificates that stand up: they are made on the spot
    with the default values of a tool. A browser would have warned. Malware asks for a popular name
    to look like its traffic, but cannot have that service's certificate.

    Blind spots: TLS 1.3, which hides the certificate; free certificates, which everybody can have;
    sources that tell no certificates.

    False positives: appliances, cameras and small firms make their own certificates and forget to
    renew them; content networks show a default one. One oddity is info where a well-known network
    or name is behind it and low otherwise; two of a place without a name are medium,
    and so is a popular name that answers with a certificate made by hand where the client went on;
    a portal that stands before the Internet does that too, but clients turn away from it. A
    certificate that is only new is info.

    ATT&CK: T1573.002 Asymmetric Cryptography, T1587.003 Digital Certificates.
    """

    reads: ClassVar[tuple[Table, ...]] = (CERTIFICATES,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1573.002",)

    young_days: int = 3
    """A certificate younger than this was made for the occasion, or has just been renewed."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a client and server."""
        (rows,) = tables
        own, expired = pl.col("self_signed") > 0, pl.col("expired") > 0
        early, other = pl.col("not_yet_valid") > 0, pl.col("mismatched") > 0
        young = pl.col("age_days").is_between(0, self.young_days - 1).fill_null(False)
        provider = pl.col("network_kind").is_in(["saas", "cdn", "cloud"]).fill_null(False)
        impostor = (pl.col("impostors") > 0) & ~provider
        named = pl.col("popular").fill_null(False) | pl.col("known_service").is_not_null()
        known = (named & ~impostor) | provider
        faults = pl.sum_horizontal(*(of.cast(pl.Int64) for of in (own, expired, early, other)))
        nameless = pl.col("without_name") == pl.col("handshakes")
        serious = impostor | (own & (expired | early | young) & nameless & ~known)
        words = pl.concat_str(
            [
                pl.when(own).then(sentence("made by the server itself")),
                pl.when(expired).then(sentence("expired")),
                pl.when(early).then(sentence("not yet valid")),
                pl.when(young).then(
                    sentence("issued {age_days} before", age_days=plural("age_days", "day"))
                ),
                pl.when(other).then(
                    sentence(
                        "for another name than {server_name}",
                        server_name=pl.col("server_name").fill_null(sentence("asked")),
                    )
                ),
            ],
            separator=", ",
            ignore_nulls=True,
        )
        return (
            rows.with_columns(faults=faults, young=young, words=words)
            .filter((pl.col("faults") > 0) | pl.col("young"))
            .select(
                *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p"),
                *("domain", "first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
                *("handshakes", "self_signed", "expired", "not_yet_valid", "mismatched"),
                *("age_days", "subject", "issuer", "server_name"),
                service=pl.lit("tls"),
                orig_role=pl.lit("unknown"),
                resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
                severity=severity(
                    (known | (pl.col("faults") == 0), "info"), (serious, "medium"), otherwise="low"
                ),
                score=saturating("faults", 2.0),
                confidence=pl.when(known).then(0.15).when(serious).then(0.55).otherwise(0.3),
                because=sentence(
                    "{orig_h} talked TLS with {resp_h} {handshakes}; its certificate "
                    "({subject}) was {words}.",
                    resp_h=pl.col("resp_h").fill_null(sentence("an unknown server")),
                    handshakes=plural("handshakes", "time"),
                    subject=pl.col("subject").fill_null(sentence("no subject")).str.slice(0, 80),
                ),
            )
        )
