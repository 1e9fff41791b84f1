"""The state of learning, for people: what is known, how long until it is ready."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lynceus.baseline.learned import Learned
from lynceus.baseline.season import seasons
from lynceus.baseline.state import Settings, State
from lynceus.baseline.subject import HOST
from lynceus.moments import written

SEASONS = {
    "part": "parts of the day",
    "kind_part": "parts of the day, weekends apart",
    "day_part": "parts of each day of the week",
}


@dataclass(frozen=True)
class Progress:
    """How far the learning of one subject is."""

    subject: str
    entities: int
    hours: int
    days: int
    first: str
    last: str
    ready: bool
    why_not: str
    """Why it is not ready; empty where it is."""
    seasons: str
    withheld: int
    """Hours that were strange and count only as far as they were expected."""
    per_day: float
    """Anomalies a day that are wanted of it."""
    chance: float
    """An hour is told that is no more probable than this."""


def progress(state: State) -> list[Progress]:
    """The progress of every subject."""
    return [_of(one, state.settings) for one in state.learned.values()]


def _of(learned: Learned, settings: Settings) -> Progress:
    rows = learned.history
    entities = rows.select(pl.struct("site", *learned.subject.entity).n_unique()).item()
    return Progress(
        subject=learned.subject.name,
        entities=int(entities) if rows.height else 0,
        hours=rows.height,
        days=learned.days,
        first=written(rows["window_start_ns"].min()) or "",  # type: ignore[arg-type]
        last=written(rows["window_start_ns"].max()) or "",  # type: ignore[arg-type]
        ready=learned.ready,
        why_not=_why_not(learned, settings),
        seasons=SEASONS[seasons(learned.days)[-1]],
        withheld=learned.withheld.height,
        per_day=learned.budget.per_day,
        chance=learned.line if learned.ready else 0.0,
    )


def _why_not(learned: Learned, settings: Settings) -> str:
    if learned.ready:
        return ""
    if not learned.history.height:
        return "nothing seen yet"
    left = settings.ready_days - learned.days
    if left > 0:
        return f"{left:g} of {settings.ready_days:g} days to go"
    return "too few hours yet"


def told(state: State) -> list[str]:
    """Lines about what the baseline could not judge yet."""
    waiting = [one for one in progress(state) if not one.ready]
    if not waiting:
        return []
    if len(waiting) == len(state.learned):
        host = next(one for one in waiting if one.subject == HOST.name)
        return [f"baseline: still learning ({host.why_not}), so nothing was compared with it"]
    return [f"baseline of {one.subject}s: still learning ({one.why_not})" for one in waiting]


def lines_of(state: State) -> str:
    """What is known of each subject, one paragraph each, and the roles of the hosts."""
    lines = []
    for one in progress(state):
        lines.append(
            f"{one.subject}s: {one.entities} known by {one.hours} hours of {one.days} days"
        )
        if one.hours:
            lines.append(f"  from {one.first} to {one.last} UTC, by {one.seasons}")
        if one.ready:
            lines.append(
                f"  ready: up to {one.per_day:g} a day are told, hours no more probable than "
                f"{one.chance:.2g}"
            )
            lines.append(f"  {one.withheld} hours were strange and are learned from slowly")
        else:
            lines.append(f"  learning: {one.why_not}")
    roles = state.roles.group_by("role").len().sort("len", "role", descending=[True, False])
    if roles.height:
        counted = ", ".join(f"{role} {count}" for role, count in roles.iter_rows())
        lines.append(f"roles: {counted}")
    lines += [
        "approved: " + ", ".join(f"{k} {v}" for k, v in note.items()) for note in state.approvals
    ]
    return "\n".join(lines)


def usual_of(state: State, entity: str) -> str:
    """What is usual of a host. Raises LookupError where nothing is known of it."""
    learned = state.learned[HOST.name]
    own = learned.history.filter(pl.col("host") == entity)
    if own.is_empty():
        raise LookupError(entity)
    role = state.roles.filter(pl.col("host") == entity)
    lines = [f"{entity}: {own.height} hours of {learned.days} days"]
    if role.height:
        lines.append(f"role: {role['role'][0]} (likeness {role['likeness'][0]:.2f})")
    for number in HOST.numbers:
        values = own[number.name].drop_nulls()
        some = values.filter(values > 0)
        if some.is_empty():
            continue
        low, middle, high = (some.quantile(q, "linear") or 0.0 for q in (0.1, 0.5, 0.9))
        share = 100 * len(some) / max(len(values), 1)
        unit = {"count": number.one + "s", "bytes": "bytes", "s": "s"}[number.unit]
        lines.append(
            f"  {number.name}: in {share:.0f} % of its hours, then {low:,.0f} to {high:,.0f} "
            f"{unit}, half above {middle:,.0f}"
        )
    return "\n".join(lines)
