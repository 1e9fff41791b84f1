"""How a run does, at one moment: what came in, how far time has come, what fails."""

from __future__ import annotations

import resource
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lynceus.moments import NS, rfc3339

if TYPE_CHECKING:
    from lynceus.live.run import Run

STUCK_S = 60.0
"""A run whose last turn is so long ago is not well."""
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Status:
    """One moment of a run."""

    at_ns: int = 0
    turns: int = 0
    ready: bool = False
    """Whether rows are counted: the inside is known, ledger and lake take what they are given."""
    reached_ns: int | None = None
    """How far event time has come."""
    lag_s: float | None = None
    """Seconds of event time behind the clock."""
    waiting_rows: int = 0
    """Rows in the queue of the sources."""
    held_rows: int = 0
    """Rows that no checkpoint holds yet."""
    received: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    late: int = 0
    """Rows that came after their windows had closed; they are in the lake, no detector saw them."""
    forgotten: int = 0
    """Flows that were counted, but that no finding can name any more."""
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name: state, reason, failures, rows, heard (RFC 3339)."""
    degraded: dict[str, str] = field(default_factory=dict)
    """By part what is wrong with it."""
    failures: dict[str, int] = field(default_factory=dict)
    """By part how often it has failed since the start."""
    checkpoint: int = 0
    checkpoint_s: float = 0.0
    """Seconds that the last checkpoint took."""
    findings_open: int = 0
    """Findings of stories that may still grow."""
    incidents: dict[str, int] = field(default_factory=dict)
    """Versions of incidents told since the start, by severity."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Seconds spent since the start, by stage."""
    forgotten_groups: dict[str, int] = field(default_factory=dict)
    """Groups of open windows that were forgotten for want of room, by table."""
    memory: dict[str, int] = field(default_factory=dict)
    """Bytes by part, as far as they are counted."""
    memory_bytes: int = 0
    """All that the process uses."""

    @staticmethod
    def of(run: Run, now_ns: int) -> Status:
        """That of a run, taken between two turns."""
        reached, engine = run.intake.watermarks.reached_ns, run.engine
        sources = {
            name: {
                "state": one.state, "reason": one.reason, "failures": one.failures,
                "rows": one.rows, "heard": rfc3339(one.heard_ns),
                "dropped": dict(one.account.dropped),
            }
            for name, one in run.pump.conditions.items()
        }  # fmt: skip
        return Status(
            at_ns=now_ns,
            turns=run.turns,
            ready=run.counting and not {"ledger", "lake"} & set(run.degraded.now),
            reached_ns=reached,
            lag_s=None if reached is None else round((now_ns - reached) / NS, 3),
            waiting_rows=run.pump.waiting_rows,
            held_rows=run.harvest.rows,
            received=run.intake.account.received,
            kept=run.intake.account.kept,
            dropped=dict(run.intake.account.dropped),
            late=engine.account.dropped["late"] if engine else 0,
            forgotten=engine.trail.lost if engine else 0,
            forgotten_groups=dict(engine.open_windows.forgotten) if engine else {},
            sources=sources,
            degraded={name: fault.reason for name, fault in run.degraded.now.items()},
            failures=dict(run.degraded.failures),
            checkpoint=run.epoch,
            checkpoint_s=round(run.checkpoint_took_s, 3),
            findings_open=run.stories.findings,
            incidents=dict(Counter(run.told_by_severity)),
            seconds={stage: round(s, 3) for stage, s in run.seconds.items()},
            memory=_by_part(run),
            memory_bytes=_memory(),
        )

    def well(self, now_ns: int) -> bool:
        """Whether the run still turns."""
        return now_ns - self.at_ns < STUCK_S * NS


def _by_part(run: Run) -> dict[str, int]:
    """Bytes of what grows with the traffic, each part within a bound of its own."""
    parts = {
        "sources": run.pump.bytes_of_sources,
        "queue": run.pump.bytes,
        "until checkpoint": run.harvest.bytes,
        "compared": run.intake.once.bytes,
        "findings": run.stories.bytes,
    }
    if run.engine:
        parts |= {
            "windows": run.engine.open_windows.bytes,
            "flows of windows": run.engine.trail.bytes,
            "facts": run.engine.facts.bytes,
        }
    return parts


def _memory() -> int:
    """Bytes of memory in use; the most that was in use where the system does not tell."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
