"""What a person says of a change: it is wanted, it moved, or it is to be forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from lynceus.baseline.learned import Learned, merged
from lynceus.baseline.roles import roles_of
from lynceus.baseline.state import State, StateError
from lynceus.baseline.subject import SUBJECTS
from lynceus.moments import written


def numbers_known() -> list[str]:
    """The names of all numbers of all subjects."""
    return sorted({name for subject in SUBJECTS for name in subject.names})


def approved(
    state: State,
    entity: str,
    why: str,
    since_ns: int | None = None,
    numbers: Collection[str] = (),
) -> State:
    """The state in which an entity is as it is since a time, and what it was before is forgotten.

    Without a time: since the first hour that was withheld of it. With `numbers` only these are
    re-based. Raises StateError where nothing is known of the entity or a number does not exist.
    """
    if unknown := sorted(set(numbers) - set(numbers_known())):
        raise StateError(f"no number {unknown[0]!r}; there are {', '.join(numbers_known())}")
    _check_known(state, entity)
    since = since_ns if since_ns is not None else _first_withheld(state, entity)
    if since is None:
        raise StateError(
            f"{entity}: nothing strange was withheld of it; expected a time from which on it is "
            "as it is to be"
        )
    learned = {
        name: _rebased(one, entity, since, set(numbers) or set(one.subject.names))
        for name, one in state.learned.items()
    }
    note = {"entity": entity, "since": written(since) or "", "why": why}
    if numbers:
        note["numbers"] = ", ".join(sorted(numbers))
    return _fitted(replace(state, learned=learned, approvals=(*state.approvals, note)))


def moved(state: State, entity: str, to: str, why: str) -> State:
    """The state in which an entity goes on under another address, with all that is known of it."""
    _check_known(state, entity)
    learned = {}
    for name, one in state.learned.items():
        key = ["site", "window_start_ns", *one.subject.entity]
        ends = [end for end in ("host", "resp_h") if end in one.history.columns]
        renamed = [
            merged([frame.with_columns(pl.col(ends).replace(entity, to))], key)
            for frame in (one.history, one.withheld)
        ]
        learned[name] = replace(one, history=renamed[0], withheld=renamed[1])
    note = {"entity": entity, "moved_to": to, "why": why}
    return _fitted(replace(state, learned=learned, approvals=(*state.approvals, note)))


def forgotten(state: State, entity: str) -> State:
    """The state without anything about an entity. Raises StateError where nothing is known."""
    _check_known(state, entity)
    learned = {
        name: replace(
            one,
            history=one.history.filter(~_about(one, entity)),
            withheld=one.withheld.filter(~_about(one, entity)),
        )
        for name, one in state.learned.items()
    }
    return _fitted(replace(state, learned=learned))


def _check_known(state: State, entity: str) -> None:
    if not any(one.history.filter(_about(one, entity)).height for one in state.learned.values()):
        raise StateError(f"{entity}: the baseline knows no such host")


def _about(learned: Learned, entity: str) -> pl.Expr:
    about = pl.col("host") == entity
    return about | (pl.col("resp_h") == entity) if "resp_h" in learned.history.columns else about


def _first_withheld(state: State, entity: str) -> int | None:
    firsts = [
        one.withheld.filter(_about(one, entity))["window_start_ns"].min()
        for one in state.learned.values()
    ]
    known = [int(first) for first in firsts if first is not None]  # type: ignore[arg-type]
    return min(known, default=None)


def _rebased(learned: Learned, entity: str, since: int, numbers: set[str]) -> Learned:
    """What is known of one subject, where the entity is concerned since the time."""
    own = [name for name in learned.subject.names if name in numbers]
    if not own:
        return learned
    key = ["site", "window_start_ns", *learned.subject.entity]
    about, later = _about(learned, entity), pl.col("window_start_ns") >= since
    whole = len(own) == len(learned.subject.names)
    seen = learned.withheld.filter(about & later)
    history = learned.history.update(seen.select(*key, *own), on=key, how="left")
    if whole:
        history = history.filter(~about | later)
    else:
        blank = (pl.when(~about | later).then(pl.col(name)).alias(name) for name in own)
        history = history.with_columns(blank)
    # What was approved in part may still be strange in the rest.
    left = learned.withheld.filter(~(about & later)) if whole else learned.withheld
    rebased = {**learned.rebased, entity: since}
    return replace(learned, history=history, withheld=left, rebased=rebased)


def _fitted(state: State) -> State:
    """With norms of the changed history, where there were norms."""
    roles = roles_of(state.learned["host"].history, state.site_roles)
    learned = {
        name: one.fitted(roles) if one.ready and one.history.height else one
        for name, one in state.learned.items()
    }
    return replace(state, learned=learned, roles=roles)
