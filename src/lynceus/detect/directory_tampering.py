"""Power over a domain, written into its directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import WINDOW_KEYS, plural, saturating, severity, techniques
from lynceus.features.directory import DIRECTORY_CHANGES
from lynceus.features.window import Table
from lynceus.language.columns import sentence, worded
from lynceus.protocols import Key
from lynceus.records import Severity

TECHNIQUE = {
    "rights on the domain": "T1222.001",
    "delegation": "T1098",
    "key credentials": "T1098",
    "SID history": "T1134.005",
    "members of a privileged group": "T1098",
}
"""Technique by what is changed."""

GRAVE = ["rights on the domain", "SID history", "members of a privileged group"]
"""What gives power over a whole domain at once."""


@dataclass(frozen=True)
class DirectoryTampering:
    """Somebody changes a directory so that an account gets power over others.

    Detects: LDAP changes of the rights on the head of a domain or on the object that guards its
    administrators, of a SID history, of the members of a privileged group, and, as low findings,
    of the delegation to a resource and of key credentials.

    Why: rights on the domain let an account take all passwords; the others let it act as somebody
    else. They stay when the way in is closed.

    Blind spots: changes over sealed or encrypted LDAP, and by other interfaces (samr, ADWS).

    False positives: an administrator who gives rights or adds a colleague, the set-up of products
    that extend the directory. Key credentials are written by Windows Hello for its own users.

    ATT&CK: T1222.001, T1098, T1134.005 by what is changed.
    """

    reads: ClassVar[tuple[Table, ...]] = (DIRECTORY_CHANGES,)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "defense-evasion"
    techniques: ClassVar[tuple[str, ...]] = ("T1222.001", "T1098")

    half_changes: int = 1
    """So many changes make half of the highest score."""

    def findings(self, changes: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs of hosts of which one changes the other's directory."""
        grave = pl.col("change").is_in(GRAVE)
        pairs = (
            changes.filter(pl.col("change").is_in(list(TECHNIQUE)))
            .group_by(*WINDOW_KEYS, "orig_h", "resp_h")
            .agg(
                kinds=pl.col("change").unique().sort(),
                grave_changes=pl.col("changes").filter(grave).sum(),
                changes=pl.col("changes").sum(),
                refused_changes=pl.col("refused_changes").sum(),
                objects=pl.col("object").unique().sort().head(5),
                resp_p=pl.col("ldap_port").max(),
                first_seen_ns=pl.col("first_seen_ns").min(),
                last_seen_ns=pl.col("last_seen_ns").max(),
            )
        )
        refused = pl.col("refused_changes") >= pl.col("changes")
        named = pl.element().replace_strict(list(TECHNIQUE), list(TECHNIQUE.values()))
        return pairs.with_columns(
            service=pl.lit("ldap"),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity(
                (refused | (pl.col("grave_changes") == 0), "low"), otherwise="medium"
            ),
            score=saturating("changes", self.half_changes),
            confidence=pl.when(refused | (pl.col("grave_changes") == 0)).then(0.4).otherwise(0.6),
            tactic=pl.when(pl.col("kinds").list.contains("rights on the domain"))
            .then(pl.lit(self.tactic))
            .otherwise(pl.lit("privilege-escalation")),
            techniques=pl.col("kinds")
            .list.eval(named)
            .list.concat(techniques())
            .list.unique()
            .list.sort(),
            because=sentence(
                "{orig_h} changed {kinds} in the directory of {resp_h}: {changes}, "
                "{refused_changes} of them refused.",
                kinds=pl.col("kinds").list.eval(worded(pl.element(), TECHNIQUE)).list.join(", "),
                changes=plural("changes", "change"),
            ),
        )
