"""How far findings can be trusted where traffic was missed or sampled, by what each rests on.

A list entry that was met was met, whatever else was lost; a rhythm is not one when half of its
beats are missing. Each detector rests on something (`RESTS_ON`), and each of these bears loss and
sampling in its own way (`BEARS`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from lynceus.account import Account
from lynceus.language import say

Ground = Literal["sight", "count", "silence", "volume", "rhythm", "absence"]


@dataclass(frozen=True)
class Bears:
    """What is taken from the confidence; both are shares of it, 0 to 1."""

    missed: float
    """Where all traffic was missed; of what was missed in part, that part."""
    sampled: float
    """Where all flows come from sampled packets."""


@dataclass(frozen=True)
class Trust:
    """Every knob of how losses lower the confidence."""

    bears: Mapping[Ground, Bears] = field(
        default_factory=lambda: {
            "sight": Bears(0.0, 0.0),
            "count": Bears(0.1, 0.1),
            "silence": Bears(0.6, 0.3),
            "volume": Bears(0.5, 0.3),
            "rhythm": Bears(0.7, 0.6),
            "absence": Bears(1.0, 0.8),
        }
    )
    """`sight`: one packet says it. `count`: more was there than was seen, never less. `silence`:
    an answer may have been missed. `volume`: sums are estimates. `rhythm`: gaps look like pauses.
    `absence`: what was missed looks as if it were not there."""
    rests_on: Mapping[str, Ground] = field(default_factory=lambda: RESTS_ON)
    """What each detector rests on; `UNKNOWN` for others."""
    least: float = 0.005
    """A smaller share that was missed is not worth a word."""


UNKNOWN: Ground = "silence"
"""What a detector of which nothing is known is taken to rest on."""

RESTS_ON: Mapping[str, Ground] = {
    **dict.fromkeys(
        ("known_bad", "clear_text_password", "dcsync", "zerologon", "sigred", "log_clearing",
         "directory_tampering", "rogue_dhcp", "rogue_dns", "external_alert", "unremarkable",
         "remote_execution", "admin_share", "rpc_credential_access", "arp_spoofing",
         "overpass_the_hash", "anonymiser", "odd_certificate", "odd_port", "odd_user_agent",
         "program_download", "sensor_silence",
         "rare_ja4", "odd_negotiation", "wrong_clock", "policy_violation"),
        "sight",
    ),
    **dict.fromkeys(
        ("arp_scan", "icmp_sweep", "dhcp_scan", "brute_force", "password_spray",
         "account_enumeration", "kerberoasting", "as_rep_roasting", "directory_discovery",
         "share_enumeration", "lateral_movement", "smb_ransomware", "dns_tunnel", "strobe",
         "login_after_failures", "vertical_scan", "horizontal_scan", "dga", "doh_tunnel",
         "icmp_tunnel", "http_tunnel", "web_attack", "web_scanner", "crypto_mining",
         "peer_to_peer", "attack_class", "encrypted_malware"),
        "count",
    ),
    **dict.fromkeys(
        ("slow_scan", "distributed_scan", "flood", "slow_dos", "amplification",
         "long_connection", "dns_failure", "refused_loop", "broken_path_mtu", "congestion"),
        "silence",
    ),
    **dict.fromkeys(
        ("exfiltration", "upload_surge", "staging", "top_talker", "microburst", "anomalous_host",
         "anomalous_pair", "anomalous_flow", "unlike_application"), "volume"
    ),
    "beacon": "rhythm",
    **dict.fromkeys(("silence", "first_seen", "new_admin_path"), "absence"),
}  # fmt: skip


NOTICED = "stretches_noticed"
"""The unit of what a sensor says of stretches of time with much loss, not of the others."""
FEWEST = 20
"""Conversations from which on their gaps tell of the whole."""


@dataclass(frozen=True)
class Losses:
    """What the input lacks of the traffic."""

    missed: float = 0.0
    """Share of the traffic that was not seen, or seen and not used, 0..1."""
    sampled: float = 0.0
    """Share of the flows that come from sampled packets, 0..1."""
    rate: int = 1
    """The usual sampling among these: one packet in so many."""

    @staticmethod
    def of(account: Account, flows: pl.DataFrame) -> Losses:
        """Those of an input that has been read."""
        gaps = _gaps(flows)
        unseen = [
            gone / (came + gone)
            for unit, (came, gone) in account.unseen.items()
            if unit != NOTICED or gaps is None
        ]
        missed = 1 - (1 - max([gaps or 0.0, *unseen])) * (1 - account.loss_share)
        if "sampling_rate" not in flows.columns or not flows.height:
            return Losses(missed)
        rates = flows.filter(pl.col("sampling_rate") > 1)["sampling_rate"]
        if rates.is_empty():
            return Losses(missed)
        return Losses(missed, len(rates) / flows.height, int(rates.median()))  # type: ignore[arg-type]


def _gaps(flows: pl.DataFrame) -> float | None:
    """Mean share of the payload of a TCP conversation that no packet showed; None if not told."""
    if not {"missed_bytes", "total_bytes", "proto"} <= set(flows.columns):
        return None
    told = flows.filter(
        pl.col("proto") == "tcp", pl.col("total_bytes") > 0, pl.col("missed_bytes").is_not_null()
    )
    if told.height < FEWEST:
        return None
    missed, seen = (pl.col(c).cast(pl.Float64) for c in ("missed_bytes", "total_bytes"))
    return float(told.select((missed / (missed + seen)).mean()).item())


def lowered(
    findings: pl.DataFrame,
    losses: Losses,
    trust: Trust | None = None,
    *,
    forgotten: Mapping[str, float] | None = None,
) -> tuple[pl.DataFrame, frozenset[str]]:
    """The findings with the confidence that is left, and the detectors that lost some.

    Sums of sampled packets say that they are estimates. `forgotten`: by detector which share of
    what it reads was forgotten for want of room; it counts as traffic that was missed.
    """
    forgotten = forgotten or {}
    trust = trust or Trust()
    missed = losses.missed if losses.missed >= trust.least else 0.0
    if findings.is_empty() or not (missed or losses.sampled or forgotten):
        return findings, frozenset()
    ground = pl.col("detector").replace_strict(
        dict(trust.rests_on), default=UNKNOWN, return_dtype=pl.String
    )
    left = {
        name: (1 - bears.missed * missed) * (1 - bears.sampled * losses.sampled)
        for name, bears in trust.bears.items()
    }
    of_room = {
        name: 1 - trust.bears[trust.rests_on.get(name, UNKNOWN)].missed * gone
        for name, gone in forgotten.items()
    }
    share = ground.replace_strict(left, return_dtype=pl.Float64) * pl.col(
        "detector"
    ).replace_strict(of_room, default=1.0, return_dtype=pl.Float64)
    estimated = (ground == "volume") & pl.lit(losses.sampled > 0)
    said = say("Its sums are estimates from 1 packet in {rate}.", rate=f"{losses.rate:,}")
    doubted = findings.filter(share < 1)["detector"].unique()
    weighed = findings.with_columns(
        confidence=(pl.col("confidence") * share).round(6),
        because=pl.when(estimated)
        .then(pl.format("{} {}", "because", pl.lit(said)))
        .otherwise("because"),
    )
    return weighed, frozenset(doubted)


def told(losses: Losses, trust: Trust | None = None) -> list[str]:
    """Lines about what the input lacks and what it does to the findings."""
    trust = trust or Trust()
    lines = []
    if losses.missed >= trust.least:
        lines.append(
            say(
                "About {share} of the traffic was not seen or not used: rhythms, volumes and what "
                "rests on missing answers are told with less confidence.",
                share=f"{losses.missed:.1%}",
            )
        )
    if losses.sampled:
        lines.append(
            say(
                "{share} of the flows come from sampled packets (usually 1 in {rate}): sums are "
                "estimates, rhythms are told with little confidence, and short contacts may be "
                "absent.",
                share=f"{losses.sampled:.0%}",
                rate=f"{losses.rate:,}",
            )
        )
    return lines
