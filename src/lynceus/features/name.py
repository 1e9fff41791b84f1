"""Windows over names asked for in the DNS, by asker and registered domain."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.vouched import SERVICE_ASKED
from lynceus.features.window import (
    Active,
    Constant,
    Count,
    Distinct,
    Max,
    Min,
    Sum,
    Values,
    Window,
)

UNUSUAL_TYPES = [
    *("TXT", "NULL", "CNAME", "MX", "SRV", "KEY", "PRIVATE", "TYPE65399", "TYPE10", "*", "ANY"),
    *("NAPTR", "CAA", "HINFO", "RP", "LOC", "SSHFP", "URI", "SPF", "CERT", "DNAME", "WKS", "MB"),
    *("MINFO", "AFSDB", "X25", "EID", "NIMLOC", "OPENPGPKEY", "SMIMEA", "APL"),
]
"""Types that clients seldom ask for themselves and tunnels use for the room they give."""

LOCAL_SUFFIXES = r"(\.|^)(arpa|local|lan|home|localdomain|localhost|internal|corp|intranet)$"
"""Names that are no business of the public DNS."""

_subdomain = pl.col("query").str.strip_suffix(pl.col("domain")).str.strip_chars_end(".")
_own = pl.col("subdomain").str.starts_with("_")
_roomy = pl.col("qtype").is_in(UNUSUAL_TYPES)
_answered = pl.when(_roomy).then(pl.col("answers").list.join("", ignore_nulls=True))

FULL_ANSWER_BYTES = 150
"""Most policies and proofs of ownership are shorter; who carries data fills the 255 there are."""

_full = _answered.str.len_bytes() >= FULL_ANSWER_BYTES

SCRIPT = (
    r"(?i)frombase64string|invoke-expression|downloadstring|\biex[ (]|\bpowershell(\.exe)? +-"
    r"|\bcmd(\.exe)? +/[ck]\b|/bin/(ba)?sh\b|\b(curl|wget) [^|]+\| *(ba)?sh\b|wscript\.shell"
    r"|\bnew-object +(system\.)?net\."
)
"""Words of command lines that fetch, decode or run something."""

NAMES_ASKED = Window(
    "names_asked_1h",
    "dns",
    ("orig_h", "domain"),
    (
        Count("queries"),
        Distinct("subdomains", "subdomain"),
        Sum("subdomain_bytes", pl.col("subdomain").str.len_bytes().cast(pl.Int64)),
        Max("longest_subdomain_bytes", pl.col("subdomain").str.len_bytes().cast(pl.Int64)),
        Count("unusual_queries", _roomy),
        Distinct("roomy_answers", pl.when(_answered != "").then(_answered)),
        Sum("roomy_answer_bytes", _answered.str.len_bytes().cast(pl.Int64)),
        Distinct("full_answers", pl.when(_full).then(_answered)),
        Count("unknown_names", pl.col("rcode") == "NXDOMAIN"),
        Sum("query_bytes", "query_bytes"),
        Sum("answer_bytes", "answer_bytes"),
        Values("types", "qtype", k=10),
        Values("queries_sample", "query", k=5),
        Values("spread_sample", pl.when(pl.col("subdomain").hash(1) % 8 == 0).then("subdomain")),
        Max("popular", "domain_popular"),
        Max("known_service", SERVICE_ASKED),
        Max("resolver", "resp_h"),
        Max("resolver_port", "resp_p"),
        Max("orig_in", "orig_in"),
        Active("active_hours", "1h"),
        *BEHIND,
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    (
        pl.col("query").is_not_null()
        & ~pl.col("query").str.contains(LOCAL_SUFFIXES)
        & pl.col("domain").is_not_null()
        & (pl.col("subdomain").str.len_bytes() > 0)
        & ~_own
    ).fill_null(False),
    derive={"subdomain": _subdomain},
    worth=(pl.col("subdomains") >= 2) | (pl.col("roomy_answers") >= 2),
).widened("1d")
"""Names below one registered domain that one host asked for."""

SCRIPTS_ANSWERED = Window(
    "scripts_answered_1h",
    "dns",
    ("orig_h", "domain"),
    (
        Count("script_answers"),
        Values("queries_sample", "query", k=5),
        Values("scripts_sample", pl.col("answer").str.slice(0, 160), k=3),
        Max("resolver", "resp_h"),
        Max("resolver_port", "resp_p"),
        *BEHIND,
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    pl.col("domain").is_not_null() & pl.col("answer").str.contains(SCRIPT).fill_null(False),
    derive={"answer": pl.col("answers").list.join("", ignore_nulls=True)},
    only=pl.col("qtype").is_in(["TXT", "NULL"]).fill_null(False) & pl.col("answers").is_not_null(),
)
"""Answers with a script in them, by who asked and the registered domain."""

LONG_QUESTIONS = Window(
    "long_questions_1h",
    "dns",
    ("orig_h", "resp_h"),
    (
        Count("queries"),
        Distinct("names", "query"),
        Distinct("domains", "domain"),
        Sum("name_bytes", pl.col("query").str.len_bytes().cast(pl.Int64)),
        Values("types", "qtype", k=10),
        Values("queries_sample", "query", k=5),
        Values("spread_sample", pl.when(pl.col("query").hash(1) % 8 == 0).then("query")),
        Max("resp_p", "resp_p"),
        *BEHIND,
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    (
        pl.col("qtype").is_in(UNUSUAL_TYPES)
        & (pl.col("query").str.len_bytes() >= 30)
        & ~pl.col("query").str.contains(LOCAL_SUFFIXES)
        & ~pl.col("query").str.contains(r"(^|\.)_")
    ).fill_null(False),
)
"""Long questions of unusual type from one asker to one resolver, below whatever domains."""

RESOLVERS_OF_HOST = Window(
    "resolvers_of_host_1d",
    "dns",
    ("orig_h", "resp_h"),
    (
        Count("queries"),
        Count("answered_queries", pl.col("rcode").is_not_null()),
        Count(
            "failed_queries", pl.col("rcode").is_in(["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP"])
        ),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Constant("resp_network", "resp_network"),
        Constant("resp_network_kind", "resp_network_kind"),
        Values("queries_sample", "query", k=5),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1d",
    (pl.col("resp_p") == 53).fill_null(False),
)
"""Name servers that one host asked, whatever it asked for."""
SIGNATURES_ANSWERED = Window(
    "signatures_answered_1h",
    "dns",
    ("orig_h", "resp_h", "resp_p"),
    (
        Max("largest_answer_bytes", "answer_bytes"),
        Count("answers"),
        Values("queries_sample", "query", k=3),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    only=pl.col("qtype").is_in(["SIG", "RRSIG"]).fill_null(False),
    worth=pl.col("largest_answer_bytes") >= 20_000,
)
"""Answers to questions for signatures, by who asked whom; all but a few are small."""
