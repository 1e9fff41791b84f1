"""Data carried in the names of DNS questions, or in their answers."""

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
    techniques,
)
from lynceus.features.name import LONG_QUESTIONS, NAMES_ASKED, SCRIPTS_ANSWERED
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

BITS_A_CHARACTER = 5
"""What a character of a name can carry in base32, the usual coding."""


@dataclass(frozen=True)
class DnsTunnel:
    """One host asks for very many long names below one domain.

    Detects: per asker and registered domain, in an hour and in a day: distinct names, their mean
    length below the domain, the entropy of their characters, and the share of question types that
    give room for data (TXT, NULL, CNAME, MX ...). A slow window speaks only where the average
    hour was too thin for the faster one. Also many different answers with room for data below one
    domain, fewer where they are full; and an answer that holds the words of a script.

        score = distinct / (distinct + 100) * max(length, type)
        length = mean bytes below the domain / 40, at most 1
        type   = 0.4 + 0.6 * share of unusual types, if at least half are unusual

    Why: names are the only thing a host behind a resolver can send out, so a tunnel puts its
    data there: each question new, long and dense. Ordinary names are few, short and come again.

    Blind spots: few questions a day (commands only); data spread over many domains or many
    askers; tunnels inside encrypted DNS; where only the questions of a resolver are seen, it
    stands for its clients (where theirs are seen too, it is left out).

    False positives: anti-virus and reputation services, block lists and telemetry put hashes into
    names; content networks have long names, but few. Known services and popular domains are low.
    Reverse lookups, local suffixes and names that start with an underscore are left out.

    ATT&CK: T1071.004 DNS, T1572 Protocol Tunneling, T1048 Exfiltration Over Alternative Protocol.
    """

    reads: ClassVar[tuple[Table, ...]] = (*NAMES_ASKED, LONG_QUESTIONS, SCRIPTS_ANSWERED)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "high"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071.004", "T1572", "T1048")

    subdomains_1h: int = 50
    """Distinct names below one domain in an hour (RITA speaks from 100 a day)."""
    subdomains_1d: int = 100
    """The same in a day, where the average hour held fewer."""
    mean_bytes: float = 18.0
    """Least mean length below the domain, where the question types are usual ones."""
    mean_bytes_unusual: float = 4.0
    """The same where at least half of the questions are of unusual type; entropy is not asked."""
    spread_domains: int = 20
    """Domains of long questions of unusual type from which on the tunnel needs no domain."""
    entropy_bits: float = 2.8
    """Least entropy a character; hexadecimal has 4 bits, base32 up to 5, words about 2.5 to 3."""
    new_share: float = 0.5
    """Least share of distinct names among the questions: a tunnel never asks twice."""
    answers_1h: int = 50
    """Different answers with room for data below one domain in an hour, whatever was asked."""
    answer_bytes: float = 80.0
    """Least mean text of such answers: keys and policies come a few times, data all the time."""
    full_answers_1h: int = 12
    """Different answers that are full of text, where most that differ are: a program in pieces."""
    high_bytes: int = 5_000
    """From so many bytes of names on it is high."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Tunnels of the hour and of the day."""
        hour, day, questions, scripts = tables
        thin = pl.col("subdomains") / pl.col("active_hours").clip(lower_bound=1)
        return pl.concat(
            [
                self._tunnels(hour.filter(pl.col("subdomains") >= self.subdomains_1h)),
                self._tunnels(
                    day.filter(
                        (pl.col("subdomains") >= self.subdomains_1d) & (thin < self.subdomains_1h)
                    )
                ),
                self._without_domain(questions),
                self._answered(hour),
                self._scripts(scripts),
            ],
            how="diagonal_relaxed",
        )

    def _tunnels(self, names: pl.LazyFrame) -> pl.LazyFrame:
        unusual = pl.col("unusual_share") >= 0.5
        needed = pl.when(unusual).then(self.mean_bytes_unusual).otherwise(self.mean_bytes)
        dense = pl.col("entropy_bits").fill_null(self.entropy_bits) >= self.entropy_bits
        return self._said(
            names.with_columns(
                mean_subdomain_bytes=share("subdomain_bytes", "queries"),
                unusual_share=share("unusual_queries", "queries"),
                new_share=share("subdomains", "queries"),
                entropy_bits=_entropy("spread_sample"),
            ).filter(
                (pl.col("mean_subdomain_bytes") >= needed)
                & (pl.col("new_share") >= self.new_share / _repeats())
                & (dense | unusual)
            )
        ).pipe(_without_forwarders)

    def _answered(self, names: pl.LazyFrame) -> pl.LazyFrame:
        """Data that comes in with the answers, to questions that need not be new."""
        known = pl.col("known_service").is_not_null() | pl.col("popular").fill_null(False)
        mean = share("roomy_answer_bytes", "unusual_queries")
        many = (pl.col("roomy_answers") >= self.answers_1h) & (mean >= self.answer_bytes)
        full = (pl.col("full_answers") >= self.full_answers_1h) & (
            2 * pl.col("full_answers") >= pl.col("roomy_answers")
        )
        return (
            names.filter((many | full) & (pl.col("subdomains") < self.subdomains_1h) & ~known)
            .with_columns(mean_answer_bytes=mean)
            .select(
                *("window_start_ns", "window_end_ns", "site", "orig_h", "domain"),
                *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total", "queries"),
                *("subdomains", "types", "roomy_answers", "roomy_answer_bytes"),
                *("mean_answer_bytes", "full_answers", "queries_sample", "resolver"),
                resp_p="resolver_port",
                service=pl.lit("dns"),
                orig_role=pl.lit("infected"),
                resp_role=pl.lit("domain"),
                severity=pl.lit("medium"),
                score=saturating("roomy_answers", 100.0),
                confidence=0.5 + 0.3 * saturating("roomy_answers", 200.0),
                because=sentence(
                    "{orig_h} got {roomy_answers} different answers below {domain} of a type with "
                    "room for data, on average {mean_answer_bytes} bytes long: "
                    "{roomy_answer_bytes} came in.",
                    mean_answer_bytes=number_text("mean_answer_bytes"),
                    roomy_answer_bytes=bytes_text("roomy_answer_bytes"),
                ),
            )
        )

    def _scripts(self, answers: pl.LazyFrame) -> pl.LazyFrame:
        """A program that comes in with an answer: one is enough."""
        return answers.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "domain"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total"),
            *("script_answers", "scripts_sample", "queries_sample", "resolver"),
            resp_p="resolver_port",
            service=pl.lit("dns"),
            orig_role=pl.lit("infected"),
            resp_role=pl.lit("domain"),
            severity=pl.lit("medium"),
            score=saturating("script_answers", 1.0),
            confidence=pl.lit(0.7),
            techniques=techniques("T1071.004", "T1105"),
            because=sentence(
                "{orig_h} got {script_answers} below {domain} with the words of a script:"
                " {scripts_sample}.",
                script_answers=plural("script_answers", "answer"),
                scripts_sample=pl.col("scripts_sample").list.first().str.slice(0, 80),
            ),
        )

    def _without_domain(self, questions: pl.LazyFrame) -> pl.LazyFrame:
        """Long dense questions below ever new domains, straight to a server of the tunnel."""
        carried = pl.col("name_bytes") * BITS_A_CHARACTER // 8
        return (
            questions.with_columns(
                entropy_bits=_entropy("spread_sample"),
                new_share=share("names", "queries"),
                mean_name_bytes=share("name_bytes", "queries"),
            )
            .filter(
                (pl.col("names") >= self.subdomains_1h)
                & (pl.col("domains") >= self.spread_domains)
                & (pl.col("new_share") >= self.new_share)
                & (pl.col("entropy_bits") >= self.entropy_bits)
            )
            .drop("spread_sample", "new_share")
            .with_columns(
                carried_bytes=carried,
                proto=pl.lit(None, pl.String),
                service=pl.lit("dns"),
                orig_role=pl.lit("infected"),
                resp_role=pl.lit("unknown"),
                score=saturating("names", 100.0),
                confidence=0.5 + 0.4 * saturating("names", 200.0),
                because=sentence(
                    "{orig_h} asked {resp_h} for {names} different names of unusual type "
                    "below {domains} domains, on average {mean_name_bytes} bytes long: room "
                    "for about {carried} of data.",
                    mean_name_bytes=number_text("mean_name_bytes"),
                    carried=bytes_text(carried),
                ),
            )
        )

    def _said(self, tunnels: pl.LazyFrame) -> pl.LazyFrame:
        known = pl.col("known_service").is_not_null()
        popular = pl.col("popular").fill_null(False)
        unusual = pl.col("unusual_share") >= 0.5
        length = (pl.col("mean_subdomain_bytes") / 40).clip(upper_bound=1)
        kind = pl.when(unusual).then(0.4 + 0.6 * pl.col("unusual_share")).otherwise(0.0)
        carried = pl.col("subdomain_bytes") * BITS_A_CHARACTER // 8
        much = pl.col("subdomain_bytes") >= self.high_bytes
        return tunnels.select(
            *("window_start_ns", "window_end_ns", "site", "orig_h", "domain"),
            *("first_seen_ns", "last_seen_ns", "flow_uids", "flows_total", "queries", "subdomains"),
            *("mean_subdomain_bytes", "longest_subdomain_bytes", "entropy_bits", "types"),
            *("unusual_share", "unknown_names", "queries_sample", "query_bytes", "answer_bytes"),
            *("resolver", "known_service"),
            resp_p="resolver_port",
            service=pl.lit("dns"),
            carried_bytes=carried,
            orig_role=pl.when(known | popular)
            .then(pl.lit("unknown"))
            .otherwise(pl.lit("infected")),
            resp_role=pl.lit("domain"),
            severity=severity((known | popular, "low"), (much, "high"), otherwise="medium"),
            score=saturating("subdomains", 100.0) * pl.max_horizontal(length, kind),
            confidence=pl.when(known)
            .then(0.2)
            .when(popular)
            .then(0.3)
            .otherwise(0.6 + 0.35 * saturating("subdomains", 200.0)),
            because=sentence(
                "{orig_h} asked for {subdomains} different names below {domain}, on "
                "average {mean_subdomain_bytes} bytes long ({unusual_share} of unusual "
                "type): room for about {carried} of data.{owner}",
                mean_subdomain_bytes=number_text("mean_subdomain_bytes"),
                unusual_share=percent_text("unusual_share"),
                carried=bytes_text(carried),
                owner=pl.when(known)
                .then(clause("The domain belongs to {known_service}."))
                .when(popular)
                .then(clause("The domain is a popular one."))
                .otherwise(pl.lit("")),
            ),
        )


def _without_forwarders(tunnels: pl.LazyFrame) -> pl.LazyFrame:
    """Leaves out who only passes the questions on: the resolver that another asker turned to."""
    keys = ["window_start_ns", "window_end_ns", "site", "domain"]
    asked = tunnels.select(*keys, orig_h="resolver").drop_nulls("orig_h")
    return tunnels.join(asked, on=[*keys, "orig_h"], how="anti", nulls_equal=True)


def _repeats() -> pl.Expr:
    """Several records of one name are asked at once (A, AAAA, HTTPS): so many types, so many
    questions a name."""
    return pl.col("types").list.len().clip(1, 3)


def _entropy(sample: str) -> pl.Expr:
    """Shannon entropy in bits of the characters of a sample of names, dots left out."""
    characters = pl.col(sample).list.join("").str.replace_all(".", "", literal=True).str.split("")
    return characters.list.eval(
        pl.when(pl.element().count() > 0).then(
            pl.element().unique_counts().cast(pl.Float64).entropy(base=2, normalize=True)
        )
    ).list.first()
