"""What is usual: robust numbers by season and entity, borrowed from its kin where little is known.

Most numbers of an hour are often 0, and what is not 0 spreads over orders of magnitude. So a norm
tells of a number in two parts how often it is anything at all (`share` of the hours) and how much
it is then: on the scale log(1 + x) the middle (median) and how far it spreads up and down (10 % and
90 % quantiles, as standard deviations of a normal distribution). `active` is the share of hours in
which the entity was heard of at all.

Norms of a narrow group are blended into those of the wider one by the hours n they rest on:

    share   = (n * own + BORROW * wider) / (n + BORROW)
    middle  = w * own + (1 - w) * wider           w = n / (n + BORROW)
    spread2 = w * own2 + (1 - w) * (wider2 + w * (own middle - wider middle)2)

so that an entity that is little known is judged by its role, its segment and the site, and with
more tolerance. Medians and quantiles do not move for a few strange hours, however strange.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline.season import HOUR_NS, seasons, with_seasons
from lynceus.baseline.subject import FLOOR, Subject

BORROW = 6.0
"""Hours of its own at which a group's norm weighs as much as that of the wider one."""

_NORMAL_Q90 = 1.2815515655446004
"""Standard deviations between the median and the 90 % quantile of a normal distribution."""

_PARTS = ("share", "middle", "up", "down")

Matrix = NDArray[np.float64]
Level = tuple[tuple[str, ...], pl.DataFrame]


@dataclass(frozen=True, eq=False)
class Expected:
    """What was expected of rows: matrices of rows by numbers, NaN where nothing is known."""

    share: Matrix
    middle: Matrix
    up: Matrix
    down: Matrix
    active: NDArray[np.float64]
    """Of each row, how often its entity is heard of in such an hour."""
    level: NDArray[np.int64]
    """Of each row, the place of the level in `Norms.levels` that told it; -1 for none."""


@dataclass(frozen=True, eq=False)
class Norms:
    """Norms of one subject; each frame is one level, blended with all wider ones."""

    subject: Subject
    days: int
    """Days of history they rest on."""
    levels: tuple[Level, ...]
    """Key columns and frame, the widest first. A frame has the key, `hours`, `active`, and of each
    number `share_`, `middle_`, `up_` and `down_`."""

    @property
    def season(self) -> str:
        """The finest season that the history tells apart."""
        return seasons(self.days)[-1]

    @cached_property
    def _tables(self) -> list[tuple[pl.DataFrame, NDArray[np.float32]]]:
        """Of each level the number of each group, and all that is known of the groups by rows: to
        take whole rows of a matrix is several times faster than to join as many columns."""
        told = [f"{part}_{number}" for part in _PARTS for number in self.subject.names]
        return [
            (
                frame.select(keys).with_row_index("group"),
                np.ascontiguousarray(frame.select(*told, "active").to_numpy(), dtype=np.float32),
            )
            for keys, frame in self.levels
        ]

    @property
    def own_level(self) -> int:
        """The place of the first level that tells of the entity itself."""
        return [keys for keys, _ in self.levels].index(("site", *self.subject.entity))

    def of(self, rows: pl.DataFrame) -> Expected:
        """What to expect of rows that have their kin and seasons (`with_kin`)."""
        width = len(self.subject.numbers)
        parts = [np.full((rows.height, width), np.nan) for _ in _PARTS]
        active = np.full(rows.height, np.nan)
        level = np.full(rows.height, -1, dtype=np.int64)
        for place in range(len(self.levels) - 1, -1, -1):
            left = np.flatnonzero(level < 0)
            if not left.size:
                break
            keys, _ = self.levels[place]
            groups, matrix = self._tables[place]
            met = rows.select(keys)[left].join(
                groups, on=keys, how="left", nulls_equal=True, maintain_order="left"
            )["group"]
            known = left[met.is_not_null().to_numpy()]
            told = matrix[met.drop_nulls().to_numpy()]
            for number, part in enumerate(parts):
                part[known] = told[:, number * width : (number + 1) * width]
            active[known] = told[:, -1]
            level[known] = place
        share, middle, up, down = parts
        return Expected(share, middle, up, down, active, level)


def learn(subject: Subject, rows: pl.DataFrame, days: int) -> Norms:
    """Norms of a history. Rows need the columns that `with_kin` gives."""
    numbers = subject.names
    scaled = rows.with_columns(
        pl.when(pl.col(name) > 0).then(pl.col(name).log1p()).alias(f"more_{name}")
        for name in numbers
    )
    entity = ("site", *subject.entity)
    kin = [("site",), *(("site", column) for column in subject.kin if column != "host"), entity]
    if "host" in subject.kin:
        kin.insert(-1, ("site", "host"))
    chances = _chances(scaled, entity) if subject.zero else None
    levels: list[Level] = []
    for keys in [*kin, *((*entity, season) for season in seasons(days))]:
        levels.append((keys, _level(subject, scaled, keys, levels, chances)))
    return Norms(subject, days, tuple(levels))


