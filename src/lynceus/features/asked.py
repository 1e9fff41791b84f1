"""Windows over which public domains a host asks for: how they look, and those of special places."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.name import LOCAL_SUFFIXES
from lynceus.features.vouched import SERVICE_ASKED
from lynceus.features.window import Active, Count, Distinct, Max, Min, Values, Window

_public = (
    pl.col("query").str.contains(".", literal=True)
    & ~pl.col("query").str.contains(LOCAL_SUFFIXES)
    & pl.col("domain").is_not_null()
)
_unknown = pl.col("rcode") == "NXDOMAIN"

MADE_SHARE = 0.99
"""A name that looks more made than this share of ordinary ones looks made by an algorithm."""

_made = pl.col("domain_generated") >= MADE_SHARE

DOMAINS_ASKED = Window(
    "domains_asked_1h",
    "dns",
    ("orig_h",),
    (
        Count("queries"),
        Distinct("domains", "domain"),
        Distinct("unknown_domains", "domain", _unknown),
        Distinct("made_domains", "domain", _made),
        Distinct("made_unknown", "domain", _made & _unknown),
        Values("made_sample", "domain", _made, k=8),
        Values("made_answered", "domain", _made & (pl.col("answers").list.len() > 0), k=5),
        Values("unknown_sample", "domain", _unknown, k=8),
        Values("resolvers", "resp_h", k=4),
        Max("resolver", "resp_h"),
        Max("resolver_port", "resp_p"),
        Max("orig_in", "orig_in"),
        Active("active_hours", "1h"),
        *BEHIND,
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    (_public & ~pl.col("domain_popular").fill_null(False) & SERVICE_ASKED.is_null()).fill_null(
        False
    ),
    worth=(pl.col("unknown_domains") >= 5) | (pl.col("made_domains") >= 5),
).widened("1d")
"""Registered domains without fame that one host asked for, and how they look."""

MINERS = (
    r"(^|\.)((xmr|monero|eth|etc|rvn|kas|zeph|rx|randomx|btc|ltc|zec|erg|pool|stratum|mine|miner|mining)"
    r"[-.]?([a-z0-9-]+\.)*)?"
    r"(nanopool\.org|supportxmr\.com|minexmr\.com|moneroocean\.stream|hashvault\.pro|2miners\.com"
    r"|nicehash\.com|f2pool\.com|ethermine\.org|flypool\.org|sparkpool\.com|antpool\.com|viabtc\.com"
    r"|poolin\.com|slushpool\.com|braiins\.com|herominers\.com|unmineable\.com|xmrpool\.eu"
    r"|c3pool\.(com|org)|minergate\.com|dwarfpool\.com|crypto-pool\.fr|monerohash\.com"
    r"|xmr\.pt|ravenminer\.com|zpool\.ca|prohashing\.com|miningpoolhub\.com|hiveon\.(net|com)"
    r"|woolypooly\.com|k1pool\.com|kryptex\.network|moneropool\.com|gulf\.moneroocean\.stream"
    r"|coinhive\.com|coin-hive\.com|authedmine\.com|crypto-loot\.com|webminepool\.com)$"
    r"|(^|\.)(stratum|xmrpool|moneropool|xmrig)[.-]"
)
"""Names of pools in which coins are mined, as they publish them."""

ONION = r"\.onion$|\.onion\.(to|cab|city|direct|link|lu|nu|pet|sh|ws|ly|top|foundation|casa)$"
"""Names inside the Tor network, and of gateways to it."""


def _names_like(name: str, pattern: str) -> tuple[Window, ...]:
    """Look-ups and calls of names of one kind, by host."""
    return tuple(
        Window(
            f"{name}_{table}_1d",
            table,
            ("orig_h", "domain"),
            (
                Count("requests"),
                Count("unanswered_requests", unanswered),
                Values("names", column, k=3),
                Max("resolver", "resp_h"),
                *BEHIND,
                Min("first_seen_ns", "ts_ns"),
                Max("last_seen_ns", "ts_ns"),
            ),
            "1d",
            pl.col("orig_in").fill_null(True),
            only=pl.col(column).str.contains(pattern).fill_null(False),
        )
        for table, column, unanswered in (
            ("dns", "query", pl.col("answers").list.len().fill_null(0) == 0),
            ("tls", "server_name", pl.lit(False)),
            ("http", "host", pl.lit(False)),
        )
    )


HIDING_NAMES = _names_like("onion_names", ONION)
"""Names that lead into the Tor network."""

POOL_NAMES = _names_like("pool_names", MINERS)
"""Names of mining pools."""
