"""Strange hours of a made-up office: what is found without labels, at so many anomalies a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline import tail as tails
from lynceus.baseline.budget import WANTED_PER_DAY
from lynceus.baseline.learned import Learned
from lynceus.baseline.learning import moved_on
from lynceus.baseline.scorers import Scorers
from lynceus.baseline.state import State
from lynceus.lab.attacks import ATTACKS
from lynceus.learn import anomaly
from lynceus.learn.bootstrap import interval
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.made_days import MadeDay, made_day

LEARNED_DAYS, EACH, SEED = 10, 2, 1
"""Days that are learned from, and days on which each attack is tried."""
BUDGETS = (1.0, WANTED_PER_DAY, 10.0)
"""Anomalies a day that a user may want."""
SEASONAL, ALL = "seasonal residual", "all of them"


@dataclass(frozen=True, eq=False)
class Told:
    """What one opinion says of one day."""

    day: MadeDay
    chances: Mapping[str, tuple[pl.Series, NDArray[np.float64]]]
    """By subject the host of each hour and how probable the hour was."""

    def counts(self, lines: Mapping[str, float]) -> tuple[bool, int]:
        """Whether the attack of the day is found, and how many others are told."""
        told: set[str] = set()
        for name, (hosts, chance) in self.chances.items():
            told.update(hosts.filter(pl.Series(chance <= lines[name])))
        return bool(told & self.day.parties), len(told & self.day.hosts)


class AnomalousHostDays:
    """Two working weeks of a made-up office (`lynceus lab`, 24 machines) are learned; then come
    days with one attack of the lab each, every attack twice. Nothing is learned from those. An
    attack is found when an hour of who did it or suffered it, of a pair, a service or the greatest
    flows of it, is told; whoever else is told had nothing to do with it. Each opinion is tried
    alone, calibrated on the days that were learned, with the limit solved for three anomalies a
    day; then all together, as `lynceus baseline fit` leaves them. No labelled set at hand has
    weeks of a site in it: this is a test of the instrument, not evidence of what it is worth on
    real traffic. The data of the folder are not read."""

    title: ClassVar[str] = "Anomalies of hosts and days without labels, made-up office"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:  # noqa: ARG002
        """Attacks found and others told a day, by opinion and budget."""
        usual = [made_day(number) for number in range(LEARNED_DAYS)]
        attacks = [name for name in ATTACKS for _ in range(EACH)]
        later = [made_day(LEARNED_DAYS + at, name) for at, name in enumerate(attacks)]
        return _result(opinions(usual), later)


def opinions(usual: Sequence[MadeDay]) -> dict[str, State]:
    """What was learned of these days: norms alone, each further opinion alone, all of them."""
    hours = {name: pl.concat([day.hours[name] for day in usual]) for name in usual[0].hours}
    norms = moved_on(State.empty(), hours)
    whole, _ = anomaly.fitted(norms, SEED)
    kinds = [kind for kind, _ in whole.learned["host"].scorers.by_kind]
    alone = {
        kind: replace(
            norms,
            learned={
                name: _alone(one, whole.learned[name].scorers, kind, norms)
                for name, one in norms.learned.items()
                if one.ready
            },
        )
        for kind in kinds
    }
    return {SEASONAL: norms, **alone, ALL: whole}


def _alone(learned: Learned, scorers: Scorers, kind: str, state: State) -> Learned:
    """A subject judged by one opinion and by nothing else."""
    scorer = dict(scorers.by_kind)[kind]
    deviations = learned.deviations(state.roles)
    only = Scorers(((kind, scorer),), (None, tails.fit(scorer.score(deviations), ends=scorer.ends)))
    scores = only.combined(np.zeros(len(deviations)), deviations)
    return replace(learned, scorers=only, tail=tails.fit(scores))


def _result(states: Mapping[str, State], days: Sequence[MadeDay]) -> Result:
    told = {name: [_told(state, day) for day in days] for name, state in states.items()}
    figures: list[Figure] = []
    for name, state in states.items():
        counts = _counts(told[name], state)
        found = interval(lambda sums: float(sums[0] / sums[2]), counts, range(len(days)))
        others = interval(lambda sums: float(sums[1] / sums[2]), counts, range(len(days)))
        figures += [
            Figure(f"{name}: attacks found", f"{found.text()} of {len(days)}"),
            Figure(
                f"{name}: others told, a day", others.text(), f"<= {WANTED_PER_DAY:g}",
                others.value <= WANTED_PER_DAY,
            ),
        ]  # fmt: skip
    quiet = sum(len(day.hosts) for day in days)
    return Result(
        tuple(figures),
        (
            Part(
                "Found and others told a day, by anomalies wanted a day", _by_budget(told, states)
            ),
            Part("Found by attack, days", _by_attack(told, states)),
        ),
        (
            f"{LEARNED_DAYS} days learned; {len(days)} days with an attack each, and "
            f"{quiet:,} days of hosts that had no part in one. Intervals are "
            "drawn over days.",
        ),
    )


def _told(state: State, day: MadeDay) -> Told:
    ready = {name: one for name, one in state.learned.items() if one.ready}
    return Told(
        day,
        {
            name: (day.hours[name]["host"], one.chances(day.hours[name], state.roles))
            for name, one in ready.items()
        },
    )


def _lines(state: State) -> dict[str, float]:
    return {name: one.line for name, one in state.learned.items() if one.ready}


def _counts(told: Iterable[Told], state: State) -> NDArray[np.float64]:
    """A row a day: found, others told, one."""
    lines = _lines(state)
    return np.array([(*one.counts(lines), 1.0) for one in told], np.float64)


def _by_budget(
    told: Mapping[str, Sequence[Told]], states: Mapping[str, State]
) -> tuple[Mapping[str, str], ...]:
    rows = []
    for wanted in BUDGETS:
        row = {"wanted a day": f"{wanted:g}"}
        for name, state in states.items():
            found, others, days = _counts(told[name], state.wanting(wanted)).sum(0)
            row[name] = f"{found / days:.2f}, {others / days:.2f}"
        rows.append(row)
    return tuple(rows)


def _by_attack(
    told: Mapping[str, Sequence[Told]], states: Mapping[str, State]
) -> tuple[Mapping[str, str], ...]:
    found = {
        name: [one.counts(_lines(state))[0] for one in told[name]] for name, state in states.items()
    }
    planted = [one.day.attack for one in next(iter(told.values()))]
    return tuple(
        {"attack": str(attack), "days": str(planted.count(attack))}
        | {
            name: str(sum(hit for hit, of in zip(hits, planted, strict=True) if of == attack))
            for name, hits in found.items()
        }
        for attack in dict.fromkeys(planted)
    )
