"""Windows over Kerberos tickets: for which services, under which key, with which proof."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Measure, Min, Values, Window

WEAK = ["rc4-hmac", "rc4-hmac-exp", "rc4-hmac-old", "rc4-hmac-old-exp", "des-cbc-crc",
        "des-cbc-md4", "des-cbc-md5"]  # fmt: skip
"""Encryption types whose key is the bare hash of a password: guessed by the billion a second."""

_OFFERED_WEAK = r"^(rc4|des|null)"
"""Encryption types in a list of offers that are weak, or no type at all."""

_given = pl.col("success").fill_null(False)
_domain_knows_better = ~pl.col("presented_cipher").is_in(WEAK).fill_null(False)
"""The ticket that was shown is under a strong key, or the source does not tell."""
_weak_ticket = pl.col("cipher").is_in(WEAK).fill_null(False) & _domain_knows_better
_ciphers = pl.col("ciphers").list
_weak_only = (_ciphers.len() > 0) & _ciphers.eval(
    ~pl.element().str.contains(_OFFERED_WEAK)
).list.any().not_()
_narrow = (_ciphers.len() == 1) | _ciphers.contains("null")
"""One type alone, or gaps where the strong ones belong: no system offers that by itself."""
_SEEN: tuple[Measure, ...] = (
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
    Max("orig_in", "orig_in"),
    Max("orig_role_of_asset", "orig_asset_role"),
    Max("kdc_port", "resp_p"),
)

SERVICE_TICKETS = Window(
    "service_tickets_1h",
    "kerberos",
    ("orig_h", "resp_h"),
    (
        Distinct("services", "service"),
        Distinct("weak_services", "service", _weak_ticket),
        Distinct("asked_weak_services", "service", _weak_ticket & _weak_only.fill_null(False)),
        Max("strong_shown", pl.col("presented_cipher").str.starts_with("aes")),
        Values("weak_services_sample", "service", _weak_ticket, k=8),
        Values("clients", "client", k=3),
        Min("first_weak_ns", pl.when(_weak_ticket).then("ts_ns")),
        Max("last_weak_ns", pl.when(_weak_ticket).then("ts_ns")),
        *_SEEN,
    ),
    "1h",
    (pl.col("request_type") == "TGS")
    & _given
    & ~pl.col("service").str.contains(r"(?i)^krbtgt/").fill_null(True),
    worth=(pl.col("weak_services") >= 1) | (pl.col("services") >= 10),
)
"""Tickets for services that one host was given."""

STRONG_TICKETS = Window(
    "strong_tickets_1h",
    "kerberos",
    ("resp_h",),
    (Count("strong_tickets"), Max("last_strong_ns", "ts_ns")),
    "1h",
    only=_given & pl.col("cipher").str.starts_with("aes").fill_null(False),
)
"""Tickets under strong keys that one domain controller gave, to whomever."""

_modern = pl.col("cipher").str.starts_with("aes").fill_null(False)

LOGIN_TICKETS = Window(
    "login_tickets_1h",
    "kerberos",
    ("orig_h", "resp_h", "client"),
    (
        Count("unproven_tickets", pl.col("preauth").not_()),
        Count("weak_only_tickets", pl.col("preauth") & _weak_only & _modern),
        Count("narrow_tickets", pl.col("preauth") & _weak_only & _modern & _narrow),
        Count("tickets"),
        Max("reply_cipher", "reply_cipher"),
        Max("ticket_cipher", "cipher"),
        Max("offered_weak_only", _weak_only),
        Max("realm", "realm"),
        *_SEEN,
    ),
    "1h",
    (pl.col("request_type") == "AS")
    & _given
    & pl.col("client").is_not_null()
    & pl.col("preauth").is_not_null(),
    worth=(pl.col("unproven_tickets") > 0) | (pl.col("weak_only_tickets") > 0),
)
"""Ticket-granting tickets that were given without proof, or to who offered weak types only."""
