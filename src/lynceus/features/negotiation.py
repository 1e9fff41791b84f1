"""Windows over what TLS clients and servers agreed on: versions, application protocols, clients."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.contact import OUTWARD
from lynceus.features.vouched import POPULAR_MET, SERVICE_MET
from lynceus.features.window import Constant, Count, Distinct, Max, Measure, Min, Values, Window

VERSIONS = ("SSL2", "SSL3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")
"""Versions of TLS over TCP, the oldest first; a rank is the place in this list."""

SOUND = VERSIONS.index("TLS1.2")
"""Rank of the oldest version that is not deprecated."""

_OFFERS = {"s2": 0, "s3": 1, "10": 2, "11": 3, "12": 4, "13": 5}
"""Ranks by the version in a JA4, the highest that the client offered."""

_rank = pl.col("version").replace_strict(
    list(VERSIONS), range(len(VERSIONS)), default=None, return_dtype=pl.Int64
)
_offered = (
    pl.col("ja4")
    .str.slice(1, 2)
    .replace_strict(list(_OFFERS), list(_OFFERS.values()), default=None, return_dtype=pl.Int64)
)
_answered = (
    pl.col("cipher").is_not_null() & (pl.col("proto") == "tcp") & pl.col("version").is_in(VERSIONS)
).fill_null(False)

_SEEN: tuple[Measure, ...] = (
    *BEHIND,
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
)

VERSIONS_OF_PAIR = Window(
    "versions_of_pair_1d",
    "tls",
    ("orig_h", "resp_h", "resp_p"),
    (
        Count("handshakes"),
        Count("old_handshakes", _rank < SOUND),
        Count("lowered_handshakes", (_rank < SOUND) & (_offered >= SOUND)),
        Max("best_rank", "rank"),
        Min("worst_rank", "rank"),
        Max("server_name", "server_name"),
        *_SEEN,
    ),
    "1d",
    derive={"rank": _rank},
    only=_answered,
    worth=(pl.col("old_handshakes") > 0) & (pl.col("best_rank") >= SOUND),
)
"""Servers that spoke a deprecated version with a client, and a sound one with the same client."""

KNOWN_ALPN = (
    r"^(http/\d\.\d|spdy/[\d.]+|h[23](-.*)?|h2c|hq(-.*)?|stun\.(turn|nat-discovery)|(c-)?webrtc"
    r"|ftp|imap|pop3|managesieve|coap|co|xmpp-(client|server)|acme-tls/1|mqtt|dot|do[qh](-.*)?"
    r"|ntske/1|sunrpc|smb|irc|nntp|nnsp|sip/2|tds/8\.0|dicom|postgresql|radius/1\.[01]|netperfmeter.*"
    r"|apns-.*|grpc-exp|x-amzn-(mqtt|http)-ca|istio.*)$"
)
"""Application protocols as registered, and those of large makers under names of their own."""

WEB_ALPN = r"^(http/\d\.\d|h2|h3)$"
"""Those of the web."""

NOT_WEB_PORTS = {465: "mail", 587: "mail", 636: "directory", 989: "file transfer",
                 990: "file transfer", 993: "mail", 995: "mail", 5061: "telephony"}  # fmt: skip
"""Ports of services inside TLS that are not the web, and what they carry."""

# What a client sends to keep servers tolerant (GREASE) is two equal bytes, no text.
_text = pl.element().str.contains(r"^[\x21-\x7e]{2,}$") & ~pl.element().str.starts_with("\\x")
_strange = pl.col("alpn_offered").list.eval(
    pl.element().filter((_text & ~pl.element().str.contains(KNOWN_ALPN)).fill_null(False))
)
_web_elsewhere = pl.col("resp_p").is_in(list(NOT_WEB_PORTS)) & pl.col("alpn").str.contains(WEB_ALPN)
_unasked = (
    pl.col("alpn").is_not_null()
    & pl.col("alpn_offered").is_not_null()
    & ~pl.col("alpn_offered").list.contains(pl.col("alpn"))
)

ODD_ALPN = Window(
    "odd_alpn_1d",
    "tls",
    ("orig_h", "resp_h", "resp_p"),
    (
        Count("handshakes"),
        Count("strange_alpn", pl.col("strange").is_not_null()),
        Count("web_elsewhere", _web_elsewhere),
        Count("unasked_alpn", _unasked),
        Min("strange", "strange"),
        Max("alpn", "alpn"),
        Max("server_name", "server_name"),
        Max("popular", POPULAR_MET),
        Max("known_service", SERVICE_MET),
        Constant("resp_network", "resp_network"),
        Constant("resp_network_kind", "resp_network_kind"),
        *_SEEN,
    ),
    "1d",
    (pl.col("strange").is_not_null() | _web_elsewhere | _unasked).fill_null(False),
    derive={"strange": _strange.list.first()},
    only=OUTWARD & (pl.col("alpn").is_not_null() | (pl.col("alpn_offered").list.len() > 0)),
)
"""Handshakes with the outside about an application protocol that is odd, by client and server."""

_known = pl.col("domain_popular") | pl.col("domain_known_service").is_not_null()
_vouched = _known.fill_null(False) | pl.col("resp_network_kind").is_in(["saas", "cdn", "cloud"])

JA4_OF_HOST = Window(
    "ja4_of_host_1d",
    "tls",
    ("orig_h", "ja4"),
    (
        Count("handshakes"),
        Count("to_known", _vouched),
        Distinct("places", "resp_h"),
        Max("resp_h", "resp_h"),
        Max("resp_p", "resp_p"),
        Values("names_sample", "server_name", k=5),
        *_SEEN,
    ),
    "1d",
    (OUTWARD & pl.col("ja4").is_not_null() & pl.col("ts_ns").is_not_null()).fill_null(False),
).widened("7d")
"""Fingerprints of the TLS clients of each inside host."""
