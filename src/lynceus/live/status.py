"""How a run does, at one moment: what came in, how far time has come, what fails."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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

    @staticmethod
    def read(told: Any) -> Status:
        """One as a run of this version or another told it: what is not there is as at the begin,
        what is not known here is passed over. Raises ValueError where it cannot be one."""
        if not isinstance(told, dict) or "sources" not in told:
            raise ValueError("what answers there is no run of Lynceus")
        first, known = Status(), {}
        for one in fields(Status):
            value = told.get(one.name, getattr(first, one.name))
            if not _alike(value, getattr(first, one.name)):
                raise ValueError(f"{one.name} is {type(value).__name__} there: another version")
            known[one.name] = value
        known["sources"] = {name: _source(one) for name, one in known["sources"].items()}
        for name in _COUNTED:
            if not all(map(_is_number, known[name].values())):
                raise ValueError(f"{name} holds what is no number: another version")
        return Status(**known)

    def well(self, now_ns: int) -> bool:
        """Whether the run still turns."""
        return now_ns - self.at_ns < STUCK_S * NS


_COUNTED = ("dropped", "failures", "incidents", "seconds", "forgotten_groups", "memory")
_SOURCE: dict[str, Any] = {
    "state": "", "reason": "", "failures": 0, "rows": 0, "heard": None, "dropped": {},
}  # fmt: skip


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _alike(value: Any, first: Any) -> bool:
    """Whether a value is of the kind that it is at the begin."""
    if first is None:
        return value is None or _is_number(value)
    if isinstance(first, bool | str | dict):
        return isinstance(value, type(first))
    return _is_number(value)


def _source(told: Any) -> dict[str, Any]:
    """How a source does, as a run told it. Raises ValueError."""
    if not isinstance(told, Mapping):
        raise ValueError("a source there is no table: another version")
    one = {name: told.get(name, first) for name, first in _SOURCE.items()}
    heard = one["heard"]
    alike = all(_alike(one[name], first) for name, first in _SOURCE.items() if name != "heard")
    if not alike or not (heard is None or isinstance(heard, str)):
        raise ValueError("what a source tells there cannot be read: another version")
    if not all(map(_is_number, one["dropped"].values())):
        raise ValueError("what a source dropped there is no number: another version")
    return one


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
