"""What the user's own policy forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import polars as pl

from lynceus.detect.score import bytes_text, plural, port_text, saturating
from lynceus.features.window import Count, Max, Min, Sum, Table, Window
from lynceus.language.columns import sentence
from lynceus.protocols import Key
from lynceus.records import Severity

_MEASURES = (
    Count("connections"),
    Count("failed_connections", pl.col("failed")),
    Sum("all_bytes", "total_bytes"),
    Max("service", "service"),
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "end_ns"),
)


def _decided(rule: pl.Expr) -> Window:
    """Flows by pair, service and the number of the rule that decides over them."""
    return Window(
        "policed_pairs_1h",
        "flows",
        ("orig_h", "resp_h", "resp_p", "proto", "rule"),
        _MEASURES,
        "1h",
        pl.col("rule").is_not_null(),
        derive={"rule": rule},
        only=pl.col("unicast") & ~pl.col("reply_like"),
    )


NOTHING = Window(
    "policed_pairs_1h",
    "flows",
    ("orig_h", "resp_h", "resp_p", "proto", "rule"),
    _MEASURES,
    "1h",
    derive={"rule": pl.lit(None, pl.Int64)},
    only=pl.lit(value=False),
)
"""Without a policy nothing is counted."""


@dataclass(frozen=True)
class PolicyRule:
    """One rule of a policy. The first rule that matches a flow decides."""

    name: str
    allow: bool
    level: Severity
    matches: pl.Expr = field(repr=False)
    """Whether a flow is meant."""
    why: str = ""
    """The reason that the user gives."""


@dataclass(frozen=True)
class PolicyViolation:
    """A host does what the policy of this network forbids.

    Detects: flows that a rule of the user's policy forbids (`lynceus analyze --policy FILE`): by
    network, inside or outside, service, port, provider, hour or day. The first rule that matches
    decides; what none matches is allowed unless the policy says otherwise. One finding a pair,
    port, rule and hour.

    Why: only the user knows what is not wanted here. A breach is no attack by itself, but it is
    often how one becomes possible.

    Blind spots: what the rules do not name; a service on another port whose content the source
    does not tell; without a policy nothing is said.

    False positives: none by definition; an exception that the policy does not name yet.

    ATT&CK: none.
    """

    reads: ClassVar[tuple[Table, ...]] = (NOTHING,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = ""
    techniques: ClassVar[tuple[str, ...]] = ()

    rules: tuple[PolicyRule, ...] = ()
    """The rules in their order; without them nothing is forbidden."""

    def __post_init__(self) -> None:
        if self.rules:
            first = pl.coalesce(
                pl.when(rule.matches.fill_null(value=False)).then(pl.lit(number, pl.Int64))
                for number, rule in enumerate(self.rules)
            )
            forbidden = [n for n, rule in enumerate(self.rules) if not rule.allow]
            decided = _decided(pl.when(first.is_in(forbidden)).then(first))
            object.__setattr__(self, "reads", (decided,))

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """One row a pair, port and rule."""
        (pairs,) = tables

        def told(values: list[str]) -> pl.Expr:
            return pl.col("rule").replace_strict(
                list(range(len(values))), values, default=None, return_dtype=pl.String
            )

        met = pl.col("connections") > pl.col("failed_connections")
        why = told([f" ({rule.why})" if rule.why else "" for rule in self.rules])
        return pairs.select(
            pl.exclude("rule"),
            rule_name=told([rule.name for rule in self.rules]),
            orig_role=pl.lit("user"),
            resp_role=pl.lit("unknown"),
            severity=told([rule.level for rule in self.rules]),
            score=0.5 + 0.5 * saturating("connections", 20.0),
            confidence=pl.when(met).then(0.9).otherwise(0.6),
            because=sentence(
                "{did} on {port} {connections}{amount}, which the policy forbids: {rule}{why}.",
                did=pl.when(met)
                .then(sentence("{orig_h} used {resp_h}"))
                .otherwise(sentence("{orig_h} tried {resp_h}")),
                port=pl.coalesce(port_text(), "proto"),
                connections=plural("connections", "time"),
                amount=pl.when(pl.col("all_bytes") > 0)
                .then(pl.format(" ({})", bytes_text("all_bytes")))
                .otherwise(pl.lit("")),
                rule=pl.col("rule").replace_strict(
                    list(range(len(self.rules))),
                    [rule.name for rule in self.rules],
                    default="",
                    return_dtype=pl.String,
                ),
                why=why.fill_null(""),
            ),
        )
