"""One host makes another run something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect.score import (
    WINDOW_KEYS,
    as_text,
    first_of,
    manages,
    plural,
    saturating,
    severity,
    techniques,
)
from lynceus.features.procedure import EXECUTION, RPC_CALLS, WINRM_OF_PAIR
from lynceus.features.share import ADMIN_FILES, PROGRAM
from lynceus.features.window import Table
from lynceus.language.columns import sentence, worded
from lynceus.protocols import Key
from lynceus.records import Severity

ACT_OF = {operation: act for act, group in EXECUTION.items() for operation in group}

WORDS = {
    "service_created": "created a service",
    "service_started": "started a service",
    "service_controlled": "stopped or steered a service",
    "service_changed": "changed what a service runs",
    "service_deleted": "deleted a service",
    "task_registered": "registered a task",
    "task_run": "ran a task",
    "task_deleted": "deleted a task",
    "wmi_executed": "ran a method of WMI",
    "dcom_invoked": "called a method of a DCOM object",
    "registry_written": "wrote to the registry",
    "driver_added": "added a printer driver",
    "winrm_shell": "opened a shell of WinRM",
}
"""What is said of each act."""

TECHNIQUE = {
    "service_created": "T1569.002",
    "service_started": "T1569.002",
    "service_controlled": "T1569.002",
    "service_changed": "T1569.002",
    "service_deleted": "T1569.002",
    "task_registered": "T1053.005",
    "task_run": "T1053.005",
    "task_deleted": "T1053.005",
    "wmi_executed": "T1047",
    "dcom_invoked": "T1021.003",
    "registry_written": "T1112",
    "driver_added": "T1210",
    "winrm_shell": "T1021.006",
}
"""Technique by act."""

_PLANTED = ["service_created", "task_registered", "service_changed"]
_RUN = ["service_started", "task_run", "service_deleted", "task_deleted"]
_DIRECT = ["wmi_executed", "dcom_invoked", "driver_added", "winrm_shell"]
_STEERED = ["service_started", "service_controlled", "task_run", "service_changed"]


@dataclass(frozen=True)
class RemoteExecution:
    """A host makes another one run a program, by one of the ways Windows offers to administrators.

    Detects: remote procedure calls that make a host run something: a service created, changed,
    started or steered (svcctl, as PsExec and smbexec do), a task registered or run (task scheduler
    and at), a method of WMI, a method of a DCOM object, values written to the registry, a printer
    driver loaded; and shells of WinRM. By the operation, so that the name of the
    tool, of the service and of the program do not matter, and encrypted arguments neither.

    Why: running a program on the next host is the step by which an intruder moves on, and these
    are the ways that need nothing but an account. Users never do it, administrators do.

    Blind spots: sessions of SMB 3 and WinRM that are encrypted as a whole; calls whose interface
    was bound before the capture began; commands through programs that were there already (remote
    desktop, SSH, agents of software distribution).

    False positives: administrators, software distribution, inventory (which reads registries by
    a method of WMI) and monitoring by these ways: name those hosts as assets with such a role,
    which makes them low. What was refused is low too, and so is writing to the registry alone.

    ATT&CK: T1021.002, T1021.003, T1021.006, T1047, T1053.005, T1569.002, T1112, T1210 by act.
    """

    reads: ClassVar[tuple[Table, ...]] = (RPC_CALLS, WINRM_OF_PAIR, ADMIN_FILES)
    key: ClassVar[Key] = "pair"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "lateral-movement"
    techniques: ClassVar[tuple[str, ...]] = ("T1021",)

    shell_requests: int = 5
    """Requests of WinRM that make a session: less is a test whether somebody answers."""
    half_calls: int = 3
    """So many calls make half of the highest score."""

    def findings(
        self, calls: pl.LazyFrame, winrm: pl.LazyFrame, files: pl.LazyFrame
    ) -> pl.LazyFrame:
        """One finding a pair of hosts and hour, with all that was done."""
        keys = [*WINDOW_KEYS, "orig_h", "resp_h"]
        acts = pl.concat([self._by_procedure(calls), self._by_winrm(winrm)], how="diagonal_relaxed")
        dropped = (
            files.filter((pl.col("made") > 0) & pl.col("name").str.contains(PROGRAM))
            .group_by(keys)
            .agg(
                programs=pl.col("name").n_unique().cast(pl.Int64),
                programs_sample=pl.col("name").unique().sort().head(3),
            )
        )
        pairs = acts.group_by(keys).agg(
            pl.col("act").unique().sort().alias("acts"),
            pl.col("act").filter(pl.col("done") > 0).unique().sort().alias("acts_done"),
            pl.col("operation").drop_nulls().unique().sort().alias("operations"),
            pl.col("calls").sum(),
            pl.col("done").sum(),
            pl.col("arguments_sample").explode(empty_as_null=False).drop_nulls().unique().sort(),
            pl.col("users").explode(empty_as_null=False).drop_nulls().unique().sort(),
            first_of("rpc_port"),
            pl.col("orig_role_of_asset").max(),
            pl.col("first_seen_ns").min(),
            pl.col("last_seen_ns").max(),
        )
        return self._told(pairs.join(dropped, on=keys, how="left", nulls_equal=True))

    def _by_procedure(self, calls: pl.LazyFrame) -> pl.LazyFrame:
        known = pl.col("operation").replace_strict(
            list(ACT_OF), list(ACT_OF.values()), default=None, return_dtype=pl.String
        )
        return calls.with_columns(act=known, done=pl.col("calls") - pl.col("refused_calls")).filter(
            pl.col("act").is_not_null()
        )

    def _by_winrm(self, winrm: pl.LazyFrame) -> pl.LazyFrame:
        return winrm.filter(pl.col("shell_requests") >= self.shell_requests).with_columns(
            act=pl.lit("winrm_shell"),
            done=pl.col("answered_requests"),
            calls=pl.col("requests"),
        )

    def _told(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        done = pl.col("acts_done").list
        planted, run = _any(_PLANTED), _any(_RUN)
        direct, steered = _any(_DIRECT), _any(_STEERED)
        dropped = pl.col("programs").fill_null(0) > 0
        certain = planted & (run | dropped)
        words = pl.col("acts").list.eval(
            worded(
                pl.element().replace_strict(list(WORDS), list(WORDS.values()), default=""),
                WORDS.values(),
            )
        )
        only_winrm = pl.col("operations").list.len() == 0
        return pairs.select(
            *WINDOW_KEYS,
            *("orig_h", "resp_h", "first_seen_ns", "last_seen_ns"),
            *("acts", "operations", "calls", "users", "arguments_sample"),
            *("programs", "programs_sample"),
            refused_calls=pl.col("calls") - pl.col("done"),
            resp_p="rpc_port",
            service=pl.when(only_winrm)
            .then(pl.lit("winrm"))
            .when(pl.col("rpc_port") == 445)
            .then(pl.lit("smb"))
            .otherwise(pl.lit("dce_rpc")),
            orig_role=pl.lit("attacker"),
            resp_role=pl.lit("victim"),
            severity=severity(
                (manages() | (done.len() == 0), "low"),
                (certain, "high"),
                (planted | direct | steered, "medium"),
                otherwise="low",
            ),
            score=saturating("calls", self.half_calls),
            confidence=pl.when(manages())
            .then(0.3)
            .when(certain)
            .then(0.8)
            .when(planted | (direct & ~only_winrm))
            .then(0.55)
            .when(done.len() == 0)
            .then(0.35)
            .otherwise(0.45),
            techniques=_techniques(),
            because=sentence(
                "{orig_h} {words} on {resp_h}{as_users}: {calls} by which a host is made "
                "to run something{outcome}.",
                words=words.list.join(", "),
                as_users=as_text("users"),
                calls=plural("calls", "request"),
                outcome=pl.when(done.len() == 0)
                .then(sentence(", none of them granted"))
                .when(dropped)
                .then(
                    sentence(
                        ", after {programs} to its disk", programs=plural("programs", "program")
                    )
                )
                .otherwise(pl.lit("")),
            ),
        )


def _any(acts: list[str]) -> pl.Expr:
    return pl.col("acts_done").list.set_intersection(pl.lit(acts)).list.len() > 0


def _techniques() -> pl.Expr:
    named = pl.element().replace_strict(list(TECHNIQUE), list(TECHNIQUE.values()), default="T1021")
    by_pipe = pl.when(pl.col("rpc_port") == 445).then(techniques("T1021.002"))
    own = pl.col("acts").list.eval(named)
    return own.list.concat(by_pipe.otherwise(techniques())).list.unique().list.sort()
