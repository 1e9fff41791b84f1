"""How numbers become scores and words: the few expressions that detectors share."""

from __future__ import annotations

import polars as pl

from lynceus.features import ports
from lynceus.language.columns import clause, counted
from lynceus.records import Severity

WINDOW_KEYS = ["window_start_ns", "window_end_ns", "site"]
"""What tells the rows of one window apart from those of another."""

MANAGEMENT = r"(?i)admin|manag|jump|bastion|backup|monitor|scan|deploy|inventory"
"""Roles of assets whose work it is to turn to many hosts."""


def techniques(*ids: str) -> pl.Expr:
    """ATT&CK technique ids as the value of a column."""
    return pl.lit(list(ids), dtype=pl.List(pl.String))


def _expr(of: str | pl.Expr) -> pl.Expr:
    return pl.col(of) if isinstance(of, str) else of


def saturating(of: str | pl.Expr, half: float) -> pl.Expr:
    """0 at nothing, 0.5 at `half`, towards 1 above: x / (x + half)."""
    value = _expr(of).cast(pl.Float64)
    return value / (value + half)


def severity(*levels: tuple[pl.Expr, Severity], otherwise: Severity) -> pl.Expr:
    """The first level whose condition holds; an unknown condition does not."""
    chosen: pl.Expr = pl.lit(otherwise)
    for condition, level in reversed(levels):
        chosen = pl.when(condition.fill_null(False)).then(pl.lit(level)).otherwise(chosen)
    return chosen


def share(part: str | pl.Expr, whole: str | pl.Expr) -> pl.Expr:
    """Part of a whole, 0..1; 0 where the whole is 0."""
    total = _expr(whole).cast(pl.Float64)
    return pl.when(total > 0).then(_expr(part) / total).otherwise(0.0)


def number_text(of: str | pl.Expr, digits: int = 0) -> pl.Expr:
    """`12`, `0.25`: a number without needless digits."""
    value = _expr(of).round(digits)
    return (value.cast(pl.Int64) if digits == 0 else value).cast(pl.String)


def percent_text(of: str | pl.Expr) -> pl.Expr:
    """`87 %` of a share 0..1."""
    return pl.format("{} %", number_text(_expr(of) * 100))


def bytes_text(of: str | pl.Expr) -> pl.Expr:
    """`512 bytes`, `3.2 KB`, `8.9 GB` (powers of 1000)."""
    value = _expr(of).cast(pl.Float64)
    text = pl.format("{} bytes", number_text(value))
    for unit, size in (("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12)):
        scaled = pl.format("{} " + unit, (value / size).round(1))
        text = pl.when(value >= size).then(scaled).otherwise(text)
    return text


def duration_text(of: str | pl.Expr) -> pl.Expr:
    """`0.4 s`, `41 s`, `4 m 32 s`, `3 h 5 m`, of seconds."""
    seconds = _expr(of).cast(pl.Float64)
    whole = seconds.round(0).cast(pl.Int64)
    minutes = pl.format("{} m {} s", whole // 60, whole % 60)
    hours = pl.format("{} h {} m", whole // 3600, whole % 3600 // 60)
    return (
        pl.when(seconds < 10)
        .then(pl.format("{} s", seconds.round(1)))
        .when(seconds < 60)
        .then(pl.format("{} s", whole))
        .when(seconds < 3600)
        .then(minutes)
        .otherwise(hours)
    )


def span_s(first: str = "first_seen_ns", last: str = "last_seen_ns") -> pl.Expr:
    """Seconds between two times; null where there is no date."""
    return (pl.col(last) - pl.col(first)) / 1e9


def in_time(of: pl.Expr) -> pl.Expr:
    """` in 41 s`, or nothing where there is no date or all was at once."""
    told = clause("in {span}", span=duration_text(of))
    return pl.when(of.is_null() | (of < 0.05)).then(pl.lit("")).otherwise(told)


def plural(of: str | pl.Expr, one: str, many: str | None = None) -> pl.Expr:
    """`1 port`, `3 ports`: the messages `{n} port` and `{n} ports`."""
    return counted(f"{{n}} {one}", f"{{n}} {many or one + 's'}", _expr(of))


def manages(of: str = "orig_role_of_asset") -> pl.Expr:
    """Whether it is the work of a host to administer others, by the role of its asset."""
    return pl.col(of).str.contains(MANAGEMENT).fill_null(False)


def first_of(of: str) -> pl.Expr:
    """The value that all rows of a group share; null where they differ."""
    known = pl.col(of).drop_nulls()
    return pl.when(known.n_unique() == 1).then(known.first()).alias(of)


def as_text(of: str) -> pl.Expr:
    """` as anna, bob` of a list of users, or nothing where none is known."""
    users = pl.col(of).list.drop_nulls().list.head(3)
    named = clause("as {users}", users=users.list.join(", "))
    return pl.when(users.list.len() > 0).then(named).otherwise(pl.lit(""))


def network_text(end: str = "resp") -> pl.Expr:
    """` (google)` where the network of the end is known, else nothing."""
    network = pl.col(f"{end}_network")
    return pl.when(network.is_null()).then(pl.lit("")).otherwise(pl.format(" ({})", network))


port_text = ports.port_text
