"""What another product has detected, told as its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import plural, techniques
from lynceus.features.alerted import SERIOUS_ALERTS, SLIGHT_ALERTS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import SEVERITIES, Severity

NAMES = {
    "suricata": "Suricata", "zeek": "Zeek", "snort": "Snort", "darktrace": "Darktrace",
    "vectra": "Vectra", "cylance": "Cylance", "qradar": "QRadar", "guardduty": "GuardDuty",
    "fortigate": "FortiGate", "pan-os": "PAN-OS", "paloalto": "Palo Alto", "asa": "Cisco ASA",
    "ftd": "Cisco Firepower", "sonicwall": "SonicWall", "checkpoint": "Check Point",
}  # fmt: skip
"""How products write themselves; others stand as they are."""


@dataclass(frozen=True)
class ExternalAlert:
    """Another product reports a detection.

    Detects: alerts that come in with the input: of Suricata, of firewalls, of Darktrace, Vectra,
    Cylance, QRadar, GuardDuty and any other source of the `alert` table. One finding a rule, a
    host it is about and an hour; alerts of little weight are one finding a product, a host and a
    day.

    Why: what another product has seen belongs into the same story as what the flows show. It is
    told as its claim, with its name for it, and is never called worse than it says.

    Blind spots: as many as that product has; an alert without address, host and user cannot be
    joined to anything.

    False positives: those of the product. Classes that tell of policy rather than of an attack are
    low at most, and so is what was blocked on its way in; informational alerts are left out.

    ATT&CK: what the product states; without it none.
    """

    reads: ClassVar[tuple[Table, ...]] = (SERIOUS_ALERTS, SLIGHT_ALERTS)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    confidence: float = 0.6
    """How sure a claim of another product is taken to be, before anything of ours agrees."""
    slight_confidence: float = 0.4
    """The same for alerts of little weight, most of which are routine."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Serious alerts one by one, slight ones together."""
        serious, slight = tables
        return pl.concat([self._serious(serious), self._slight(slight)], how="diagonal_relaxed")

    def _serious(self, alerts: pl.LazyFrame) -> pl.LazyFrame:
        attacker, victim = pl.col("attacker_h"), pl.col("victim_h")
        outside = (~pl.col("orig_in")).fill_null(value=False)
        told = _ends(alerts).with_columns(
            tactic=pl.col("told_tactic").fill_null(""),
            techniques=pl.when(pl.col("techniques_text").str.len_bytes() > 0)
            .then(pl.col("techniques_text").str.split(" "))
            .otherwise(techniques()),
        )
        return told.select(
            *_said(told),
            orig_role=pl.when(attacker == pl.col("orig_h"))
            .then(pl.lit("attacker"))
            .when(victim == pl.col("orig_h"))
            .then(pl.lit("victim"))
            .when(outside & pl.col("resp_in"))
            .then(pl.lit("attacker"))
            .otherwise(pl.lit("unknown")),
            resp_role=pl.when(attacker == pl.col("resp_h"))
            .then(pl.lit("attacker"))
            .when(victim == pl.col("resp_h"))
            .then(pl.lit("victim"))
            .when(outside & pl.col("resp_in"))
            .then(pl.lit("victim"))
            .otherwise(pl.lit("unknown")),
            confidence=pl.lit(self.confidence),
            because=sentence(
                "{product} reports: {signature}{severity}, {alerts}{about}.",
                product=_product(),
                severity=pl.when(pl.col("severity_told").is_null())
                .then(pl.lit(""))
                .otherwise(clause("(severity {severity_told})")),
                alerts=plural("alerts", "time"),
                about=pl.when(_about() != "").then(pl.lit(",") + _about()).otherwise(pl.lit("")),
            ),
            rule=pl.concat_str("reporter", "signature", separator=": ", ignore_nulls=True),
        )

    def _slight(self, alerts: pl.LazyFrame) -> pl.LazyFrame:
        told = _ends(alerts)
        return told.select(
            *_said(told),
            confidence=pl.lit(self.slight_confidence),
            rule="reporter",
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("unknown"),
            because=sentence(
                "{product} reports {alerts} of little weight{about}, of {signatures}: "
                "{signatures_sample}.",
                product=_product(),
                alerts=plural("alerts", "alert"),
                about=_about(),
                signatures=plural("signatures", "rule"),
                signatures_sample=pl.col("signatures_sample").list.join("; "),
            ),
        )


def _ends(alerts: pl.LazyFrame) -> pl.LazyFrame:
    """The ends as of the traffic; of several others none is named."""
    other = pl.when(pl.col("others") <= 1).then("other_h")
    return alerts.with_columns(
        # A host or user that is known by name only is named where names stand.
        domain="subject_name",
        orig_h=pl.when("subject_is_resp").then(other).otherwise("subject_h"),
        resp_h=pl.when("subject_is_resp").then("subject_h").otherwise(other),
        severity=pl.col("level").replace_strict(
            dict(enumerate(SEVERITIES)), return_dtype=pl.String()
        ),
        score=(pl.col("level") + 0.5) / 5,
    )


LEFT = (
    *("subject_h", "subject_name", "subject_is_resp", "other_h", "level", "orig_in", "resp_in"),
    *("techniques_text", "told_tactic"),
)
"""Columns that only helped to say it."""


def _said(told: pl.LazyFrame) -> list[str]:
    return [name for name in told.collect_schema().names() if name not in LEFT]


def _product() -> pl.Expr:
    return pl.col("reporter").replace(NAMES)


def _about() -> pl.Expr:
    """` about 10.0.0.5 and 192.0.2.7 on port 443`, with what is known."""
    orig, resp = pl.col("orig_h"), pl.col("resp_h")
    many = pl.col("others") > 1
    return (
        pl.when(many)
        .then(clause("about {subject} and {others} others", subject=pl.coalesce(orig, resp)))
        .when(orig.is_not_null() & resp.is_not_null())
        .then(clause("about {orig_h} towards {resp_h}"))
        .when(pl.coalesce(orig, resp, "domain").is_not_null())
        .then(clause("about {subject}", subject=pl.coalesce(orig, resp, "domain")))
        .otherwise(pl.lit(""))
    )
