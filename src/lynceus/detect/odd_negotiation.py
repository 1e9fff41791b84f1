"""A TLS handshake that does not fit the host that made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    network_text,
    plural,
    port_text,
    saturating,
    severity,
    share,
)
from lynceus.features.negotiation import (
    JA4_OF_HOST,
    NOT_WEB_PORTS,
    ODD_ALPN,
    SOUND,
    VERSIONS,
    VERSIONS_OF_PAIR,
)
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_HOST = [*WINDOW_KEYS, "orig_h"]
_COLUMNS = (
    *_HOST, "resp_h", "resp_p", "first_seen_ns", "last_seen_ns", "flow_uids", "flows_total",
    "rule", "severity", "score", "confidence", "handshakes", "because",
)  # fmt: skip


@dataclass(frozen=True)
class OddNegotiation:
    """A host negotiates TLS in a way that is not its own, or not that of the service.

    Detects: in a day, a client and a server that spoke TLS 1.2 or later with each other and also
    an older version; TLS to the outside that offers an application protocol (ALPN) nobody has
    registered, one of the web on a port of mail, directory, file transfer or telephony, or a
    server that chose one it was not offered; and in a week, after a day of learning, a TLS client
    (JA4) that is new on a busy host and goes to one or two unknown places alone.

    Why: somebody in the middle, or a fallback that he forces, makes two sides speak an older
    version than they can; implants bring TLS clients and protocols of their own.

    Blind spots: whoever negotiates like a browser; TLS 1.3 hides what was chosen; without
    fingerprints (plain Zeek logs) only versions are compared; servers that never spoke a sound
    version with this client.

    False positives: several programs on one host of which one is old; a server updated in the
    course of the day; products with protocol names of their own. So it is low, and medium only
    where the client offered a sound version and an old one was chosen.

    ATT&CK: T1573 Encrypted Channel, T1562.010 Downgrade Attack, T1557 Adversary-in-the-Middle.
    """

    reads: ClassVar[tuple[Table, ...]] = (VERSIONS_OF_PAIR, ODD_ALPN, JA4_OF_HOST[-1])
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1573",)

    learning_s: float = 86_400.0
    """Seconds from the first handshake of a host in the week in which every client is new."""
    learned_handshakes: int = 100
    """Handshakes a host must have made before a client is new on it: few do not show its habits."""
    most_clients: int = 40
    """A host with more fingerprints than this in a week stands for many (a gateway)."""
    new_handshakes: int = 5
    """So often at least a new client has to speak: once is a visit."""
    places: int = 2
    """Most places a new client goes to: one that people use goes to many."""
    known_share: float = 0.2
    """Most share of its handshakes with well-known names and networks."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Lowered versions, then odd protocols, then new clients."""
        versions, protocols, clients = tables
        return pl.concat(
            [self._lowered(versions), self._odd(protocols), self._new(clients)],
            how="diagonal_relaxed",
        ).with_columns(
            service=pl.lit("tls"), orig_role=pl.lit("unknown"), resp_role=pl.lit("unknown")
        )

    def _lowered(self, versions: pl.LazyFrame) -> pl.LazyFrame:
        lowered = pl.col("lowered_handshakes") > 0
        both = versions.filter(
            (pl.col("old_handshakes") > 0) & (pl.col("best_rank") >= SOUND)
        ).with_columns(best_version=_named("best_rank"), worst_version=_named("worst_rank"))
        return both.with_columns(
            rule=pl.lit("version"),
            tactic=pl.lit("defense-evasion"),
            techniques=pl.lit(["T1562.010", "T1557"]),
            severity=severity((lowered, "medium"), otherwise="low"),
            score=0.3 + 0.3 * saturating("old_handshakes", 5.0),
            confidence=pl.when(lowered).then(0.5).otherwise(0.25),
            because=sentence(
                "{orig_h} and {resp_h} spoke {worst_version} in {old_handshakes} of {handshakes} "
                "on {port} although both can {best_version}{lowered}.",
                handshakes=plural("handshakes", "TLS handshake"),
                port=port_text(),
                lowered=pl.when(lowered)
                .then(
                    sentence(
                        "; in {handshakes} the client offered a sound version and an old one was "
                        "chosen",
                        handshakes=pl.when(pl.col("lowered_handshakes") == pl.col("old_handshakes"))
                        .then(sentence("all of these"))
                        .otherwise(pl.col("lowered_handshakes").cast(pl.String)),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        ).select(
            *(*_COLUMNS, "tactic", "techniques", "old_handshakes", "lowered_handshakes"),
            *("best_version", "worst_version", "server_name"),
        )

    def _odd(self, protocols: pl.LazyFrame) -> pl.LazyFrame:
        unknown = (
            ~pl.col("popular").fill_null(False)
            & pl.col("known_service").is_null()
            & ~pl.col("resp_network_kind").is_in(["saas", "cdn"]).fill_null(False)
        )
        carries = pl.col("resp_p").replace_strict(
            list(NOT_WEB_PORTS), list(NOT_WEB_PORTS.values()), default="", return_dtype=pl.String
        )
        why = (
            pl.when(pl.col("unasked_alpn") > 0)
            .then(sentence("the server chose {alpn}, which it was not offered"))
            .when(pl.col("web_elsewhere") > 0)
            .then(sentence("{alpn} of the web where {carries} is at home", carries=carries))
            .otherwise(sentence("the client offered {strange}, which nobody has registered"))
        )
        return (
            protocols.filter(unknown)
            .with_columns(
                rule=pl.lit("protocol"),
                severity=pl.lit("low"),
                score=0.2 + 0.3 * saturating("handshakes", 20.0),
                confidence=pl.lit(0.3),
                because=sentence(
                    "{orig_h} with {resp_h}{network} on {port}: {why}, in {handshakes}.",
                    network=network_text(),
                    port=port_text(),
                    why=why,
                    handshakes=plural("handshakes", "TLS handshake"),
                ),
            )
            .select(
                *(*_COLUMNS, "strange_alpn", "web_elsewhere", "unasked_alpn", "alpn", "strange"),
                *("server_name", "resp_network"),
            )
        )

    def _new(self, clients: pl.LazyFrame) -> pl.LazyFrame:
        host = clients.group_by(_HOST).agg(
            host_first_ns=pl.col("first_seen_ns").min(),
            host_handshakes=pl.col("handshakes").sum(),
            host_clients=pl.len().cast(pl.Int64),
        )
        since_s = (pl.col("first_seen_ns") - pl.col("host_first_ns")) / 1e9
        one = pl.col("places") == 1
        return (
            clients.join(host, on=_HOST, how="inner", nulls_equal=True)
            .filter(
                (since_s >= self.learning_s)
                & (pl.col("host_handshakes") - pl.col("handshakes") >= self.learned_handshakes)
                & (pl.col("host_clients") <= self.most_clients)
                & (pl.col("handshakes") >= self.new_handshakes)
                & (pl.col("places") <= self.places)
                & (share("to_known", "handshakes") <= self.known_share)
            )
            .with_columns(
                rule=pl.concat_str(pl.lit("client "), "ja4"),
                severity=pl.lit("low"),
                score=0.2 + 0.4 * saturating("handshakes", 40.0),
                confidence=pl.lit(0.35),
                resp_h=pl.when(one).then("resp_h"),
                because=sentence(
                    "{orig_h} has a new TLS client with JA4 {ja4} after {before} with {others}: it "
                    "spoke {handshakes} with {places}{names}.",
                    before=plural(pl.col("host_handshakes") - pl.col("handshakes"), "handshake"),
                    others=plural(pl.col("host_clients") - 1, "other"),
                    handshakes=plural("handshakes", "time"),
                    places=pl.when(one).then("resp_h").otherwise(plural("places", "place")),
                    names=pl.when(pl.col("names_sample").list.len() > 0)
                    .then(
                        pl.format(
                            " ({})", pl.col("names_sample").list.join(", ", ignore_nulls=True)
                        )
                    )
                    .otherwise(clause("without a name")),
                ),
            )
            .select(
                *(*_COLUMNS, "ja4", "places", "host_handshakes", "host_clients", "names_sample")
            )
        )


def _named(rank: str) -> pl.Expr:
    return pl.col(rank).replace_strict(
        range(len(VERSIONS)), list(VERSIONS), default=None, return_dtype=pl.String
    )