def with_kin(rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """Rows with the `role` of their host, null where it has none, and their seasons."""
    known = roles.select("site", "host", "role")
    joined = rows.join(known, on=["site", "host"], how="left", maintain_order="left")
    return with_seasons(joined)


def days_of(rows: pl.DataFrame) -> int:
    """How many days rows span, begun ones included; 0 of none."""
    if rows.is_empty():
        return 0
    first, last = rows["window_start_ns"].min(), rows["window_start_ns"].max()
    return int(-(-(last - first + HOUR_NS) // (24 * HOUR_NS)))  # type: ignore[operator]


def _chances(rows: pl.DataFrame, entity: tuple[str, ...]) -> pl.DataFrame:
    """In how many hours of each season an entity could have been heard of: those since its first
    in which anybody was. One row an entity and season of the week."""
    hours = with_seasons(rows.select("site", "window_start_ns").unique())
    since = rows.group_by(entity).agg(
        since=pl.col("window_start_ns").min(),
        **{c: pl.col(c).sort_by("window_start_ns").last() for c in ("segment", "role")},
    )
    of_start = (
        since.select("site", "since")
        .unique()
        .join(hours, on="site")
        .filter(pl.col("window_start_ns") >= pl.col("since"))
        .group_by("site", "since", "part", "kind_part", "day_part")
        .agg(chances=pl.len().cast(pl.Int64))
    )
    return since.join(of_start, on=["site", "since"])


def _level(
    subject: Subject,
    scaled: pl.DataFrame,
    keys: tuple[str, ...],
    wider: Sequence[Level],
    chances: pl.DataFrame | None,
) -> pl.DataFrame:
    """The norms of one level, each blended with those of the nearest wider group."""

    def each(part: str, of: str, told: Callable[[pl.Expr], pl.Expr]) -> dict[str, pl.Expr]:
        return {f"{part}_{n}": told(pl.col(f"{of}{n}")) for n in subject.names}

    own = (
        scaled.group_by(keys)
        .agg(
            hours=pl.len().cast(pl.Int64),
            **each("told", "", lambda number: number.count().cast(pl.Int64)),
            **each("any", "more_", lambda more: more.count().cast(pl.Int64)),
            **each("middle", "more_", lambda more: more.median()),
            **each("up", "more_", lambda more: more.quantile(0.9, "linear")),
            **each("down", "more_", lambda more: more.quantile(0.1, "linear")),
            **_wider_keys(keys, wider),
        )
        .sort(keys)
    )
    if chances is not None:
        counted = chances.group_by(keys).agg(pl.col("chances").sum())
        own = own.join(counted, on=keys, how="left", nulls_equal=True, maintain_order="left")
    else:
        own = own.with_columns(chances="hours")
    return _blended(subject, own, keys, wider)


def _wider_keys(keys: tuple[str, ...], wider: Sequence[Level]) -> dict[str, pl.Expr]:
    """The wider groups of a group, by its latest hour: what its norm borrows from."""
    columns = {column for above, _ in wider for column in above} - set(keys)
    return {c: pl.col(c).sort_by("window_start_ns").last() for c in sorted(columns)}


def _blended(
    subject: Subject, own: pl.DataFrame, keys: tuple[str, ...], wider: Sequence[Level]
) -> pl.DataFrame:
    def matrix(part: str) -> Matrix:
        return own.select(f"{part}_{n}" for n in subject.names).to_numpy().astype(np.float64)

    hours, some = matrix("told"), matrix("any")
    middle = matrix("middle")
    floor = np.array([FLOOR[number.unit] for number in subject.numbers])
    up = np.fmax((matrix("up") - middle) / _NORMAL_Q90, floor)
    down = np.fmax((middle - matrix("down")) / _NORMAL_Q90, floor)
    active = own["hours"].to_numpy() / own["chances"].to_numpy()
    # Nobody is known to do a thing never, nor always: half an hour each way is left open.
    share = (some + 0.5) / (hours + 1.0)
    if wider:
        theirs = Norms(subject, 0, tuple(wider)).of(own)
        share = (some + BORROW * theirs.share) / (hours + BORROW)
        chances = own["chances"].to_numpy()
        active = (own["hours"].to_numpy() + BORROW * theirs.active) / (chances + BORROW)
        weight = some / (some + BORROW)
        known = np.nan_to_num(middle)
        between = weight * (known - theirs.middle) ** 2
        up = _mixed(weight, up, theirs.up, between)
        down = _mixed(weight, down, theirs.down, between)
        blended = weight * known + (1 - weight) * theirs.middle
        middle = np.where(np.isnan(blended), middle, blended)
    parts = dict(zip(_PARTS, (share, middle, up, down), strict=True))
    return own.select(*keys, "hours").with_columns(
        pl.Series("active", np.minimum(active, 1.0), dtype=pl.Float32),
        *(
            pl.Series(f"{part}_{n}", matrix[:, place], dtype=pl.Float32)
            for part, matrix in parts.items()
            for place, n in enumerate(subject.names)
        ),
    )


def _mixed(weight: Matrix, own: Matrix, wider: Matrix, between: Matrix) -> Matrix:
    mixed = np.sqrt(weight * own**2 + (1 - weight) * (wider**2 + between))
    return np.where(np.isnan(mixed), own, mixed)
