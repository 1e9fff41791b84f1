"""ARP used to lie in the local network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, saturating, severity
from lynceus.features.link import ARP_CLAIMS, ARP_ODDITIES, ARP_SPEAKERS
from lynceus.features.window import Table
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity


@dataclass(frozen=True)
class ArpSpoofing:
    """Somebody claims addresses that are not its own, by ARP.

    Detects: messages that no ordinary stack sends (a sender hardware address unlike the source of
    its frame, a reply pushed to everybody about somebody, a private host asking for a public
    address on its own link); one address claimed by several hardware addresses within five
    minutes; and one hardware address that answers for several addresses.

    Why: who answers for another's address receives his traffic and can read and change it: ARP
    has no proof of anything.

    Blind spots: what does not reach the sensor: unicast ARP on other switch ports, other VLANs; a
    poisoner that sends well-formed replies while the true owner is silent.

    False positives: failover pairs that share an address (VRRP, HSRP and GLBP are told by their
    hardware addresses), access points and hosts that bridge virtual machines, an address newly
    leased.

    ATT&CK: T1557.002 ARP Cache Poisoning.
    """

    reads: ClassVar[tuple[Table, ...]] = (ARP_ODDITIES, ARP_CLAIMS, ARP_SPEAKERS)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1557.002",)

    odd_messages: int = 2
    """Odd messages, of one or several kinds, from which on it is medium."""
    spoken_for: int = 8
    """One hardware address that speaks for more network addresses than this is a router."""
    reply_share: float = 0.8
    """Share of replies among the claims from which on somebody insists; below it a bridge or a
    virtual machine behind another card is as likely, and it is low."""
    claims: int = 4
    """Least claims of an address in five minutes before two claimants count as a conflict."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Odd messages, conflicts, then cards that answer for several addresses."""
        odd, claims, speakers = tables
        return pl.concat(
            [self._odd(odd), self._conflicts(claims), self._speakers(speakers)],
            how="diagonal_relaxed",
        )

    def _odd(self, odd: pl.LazyFrame) -> pl.LazyFrame:
        signs = pl.sum_horizontal(
            pl.col(c) for c in ("forged_sender", "pushed_replies", "foreign_targets")
        )
        poisoning = (pl.col("forged_sender") > 0) | (pl.col("pushed_replies") > 0)
        several = signs >= self.odd_messages

        def part(count: str, words: pl.Expr) -> pl.Expr:
            return pl.when(pl.col(count) > 0).then(words)

        parts = pl.concat_str(
            part(
                "forged_sender",
                sentence("{forged_sender} with a sender hardware address unlike that of the frame"),
            ),
            part("pushed_replies", sentence("{pushed_replies} pushed to everybody unasked")),
            part(
                "foreign_targets",
                sentence("{foreign_targets} about an address that is not of this network"),
            ),
            separator=", ",
            ignore_nulls=True,
        )
        return odd.with_columns(
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity((several & poisoning, "medium"), otherwise="low"),
            score=saturating(signs, self.odd_messages),
            confidence=pl.when(poisoning).then(0.75).otherwise(0.5),
            because=sentence(
                "{orig_h} ({src_macs}) sent {messages} that no ordinary host sends: {parts}.",
                src_macs=pl.col("src_macs").list.join(", "),
                messages=plural("messages", "ARP message"),
                parts=parts,
            ),
        )

    def _speakers(self, speakers: pl.LazyFrame) -> pl.LazyFrame:
        """One card that answers for several addresses: an alias, a proxy, or a poisoner."""
        several = (pl.col("addresses") >= 2) & (pl.col("addresses") <= self.spoken_for)
        return (
            speakers.filter(several & (pl.col("replies") > 0))
            .rename({"orig_mac": "orig_h"})
            .with_columns(
                orig_role=pl.lit("attacker"),
                severity=pl.lit("low"),
                score=saturating("replies", 5.0),
                confidence=pl.lit(0.4),
                because=sentence(
                    "{orig_h} claimed {addresses} by ARP ({addresses_sample}) and answered "
                    "{replies}: aliases of one host, a proxy, or a host that takes the place "
                    "of another.",
                    addresses=plural("addresses", "address", "addresses"),
                    addresses_sample=pl.col("addresses_sample").list.join(", "),
                    replies=plural("replies", "time"),
                ),
            )
            .drop("told")
        )

    def _conflicts(self, claims: pl.LazyFrame) -> pl.LazyFrame:
        return claims.filter(
            (pl.col("macs") >= 2) & (pl.col("claims") >= self.claims) & (pl.col("replies") > 0)
        ).select(
            pl.exclude("orig_h", "macs", "macs_sample"),
            hardware_addresses="macs",
            hardware_addresses_sample="macs_sample",
            resp_h="orig_h",
            resp_role=pl.lit("victim"),
            severity=severity(
                (pl.col("replies") >= self.reply_share * pl.col("claims"), "medium"),
                otherwise="low",
            ),
            score=saturating("claims", 10 * self.claims),
            confidence=pl.lit(0.6),
            because=sentence(
                "{orig_h} was claimed by {macs} hardware addresses ({macs_sample}) in "
                "{claims}: one of them lies, or an address was passed on.",
                macs_sample=pl.col("macs_sample").list.join(", "),
                claims=plural("claims", "ARP message"),
            ),
        )
