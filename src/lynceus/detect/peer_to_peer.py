"""File sharing and other traffic from peer to peer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, percent_text, plural, saturating, severity, share
from lynceus.features.spoken import PEER_SERVICES, PEERS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class PeerToPeer:
    """An inside host exchanges data with very many outside hosts as their equal.

    Detects: per inside host in an hour: conversations whose content is BitTorrent, eDonkey or a
    like protocol; and, where content tells nothing, many outside hosts met from high port to high
    port, on nearly as many different ports, a good part of them silent.

    Why: file sharing brings unlicensed and infected files, uses up the link, and some botnets
    (Sality, ZeroAccess, Mozi) are steered from peer to peer.

    Blind spots: peers behind a VPN; few peers; protocols in TLS on port 443.

    False positives: calls and games from peer to peer, blockchain nodes, distribution of updates
    among hosts. All of it is low; what it is good for is a question to the owner.

    ATT&CK: T1071 Application Layer Protocol.
    """

    reads: ClassVar[tuple[Table, ...]] = (PEERS,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071",)

    told_peers: int = 5
    """So many peers that speak a known protocol of sharing are no accident."""
    peers: int = 100
    """So many outside hosts in an hour, where content tells nothing."""
    ports_share: float = 0.5
    """Different ports a peer: services have one port, peers each their own."""
    udp_share: float = 0.5
    """Least share of datagrams: searching for peers is done by them."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One finding a host and hour."""
        (hosts,) = tables
        told = pl.col("told_peers") >= self.told_peers
        shaped = (
            (pl.col("peers") >= self.peers)
            & (share("peer_ports", "peers") >= self.ports_share)
            & (share("udp_connections", "connections") >= self.udp_share)
            & (pl.col("silent_peers") < pl.col("peers"))
        )
        word = pl.col("peer_service").replace_strict(
            list(PEER_SERVICES), list(PEER_SERVICES.values()), default=None
        )
        carried = pl.sum_horizontal("orig_bytes", "resp_bytes")
        return (
            hosts.with_columns(told=told, carried_bytes=carried)
            .filter(pl.col("told") | shaped)
            .select(
                *("window_start_ns", "window_end_ns", "site", "orig_h"),
                *("first_seen_ns", "last_seen_ns", "peers", "peer_ports", "silent_peers"),
                *("told_peers", "connections", "carried_bytes", "peers_sample"),
                service=pl.when("told").then("peer_service"),
                orig_role=pl.lit("user"),
                resp_role=pl.lit("unknown"),
                severity=severity(otherwise="low"),
                score=saturating("peers", 100.0) * 0.5,
                confidence=pl.when("told").then(0.8).otherwise(0.35),
                because=pl.when("told")
                .then(
                    sentence(
                        "{orig_h} spoke {word} with {told_peers} outside and exchanged "
                        "{carried_bytes}.",
                        word=word.fill_null(sentence("a protocol of file sharing")),
                        told_peers=plural("told_peers", "host"),
                        carried_bytes=bytes_text(pl.col("carried_bytes").fill_null(0)),
                    )
                )
                .otherwise(
                    sentence(
                        "{orig_h} met {peers} outside on {peer_ports} from high port to high "
                        "port, {silent_peers_share} of them silent: that is how peers find each "
                        "other.",
                        peers=plural("peers", "host"),
                        peer_ports=plural("peer_ports", "different port"),
                        silent_peers_share=percent_text(share("silent_peers", "peers")),
                    )
                ),
            )
        )
