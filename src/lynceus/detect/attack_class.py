"""Many flows of a host that a learned model names as one family of attacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.contributions import mean_of, nearest_of, reasons_of
from lynceus.detect.finding import UIDS
from lynceus.detect.score import WINDOW_KEYS, first_of, percent_text, plural, saturating
from lynceus.features.scored import ALERTING_FLOWS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence, worded
from lynceus.protocols import Key
from lynceus.records import OF_A_VICTIM, Severity

KNOWN: dict[str, tuple[str, Severity, str, tuple[str, ...]]] = {
    "scan": ("scanning", "medium", "discovery", ("T1046",)),
    "dos": ("a denial of service", "high", "impact", ("T1499",)),
    "ddos": ("a distributed denial of service", "high", "impact", ("T1498",)),
    "brute_force": ("password guessing", "high", "credential-access", ("T1110",)),
    "brute_force_ssh": ("password guessing over SSH", "high", "credential-access", ("T1110",)),
    "brute_force_ftp": ("password guessing over FTP", "high", "credential-access", ("T1110",)),
    "web_attack": ("an attack on a web application", "high", "initial-access", ("T1190",)),
    "botnet": ("a bot calling its controller", "high", "command-and-control", ("T1071",)),
    "infiltration": ("a machine taken over", "high", "lateral-movement", ("T1210",)),
    "lateral_movement": ("lateral movement", "high", "lateral-movement", ("T1021",)),
    "exfiltration": ("data being carried out", "high", "exfiltration", ("T1041",)),
    "tunnel": ("a tunnel", "medium", "command-and-control", ("T1572",)),
    "heartbleed": ("Heartbleed", "critical", "initial-access", ("T1190",)),
    "exploit": ("an exploit", "high", "initial-access", ("T1190",)),
    "worm": ("a worm", "high", "lateral-movement", ("T1210",)),
    "backdoor": ("a backdoor", "high", "command-and-control", ("T1095",)),
}
"""Of a family: its words, how bad it is, its tactic and techniques. Others are told by name."""


@dataclass(frozen=True)
class AttackClass:
    """Flows of a host are named an attack by a model that learned from labelled attacks.

    Detects: per host in an hour, many flows that a trained classifier takes for one family of
    attacks (scan, denial of service, password guessing, botnet ...), each with a calibrated
    probability above the limit at which the class passed its gate. Classes that did not pass
    speak in the shadow alone: their columns are stored with the flows and nothing is told.

    Why: a classifier sees what no single threshold does: the sizes, counts and times of a flow
    together. It confirms what rules found and finds what stays below each of them.

    Blind spots: attacks unlike those it learned from, which it calls `unknown` or ordinary; an
    attack of few flows; sources that tell neither packets nor bytes.

    False positives: programs that behave like the attacks of the training data, such as a health
    check that opens and closes a connection every second. The model's card says how often its
    classes were wrong on networks that it had never seen.

    ATT&CK: by family; T1046 of scans, T1110 of password guessing, T1498 and T1499 of denials of
    service, T1071 of bots.
    """

    reads: ClassVar[tuple[Table, ...]] = (ALERTING_FLOWS,)
    key: ClassVar[Key] = "site"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046",)

    flows: int = 20
    """Fewest flows of one family in an hour: a single flow is too little to accuse a host."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a family and host: who attacks, or of a family of many attackers the victim."""
        pairs = tables[0]
        victims = pl.col("attack_family_class").is_in(OF_A_VICTIM)
        return pl.concat(
            [
                self._about("orig_h", "resp_h", pairs.filter(~victims)),
                self._about("resp_h", "orig_h", pairs.filter(victims)),
            ],
            how="diagonal",
        )

    def _about(self, host: str, other: str, pairs: pl.LazyFrame) -> pl.LazyFrame:
        groups = [*WINDOW_KEYS, host, "attack_family_class"]
        attacker = host == "orig_h"
        told = (
            pairs.group_by(groups)
            .agg(
                pl.col("connections").sum(),
                pl.col("probability_millionths").sum(),
                pl.col("confidence_millionths").sum(),
                pl.col("strongest").min(),
                pl.col(other).n_unique().alias("others"),
                first_of(other),
                first_of("proto"),
                pl.col("ports").list.explode().unique().sort().head(5),
                pl.col("first_seen_ns").min(),
                pl.col("last_seen_ns").max(),
                pl.col("flow_uids").list.explode().unique().sort().head(UIDS),
                pl.col("flows_total").sum(),
            )
            .filter(pl.col("connections") >= self.flows)
            .with_columns(
                resp_p=pl.when(pl.col("ports").list.len() == 1).then(
                    pl.col("ports").list.get(0, null_on_oob=True)
                ),
                probability=mean_of("probability_millionths"),
                known=mean_of("confidence_millionths"),
                family=pl.col("attack_family_class"),
                because_of=reasons_of(),
                nearest=nearest_of(),
            )
        )
        words = worded(
            _by_family(0, pl.col("family").str.replace_all("_", " ")),
            (words for words, *_ in KNOWN.values()),
        )
        others = pl.when(pl.col("others") == 1).then(other).otherwise(plural("others", "host"))
        return told.select(
            *groups[:-1],
            *(other, "proto", "resp_p", "first_seen_ns", "last_seen_ns", "flow_uids"),
            *("family", "others", "probability"),
            pl.col("flows_total").cast(pl.UInt64),
            flows="connections",
            rule="family",
            strongest=pl.col("because_of"),
            nearest="nearest",
            severity=_by_family(1, pl.lit("medium")),
            tactic=_by_family(2, pl.lit("discovery")),
            techniques=_by_family(3, pl.lit("")).str.split(" "),
            orig_role=pl.lit("attacker" if attacker else "unknown"),
            resp_role=pl.lit("unknown" if attacker else "victim"),
            score=pl.col("probability") * (0.4 + 0.6 * saturating("connections", 5 * self.flows)),
            confidence=0.6 * pl.col("known"),
            because=sentence(
                "{connections} of {orig_h} to {resp_h} look like {family} ({probable} probable "
                "on average){reasons}.{nearest}"
                if attacker
                else "{connections} of {resp_h} from {orig_h} look like {family} ({probable} "
                "probable on average){reasons}.{nearest}",
                connections=plural("connections", "connection"),
                family=words,
                **{other: others},
                probable=pl.when(pl.col("probability") > 0.99)
                .then(sentence("over 99 %"))
                .otherwise(percent_text("probability")),
                reasons=pl.when(pl.col("because_of").list.len() > 0)
                .then(pl.format(": {}", pl.col("because_of").list.join("; ")))
                .otherwise(pl.lit("")),
                nearest=pl.when(pl.col("nearest").list.len() > 0)
                .then(
                    clause(
                        "The nearest known examples: {nearest}.",
                        nearest=pl.col("nearest").list.join(", "),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        )


def _by_family(place: int, otherwise: pl.Expr) -> pl.Expr:
    told = {
        family: " ".join(value) if isinstance(value := known[place], tuple) else value
        for family, known in KNOWN.items()
    }
    return pl.coalesce(
        pl.col("family").replace_strict(told, default=None, return_dtype=pl.String), otherwise
    )
