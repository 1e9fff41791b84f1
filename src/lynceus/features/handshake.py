"""Windows over TLS handshakes: the certificates that were shown and the clients that asked."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.contact import OUTWARD
from lynceus.features.vouched import OPEN_KINDS, POPULAR_MET, SERVICE_MET
from lynceus.features.window import Count, Distinct, Max, Measure, Min, Values, Window

_SEEN: tuple[Measure, ...] = (
    Max("resp_p", "resp_p"),
    *BEHIND,
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
)
_DAY_NS = 24 * 3600 * 10**9

_BEFORE_TLS_NS = 788_918_400 * 10**9
"""1995: times before it count from the begin of a capture, and no date can be held to them."""

_dated = pl.col("ts_ns") > _BEFORE_TLS_NS
_named = pl.col("subject").str.contains("=") | (pl.col("subject") == "")
"""Whether it is a name as certificates have it: logs that were masked hold none."""
_own = (pl.col("subject") == pl.col("issuer")) & _named
_expired = _dated & (pl.col("not_after_ns") < pl.col("ts_ns"))
_early = _dated & (pl.col("not_before_ns") > pl.col("ts_ns"))
_age_days = (pl.col("ts_ns") - pl.col("not_before_ns")).floordiv(_DAY_NS)

_names = pl.col("san_dns").list.eval(pl.element().str.to_lowercase())
_parent = pl.format("*.{}", pl.col("server_name").str.replace(r"^[^.]*\.", ""))
_common = pl.col("subject").str.extract(r"(?i)\bCN=((?:\\.|[^,\\])+)").str.to_lowercase()
_matches = (
    _names.list.contains(pl.col("server_name"))
    | _names.list.contains(_parent)
    | (_common == pl.col("server_name"))
    | (_common == _parent)
)
# A source may not tell the other names of a certificate; the common name is one of them wherever an
# authority has signed, so that one that is no name of a host stands for none.
_nobody = ~_common.str.contains(r"\.") & (pl.col("san_dns").list.len().fill_null(0) == 0)
_elsewhere = pl.col("server_name").str.contains(r"[a-z]") & ~_matches.fill_null(False)
_mismatched = _elsewhere & ((pl.col("san_dns").list.len() > 0) | (_nobody & ~_own)).fill_null(False)
_strangers = pl.col("domain_known_service_kind").is_in(OPEN_KINDS).fill_null(False)
_impostor = (
    (_own | (_elsewhere & _nobody)) & pl.col("domain_popular") & ~_strangers & pl.col("established")
)

CERTIFICATES = Window(
    "certificates_1d",
    "tls",
    ("orig_h", "resp_h"),
    (
        Count("handshakes"),
        Count("self_signed", _own),
        Count("expired", _expired),
        Count("not_yet_valid", _early),
        Count("mismatched", _mismatched),
        Count("impostors", _impostor.fill_null(False)),
        Count("without_name", pl.col("server_name").is_null()),
        Min("age_days", _age_days),
        Max("server_name", "server_name"),
        Max("subject", "subject"),
        Max("issuer", "issuer"),
        Min("not_after_ns", "not_after_ns"),
        Max("popular", POPULAR_MET),
        Max("known_service", SERVICE_MET),
        Max("domain", "domain"),
        Max("network_kind", "resp_network_kind"),
        *_SEEN,
    ),
    "1d",
    (_own | _expired | _early | _mismatched | (_age_days < 3)).fill_null(False),
    only=(
        OUTWARD & (pl.col("not_after_ns").is_not_null() | pl.col("subject").is_not_null())
    ).fill_null(False),
)
"""Certificates from outside with something odd about them, by client and server."""

_known = pl.col("domain_popular") | pl.col("domain_known_service").is_not_null()

CLIENTS_BY_JA4 = Window(
    "clients_by_ja4_1d",
    "tls",
    ("ja4",),
    (
        Distinct("clients", "orig_h"),
        Min("orig_h", "orig_h"),
        Count("handshakes"),
        Count("to_known", _known),
        Count(
            "to_providers",
            ~_known.fill_null(False) & pl.col("resp_network_kind").is_in(["saas", "cdn", "cloud"]),
        ),
        Distinct("places", "resp_h"),
        Max("resp_h", "resp_h"),
        Values("names_sample", "server_name", k=5),
        *_SEEN,
    ),
    "1d",
    (OUTWARD & pl.col("ja4").is_not_null()).fill_null(False),
)
"""TLS clients by their JA4, and who uses them."""

TLS_CLIENTS = Window(
    "tls_clients_1d",
    "tls",
    (),
    (Distinct("tls_clients", "orig_h"),),
    "1d",
    (OUTWARD & pl.col("ja4").is_not_null()).fill_null(False),
)
"""How many inside hosts use TLS to the outside with a client that is told."""

DOH_NAMES = (
    "dns.google", "dns.google.com", "dns64.dns.google", "8888.google", "cloudflare-dns.com",
    "mozilla.cloudflare-dns.com", "chrome.cloudflare-dns.com", "one.one.one.one",
    "1dot1dot1dot1.cloudflare-dns.com", "security.cloudflare-dns.com", "family.cloudflare-dns.com",
    "dns.quad9.net", "dns9.quad9.net", "dns10.quad9.net", "dns11.quad9.net", "doh.opendns.com",
    "dns.opendns.com", "doh.familyshield.opendns.com", "dns.umbrella.com", "doh.umbrella.com",
    "dns.adguard.com", "dns.adguard-dns.com", "dns-family.adguard.com",
    "unfiltered.adguard-dns.com",
    "dns.nextdns.io", "firefox.dns.nextdns.io", "chromium.dns.nextdns.io", "doh.cleanbrowsing.org",
    "security-filter-dns.cleanbrowsing.org", "doh.xfinity.com", "dns.alidns.com", "doh.pub",
    "dot.pub", "doh.360.cn", "dns.twnic.tw", "doh.libredns.gr", "doh.applied-privacy.net",
    "dns.digitale-gesellschaft.ch", "dns.switch.ch", "ordns.he.net", "doh.mullvad.net",
    "dns.mullvad.net", "odvr.nic.cz", "freedns.controld.com", "dns.controld.com",
    "anycast.dns.nextdns.io",
    "doh.dns.sb", "dns.sb", "public.dns.iij.jp", "dns0.eu", "zero.dns0.eu", "doh.dns.apple.com",
    "doh.ffmuc.net", "dnsforge.de", "doh.tiar.app", "jp.tiar.app", "rdns.faelix.net",
)  # fmt: skip
"""Names under which public resolvers answer over HTTPS, as their operators publish them."""


def _doh(table: str) -> Window:
    return Window(
        f"doh_pairs_{table}_1h",
        table,
        ("orig_h", "resp_h"),
        (
            Count("handshakes"),
            Max("server_name", "server_name"),
            Max("domain", "domain"),
            *_SEEN,
        ),
        "1h",
        (
            OUTWARD
            & (
                pl.col("server_name").is_in(list(DOH_NAMES))
                | ((pl.col("resp_network_kind") == "resolver") & pl.col("resp_p").is_in([443, 853]))
            ).fill_null(False)
        ).fill_null(False),
    )


DOH_PAIRS = (_doh("tls"), _doh("quic"))
"""Encrypted look-ups at public resolvers, by asker and resolver."""
