"""Incidents that go on: a story that grows is told anew under its id, never as another.

What may still be joined by new findings is held; a story whose last finding is long past is
settled and let go. When two stories turn out to be one, the older keeps its id and the other says
where it went.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable

import polars as pl

from lynceus import correlate
from lynceus.compacted import bytes_of
from lynceus.correlate import CorrelateConfig
from lynceus.incident import Incident
from lynceus.moments import NS
from lynceus.records import FINDING_SCHEMA

MOST = 50_000
"""Findings that are held; beyond it the oldest are settled early."""
MOST_OF_ONE = 1_000
"""Findings of one story that are held: its first tenth and its newest."""


class Stories:
    """The findings of open stories, and which incident each is in."""

    def __init__(self, config: CorrelateConfig | None = None) -> None:
        self.config = config or CorrelateConfig()
        self._open = pl.DataFrame(schema=FINDING_SCHEMA)
        self._told: dict[str, Incident] = {}
        """The last version of each open incident, the oldest first."""
        self._in: dict[str, str] = {}
        """The incident of each finding."""
        self._before = (self._open, self._told, self._in)
        self.settled_early = 0
        """Findings that were settled for want of room."""

    @property
    def findings(self) -> int:
        """How many findings are held."""
        return self._open.height

    @property
    def bytes(self) -> int:
        """What findings that are held take in memory."""
        return bytes_of(self._open)

    def resume(self, findings: pl.DataFrame, incidents: Iterable[Incident]) -> None:
        """Goes on with what was told before: incidents in the order in which they began."""
        self._told = {one.id: one for one in incidents}
        self._in = {f.id: one.id for one in self._told.values() for f in one.findings}
        self._open = findings.filter(pl.col("id").is_in(list(self._in)))

    def new(self, findings: pl.DataFrame) -> pl.DataFrame:
        """Those that were not told before."""
        return findings.join(self._open.select("id"), on="id", how="anti", maintain_order="left")

    def tell(
        self, new: pl.DataFrame, facts: pl.DataFrame, doubted: Collection[str] = ()
    ) -> list[Incident]:
        """The incidents that are new or have changed, the most urgent first.

        `facts` has a row for every address of the findings that are held (`ends`).
        """
        if new.is_empty():
            return []
        self._before = (self._open, dict(self._told), dict(self._in))
        self._open = pl.concat([self._open, new])
        touched = correlate.touched(self._open, new["id"], facts=facts, config=self.config)
        drafts = correlate.incidents(touched, facts=facts, doubted=doubted, config=self.config)
        named = self._named(drafts)
        changed = [one for one in named if self._told.get(one.id) != one]
        self._told |= {one.id: one for one in changed}
        return changed

    def untell(self) -> None:
        """As it was before the last `tell`: what it gave could not be kept."""
        self._open, self._told, self._in = self._before

    def ends(self, new: pl.DataFrame) -> pl.Series:
        """The addresses of what is held and of new findings."""
        both = [frame[end].rename("value") for frame in (self._open, new) for end in ENDS]
        return pl.concat(both).drop_nulls().unique()

    @property
    def going_on(self) -> tuple[str, ...]:
        """The incidents that are open."""
        return tuple(self._told)

    def held(self, new: pl.DataFrame) -> pl.DataFrame:
        """What is held and new findings together."""
        return pl.concat([self._open, new])

    def settle(self, until_ns: int | None) -> None:
        """Lets go of stories that no finding after this time can join."""
        if until_ns is None or self._open.is_empty():
            return
        gap_ns = int(max(self.config.join.slow_gap_s, self.config.join.fast_gap_s) * NS)
        placed = self._open.with_columns(
            incident=pl.col("id").replace_strict(self._in, default=None, return_dtype=pl.String)
        )
        over = pl.coalesce("last_seen_ns", "window_end_ns").max().over("incident")
        held = placed.filter(over.is_null() | (over >= until_ns - gap_ns))
        held = held.filter(_of_one())
        if held.height > MOST:
            self.settled_early += held.height - MOST
            held = held.tail(MOST)
        self._open = held.drop("incident")
        here = set(held["incident"].drop_nulls())
        self._told = {name: one for name, one in self._told.items() if name in here}
        ids = set(held["id"])
        self._in = {finding: name for finding, name in self._in.items() if finding in ids}

    def _named(self, drafts: list[Incident]) -> list[Incident]:
        """Drafts under the ids of the incidents that they go on with, and what was swallowed."""
        order = {name: number for number, name in enumerate(self._told)}
        owners = {
            draft.id: Counter(self._in[f.id] for f in draft.findings if f.id in self._in)
            for draft in drafts
        }
        # Where one story falls apart, the part with more of its findings keeps the id.
        ordered = sorted(drafts, key=lambda draft: (-owners[draft.id].total(), draft.id))
        named: dict[str, str] = {}
        into: dict[str, str] = {}
        for draft in ordered:
            free = (name for name in owners[draft.id] if name not in named.values())
            before = sorted(free, key=order.__getitem__)
            name = before[0] if before else self._fresh(draft.id, named.values())
            named[draft.id] = name
            into |= dict.fromkeys(before[1:], name)
        self._in |= {f.id: named[draft.id] for draft in drafts for f in draft.findings}
        gone = [
            self._told[other].model_copy(update={"merged_into": name})
            for other, name in into.items()
            if other not in named.values() and self._told[other].merged_into != name
        ]
        return [*(d.model_copy(update={"id": named[d.id]}) for d in drafts), *gone]

    def _fresh(self, name: str, taken: Collection[str]) -> str:
        """An id that no other incident has."""
        while name in self._told or name in taken:
            name = hashlib.sha256(f"{name}|again".encode()).hexdigest()[:16]
        return name


ENDS = ("orig_h", "resp_h")


def _of_one() -> pl.Expr:
    """Whether a finding is among those that are held of its story."""
    number, many = pl.int_range(pl.len()).over("incident"), pl.len().over("incident")
    first = MOST_OF_ONE // 10
    return (number < first) | (number >= many - (MOST_OF_ONE - first))
