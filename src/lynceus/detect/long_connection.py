"""A conversation that does not end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    bytes_text,
    duration_text,
    network_text,
    plural,
    port_text,
    saturating,
    severity,
)
from lynceus.features.contact import NAMED, NAMES_OF_PAIR
from lynceus.features.session import LONG_CONVERSATIONS, VOUCHED_BY_ITSELF
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

KNOWN_KINDS = ("saas", "cdn", "cloud", "resolver")
PUSH_PORTS = (1883, 3478, 5222, 5223, 5228, 5229, 5230, 8883)
"""Ports of push and call services, whose connections are long by design."""

VPN_PORTS = (500, 1194, 4500, 51820)
"""Ports of VPNs, whose connections are long by design; but to where?"""

NO_VPN = ("http", "tls", "ssh")
"""Content that does not belong on the port of a VPN."""

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h", "resp_h"]


@dataclass(frozen=True)
class LongConnection:
    """One conversation with the outside stays open for a long time.

    Detects: conversations of an inside host with an outside host of at least 25 minutes in a day
    (the value Slips uses); the parts of one that was cut at the active timeout are added up by
    five-tuple, and where they are beats with pauses longer than the idle timeout, the pauses
    count. The longest of a pair is told, with their number and whether it was still open.
    Also a host that sends to one address inside for so long, at a rate, without ever being
    answered.

    Why: remote shells, tunnels and interactive control keep one connection open, sometimes to
    avoid the many connections of a beacon.

    Blind spots: implants that reconnect before the threshold (see `beacon`); tunnels inside a
    long connection to a well-known service; conversations that change their ports.

    False positives: push services, calls, VPNs, web sockets and streams are long by nature: long
    connections to known networks, popular names and the ports of push and calls are told as info,
    those on the port of a VPN as low unless other content is seen there, and so are named places
    with which several inside hosts keep long conversations. Nothing here is above low unless it
    lasts for hours with an unknown place. A certificate of its own making takes the worth from a
    name; appliances of small firms show such certificates too.

    ATT&CK: T1071 Application Layer Protocol, T1572 Protocol Tunneling, T1219 Remote Access Tools.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        LONG_CONVERSATIONS,
        VOUCHED_BY_ITSELF,
        *NAMES_OF_PAIR[len(NAMED) :],
    )
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "command-and-control"
    techniques: ClassVar[tuple[str, ...]] = ("T1071", "T1572")

    least_s: float = 1500.0
    """Least seconds of one conversation in a day."""
    hours: float = 2.0
    """So many hours with a place without a name, or on a port of no usual service, are medium:
    beyond the usual keep-alive time of TCP (RFC 1122) somebody wants it to stay."""
    named_hours: float = 6.0
    """The same for a named place on a usual port, that no list knows, with a certificate that
    somebody else vouches for."""
    beats: int = 3
    """So many short parts of one conversation make it one that pauses."""
    shared_hosts: int = 4
    """So many inside hosts that keep long conversations with one named place in a day make it a
    service of theirs: low."""
    unanswered_packets: int = 1000
    """Packets to one inside address, never answered, that make a one-sided conversation odd."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """The longest conversation of each pair."""
        conversations, vouched, *names = tables
        outward = pl.col("orig_in") != pl.col("resp_in")
        one_sided = (pl.col("resp_packets") == 0) & (
            pl.col("orig_packets") >= self.unanswered_packets
        )
        # Beats with long pauses between are one conversation, if it was opened once.
        paused = (pl.col("going_on") >= self.beats) & (pl.col("openings") <= 1)
        span_ns = pl.col("last_seen_ns") - pl.col("first_seen_ns")
        conversations = conversations.with_columns(
            connected_ns=pl.when(paused).then(span_ns).otherwise("connected_ns")
        )
        long = conversations.filter(
            (pl.col("connected_ns") >= self.least_s * 1e9) & (outward | one_sided)
        ).with_columns(one_sided=one_sided.fill_null(False))
        pairs = (
            long.sort("connected_ns", "orig_p", "resp_p", "proto", descending=True)
            .group_by(*_KEYS, maintain_order=True)
            .agg(
                pl.len().cast(pl.Int64).alias("long_conversations"),
                (pl.col("connected_ns").first() / 1e9).alias("longest_s"),
                pl.col("parts", "resp_p", "proto", "service", "one_sided").first(),
                pl.col("orig_bytes", "resp_bytes", "orig_packets", "resp_packets").first(),
                pl.col("orig_in", "resp_in", "resp_network", "resp_network_kind").first(),
                pl.col("orig_network_kind", "orig_p", "closed").first(),
                (~pl.col("closed")).sum().cast(pl.Int64).alias("open_conversations"),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
            )
        )
        named = (
            pl.concat(names)
            .group_by(_KEYS)
            .agg(
                pl.col("popular").max(),
                pl.col("known_service").max(),
                pl.col("names").explode(empty_as_null=False).min().alias("name"),
            )
        )
        return self._said(
            pairs.join(named, on=_KEYS, how="left", nulls_equal=True).join(
                vouched, on=_KEYS, how="left", nulls_equal=True
            )
        )

    def _said(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        known = (
            pl.col("resp_network_kind").is_in(KNOWN_KINDS).fill_null(False)
            | pl.col("popular").fill_null(False)
            | pl.col("known_service").is_not_null()
            | pl.col("resp_p").is_in(PUSH_PORTS)
            | (~pl.col("orig_in") & pl.col("orig_network_kind").is_in(KNOWN_KINDS)).fill_null(False)
        )
        inbound = ~pl.col("orig_in") & pl.col("resp_in")
        usual = pl.col("resp_p").is_in([22, 80, 443])
        hours = pl.col("longest_s") / 3600
        named = pl.col("name").is_not_null() & pl.col("self_signed").is_null()
        users = pl.col("orig_h").n_unique().over("window_start_ns", "site", "name")
        service = usual & named & pl.col("orig_in") & (users >= self.shared_hosts)
        tunnel = pl.col("resp_p").is_in(VPN_PORTS) & ~pl.col("service").is_in(NO_VPN).fill_null(
            False
        )
        level = severity(
            (known, "info"),
            (inbound & usual, "info"),
            (tunnel | service, "low"),
            (
                ~pl.col("one_sided")
                & pl.col("orig_in")
                & (hours >= pl.when(usual & named).then(self.named_hours).otherwise(self.hours)),
                "medium",
            ),
            otherwise="low",
        )
        place = pl.format("{}{}", "resp_h", network_text())
        place = (
            pl.when(pl.col("name").is_null())
            .then(place)
            .otherwise(pl.format("{} ({})", "name", "resp_h"))
        )
        still_open = (
            pl.when(pl.col("closed").fill_null(True))
            .then(pl.lit(""))
            .otherwise(clause("and was still open when it was last seen"))
        )
        more = (
            pl.when(pl.col("long_conversations") > 1)
            .then(sentence(", the longest of {long_conversations}"))
            .otherwise(pl.lit(""))
        )
        carried = (
            pl.when("one_sided")
            .then(
                sentence(
                    "{orig_packets} were sent and none came back",
                    orig_packets=plural("orig_packets", "packet"),
                )
            )
            .when(pl.col("orig_bytes").is_null() | pl.col("resp_bytes").is_null())
            .then(sentence("its volume is not known"))
            .otherwise(
                sentence(
                    "it sent {orig_bytes} and got {resp_bytes}",
                    orig_bytes=bytes_text("orig_bytes"),
                    resp_bytes=bytes_text("resp_bytes"),
                )
            )
        )
        return pairs.select(
            *_KEYS,
            *("resp_p", "proto", "service", "first_seen_ns", "last_seen_ns", "longest_s", "parts"),
            *("long_conversations", "one_sided", "orig_packets", "resp_packets", "name"),
            "open_conversations",
            *("known_service", "resp_network", "self_signed"),
            sent_bytes="orig_bytes",
            received_bytes="resp_bytes",
            orig_role=pl.lit("unknown"),
            resp_role=pl.when(known).then(pl.lit("service")).otherwise(pl.lit("unknown")),
            severity=level,
            score=saturating("longest_s", 4 * self.least_s)
            * pl.when(known).then(0.3).otherwise(1.0),
            confidence=pl.when(known).then(0.2).otherwise(0.4),
            because=sentence(
                "{orig_h} kept a conversation with {place} on {port} open for "
                "{longest_s}{still_open}{of_several}; {carried}.{certificate}",
                place=place,
                port=port_text(),
                longest_s=duration_text("longest_s"),
                still_open=still_open,
                of_several=more,
                carried=carried,
                certificate=pl.when(pl.col("self_signed") > 0)
                .then(clause("The certificate was of its own making."))
                .otherwise(pl.lit("")),
            ),
        )
