"""Data carried in web requests to one host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    number_text,
    percent_text,
    plural,
    saturating,
    severity,
    share,
)
from lynceus.features.web import ASKERS_OF_NAME, WEB_CONNECTS, WEB_TALKS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_KEYS = ("window_start_ns", "window_end_ns", "site")
_SEEN = ("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total")


@dataclass(frozen=True)
class HttpTunnel:
    """One inside host talks to one web host as no browser does: dense targets or endless uploads.

    Detects: per inside host and web host in an hour, of clear HTTP, behind a proxy too:

    - dense targets: many requests, nearly every target new, long and of high entropy, without a
      page that referred to them, to a host that no other inside host asks;
    - endless uploads: nearly every request carries a body to the same one or two paths, without
      a referring page, to a host that no other inside host asks;
    - a way through a proxy (`CONNECT`) to a port that is not of the web.

    Why: where only the web is let out, tunnels and implants dress as it. They need one far end,
    a new message in each request, and have no pages.

    Blind spots: HTTPS; data in cookies and headers, which the events do not hold; tunnels in few
    long requests or in web sockets (see `long_connection`); those to popular services.

    False positives: software of one host that reports to its maker by clear HTTP, web services
    that few use. Known services, popular names and large providers are left out. A CONNECT to an
    odd port is low: mail and chat programs do so as well; to a login service it is medium.

    ATT&CK: T1071.001 Web Protocols, T1572 Protocol Tunneling, T1090 Proxy.
    """

    reads: ClassVar[tuple[Table, ...]] = (WEB_TALKS, ASKERS_OF_NAME, WEB_CONNECTS)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071.001", "T1572")

    requests: int = 60
    """Least requests in an hour: one a minute, or a burst of data."""
    new_share: float = 0.9
    """Least share of different targets among the requests: a tunnel never asks twice."""
    target_bytes: float = 60.0
    """Least mean length of a target that carries data."""
    entropy_bits: float = 4.6
    """Least entropy a character of the targets; base64 has up to 6, paths of words 4.0 to 4.5."""
    upload_share: float = 0.8
    """Least share of requests with a body where the uploads are the tunnel."""
    uploaded_bytes: int = 20_000
    """Least bytes of these bodies in an hour."""
    referred_share: float = 0.1
    """Most share of requests that a page referred to: a tunnel has no pages."""
    login_ports: tuple[int, ...] = (22, 23, 3389, 5900)
    """Ports whose use through a web proxy gives somebody a hand on another host."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Tunnels by target, by upload, and through a proxy."""
        talks, askers, connects = tables
        shared = askers.filter(pl.col("askers") >= 2)
        alone = talks.join(shared, on=[*_KEYS, "name"], how="anti", nulls_equal=True).filter(
            ~pl.col("popular").fill_null(False),
            pl.col("known_service").is_null(),
            ~pl.col("network_kind").is_in(["saas", "cdn"]).fill_null(False),
            pl.col("requests") >= self.requests,
            share("refused_requests", "requests") <= 0.5,
            share("referred", "requests") <= self.referred_share,
        )
        judged = alone.with_columns(
            new_share=share("targets", "requests"),
            upload_share=share("uploads", "requests"),
            mean_target_bytes=share("target_bytes", "requests"),
            entropy_bits=_entropy("targets_sample"),
        )
        dense = (
            (pl.col("new_share") >= self.new_share)
            & (pl.col("mean_target_bytes") >= self.target_bytes)
            & (pl.col("entropy_bits") >= self.entropy_bits)
        ).fill_null(False)
        endless = (
            (pl.col("upload_share") >= self.upload_share)
            & (pl.col("paths") <= 2)
            & (pl.col("uploaded_bytes") >= self.uploaded_bytes)
        ).fill_null(False)
        return pl.concat(
            [
                self._said(judged.with_columns(dense=dense).filter(dense | endless)),
                self._through(connects),
            ],
            how="diagonal_relaxed",
        )

    @staticmethod
    def _said(rows: pl.LazyFrame) -> pl.LazyFrame:
        carried = pl.when("dense").then("target_bytes").otherwise("uploaded_bytes")
        return rows.select(
            *(*_KEYS, "orig_h", "resp_h", "resp_p", "domain", *_SEEN),
            *("name", "requests", "targets", "paths", "mean_target_bytes", "entropy_bits"),
            *("new_share", "uploads", "uploaded_bytes", "downloaded_bytes", "agents", "methods"),
            "targets_sample",
            service=pl.lit("http"),
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("attacker"),
            carried_bytes=carried,
            score=saturating("requests", 100.0),
            confidence=0.4 + 0.4 * saturating("requests", 300.0),
            because=pl.when("dense")
            .then(
                sentence(
                    "{orig_h} asked {name} for {requests} that were nearly all new ({new_share}), "
                    "on average {mean_target_bytes} bytes long and dense ({entropy_bits} bits a "
                    "character): room for {target_bytes} of data. No other host of the site asked "
                    "it for anything.",
                    requests=plural("requests", "page"),
                    new_share=percent_text("new_share"),
                    mean_target_bytes=number_text("mean_target_bytes"),
                    entropy_bits=number_text("entropy_bits", 1),
                    target_bytes=bytes_text("target_bytes"),
                )
            )
            .otherwise(
                sentence(
                    "{orig_h} sent {requests} to {name}, {uploads} of them with a body "
                    "({uploaded_bytes} in all) to {paths}. No other host of the site asked it"
                    " for anything.",
                    requests=plural("requests", "request"),
                    uploaded_bytes=bytes_text("uploaded_bytes"),
                    paths=plural("paths", "path"),
                )
            ),
        )

    def _through(self, connects: pl.LazyFrame) -> pl.LazyFrame:
        login = pl.col("port").is_in(list(self.login_ports))
        known = pl.col("popular").fill_null(False) | pl.col("known_service").is_not_null()
        return connects.filter(pl.col("accepted") > 0).select(
            *(*_KEYS, "orig_h", "resp_h", "resp_p", "domain", *_SEEN),
            *("name", "requests", "accepted"),
            proxied_port="port",
            service=pl.lit("http"),
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("service"),
            severity=severity((login & ~known, "medium"), (known, "info"), otherwise="low"),
            techniques=pl.lit(["T1090", "T1572"]),
            score=saturating("accepted", 10.0) * pl.when(login).then(1.0).otherwise(0.5),
            confidence=pl.when(login).then(0.6).otherwise(0.3),
            because=sentence(
                "{orig_h} had the proxy {resp_h} open {accepted} to port {port} of "
                "{name}, which is no port of the web.",
                resp_h=pl.col("resp_h").fill_null(sentence("of its network")),
                accepted=plural("accepted", "way"),
                name=pl.col("name").fill_null(sentence("an unknown host")),
            ),
        )


def _entropy(sample: str) -> pl.Expr:
    """Shannon entropy in bits of the characters of a sample of targets."""
    characters = pl.col(sample).list.join("").str.split("")
    return characters.list.eval(
        pl.when(pl.element().count() > 0).then(
            pl.element().unique_counts().cast(pl.Float64).entropy(base=2, normalize=True)
        )
    ).list.first()
