"""Which hours are told, and why in words: the numbers that stand out, beside what was expected.

Everything is computed from the norms that judged the hour: the strongest deviations, each with
what was observed, the range that was expected and of whom; the attack whose pattern of numbers it
is most like; and the ordinary hour of the site's past that is nearest to it.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.baseline.learned import Learned
from lynceus.baseline.norms import with_kin
from lynceus.baseline.season import hour_text, season_text
from lynceus.baseline.subject import Subject
from lynceus.baseline.surprise import STRONGEST, Judged
from lynceus.language import say
from lynceus.language.columns import counted, sentence
from lynceus.moments import written

MOST_COMPARED = 20_000
"""Hours of the past, evenly taken, that are searched for the nearest ones."""

LEAST_ALIKE = 0.5
"""Cosine from which on an hour is said to be like a pattern."""

_SPREAD = {"outside_hosts": 1.0, "inside_hosts": 1.0}
PATTERNS: dict[str, dict[str, float]] = {
    "a tunnel": {"longest_s": 1.0, "most_packets": 0.7},
    "scanning": {"failed_flows": 1.0, "flows": 1.0, "ports": 0.7, **_SPREAD},
    "data theft": {"outside_sent_bytes": 1.0, "sent_bytes": 1.0, "most_sent_bytes": 1.0,
                   "most_packets": 0.5, "longest_s": 0.3},
    "gathering of data": {"inside_received_bytes": 1.0, "inside_hosts": 0.5,
                          "used_file_flows": 0.5},
    "spreading inside": {"inside_hosts": 1.0, "used_login_flows": 0.7, "used_file_flows": 0.7},
    "password guessing": {"used_login_flows": 1.0, "used_mail_flows": 0.4, "flows": 0.5},
    "a tunnel through DNS": {"used_dns_flows": 1.0, "flows": 0.5},
    "being scanned": {"refused_flows": 1.0, "asked_ports": 0.8, "clients": 0.4},
    "being flooded": {"served_flows": 1.0, "clients": 0.8, "served_received_bytes": 0.5},
    "a new service": {"served_flows": 0.6, "clients": 0.6, "served_outside_flows": 0.8,
                      "asked_ports": 0.3},
}  # fmt: skip
"""Which numbers rise in known attacks, and how strongly beside each other."""


def told(learned: Learned, rows: pl.DataFrame, roles: pl.DataFrame) -> pl.DataFrame:
    """The hours of `rows` that are told: their keys and times, `chance`, `once_in_days`, `reasons`,
    `like` and `nearest`.

    `reasons` is a list of structs (text, number, observed, low, high, share), the strongest first.
    """
    strange = rows.filter(pl.Series(learned.chances(rows, roles) <= learned.line))
    found, chance = learned.judged(strange, roles)
    said = with_kin(strange, roles).with_columns(
        pl.Series("chance", chance),
        pl.Series("once_in_days", 1.0 / np.maximum(chance * learned.rows_per_day, 1e-9)),
        pl.Series("like", _like(learned.subject, found.deviations), dtype=pl.String),
        pl.Series("nearest", _nearest(learned, strange), dtype=pl.String),
    )
    return said.with_columns(_reasons(learned, said, found)).drop(
        learned.subject.names, "part", "kind_part", "day_part"
    )


def _reasons(learned: Learned, rows: pl.DataFrame, found: Judged) -> pl.Series:
    """The strongest deviations of each row as a list of structs."""
    weight = found.deviations**2
    share = weight / np.maximum(weight.sum(1, keepdims=True), 1e-12)
    order = np.argsort(-share, axis=1, kind="stable")[:, :STRONGEST]
    row = np.repeat(np.arange(rows.height), order.shape[1])
    number = order.ravel()
    bare = np.zeros((rows.height, 1))
    observed = np.hstack([rows.select(learned.subject.names).to_numpy(), bare + 1.0])
    low, high = np.hstack([found.low, bare]), np.hstack([found.high, bare])
    long = pl.DataFrame(
        {
            "row": row,
            "place": number,
            "share": share[row, number],
            "observed": observed[row, number],
            "low": low[row, number],
            "high": high[row, number],
            "active": found.active[row],
            "level": found.level[row],
        }
    ).filter(pl.col("share") > 0)
    said = (
        long.join(_numbers(learned.subject), on="place", maintain_order="left")
        .join(
            rows.select("window_start_ns", "role", "segment").with_row_index("row"),
            on=pl.col("row").cast(pl.UInt32),
            maintain_order="left",
        )
        .with_columns(text=_text(learned))
    )
    fields = pl.struct(
        "text",
        "number",
        *(pl.col(name).round(3) for name in ("observed", "low", "high", "share")),
    )
    lists = said.group_by("row", maintain_order=True).agg(reasons=fields)
    every = pl.DataFrame({"row": np.arange(rows.height)})
    return every.join(lists, on="row", how="left", maintain_order="left")["reasons"]


def _numbers(subject: Subject) -> pl.DataFrame:
    """The words of each number by its place; the hour itself is the last."""
    known = []
    for number in subject.numbers:
        before, _, after = say(number.message).partition("{value}")
        known.append((number.name, number.unit, before, after, number.one))
    rows = [*known, ("hour", "hour", "", "", "")]
    frame = pl.DataFrame(rows, schema=["number", "unit", "before", "after", "one"], orient="row")
    return frame.with_row_index("place").cast({"place": pl.Int64})


def _text(learned: Learned) -> pl.Expr:
    """`sent 412 MB outside (its Sundays 03:00 to 06:00: 0 to 9 MB)`."""
    number = pl.format("{}{}{}", "before", _value("observed", learned.subject), "after")
    low = pl.when(pl.col("low") < 0.5).then(pl.lit("0")).otherwise(_value("low"))
    nothing = pl.col("high") < 0.5
    usual = (
        pl.when(nothing)
        .then(sentence("none"))
        .otherwise(sentence("{low} to {high}", low=low, high=_value("high")))
    )
    ordinary = pl.format("{} ({}: {})", number, _whose(learned), usual)
    percent = (pl.col("active") * 100).round(1)
    season = season_text(learned.norms.season if learned.norms else "part")
    hour = sentence(
        "was there at {hour} ({season}: in {percent} % of the hours)",
        hour=hour_text(),
        season=season,
        percent=percent,
    )
    return pl.when(pl.col("unit") == "hour").then(hour).otherwise(ordinary)


def _whose(learned: Learned) -> pl.Expr:
    """Whose hours the range is of, by the level of the norms that told it."""
    levels = learned.norms.levels if learned.norms else ()
    entity = ("site", *learned.subject.entity)
    words: pl.Expr = sentence("hours of this site")
    for place, (keys, _) in enumerate(levels):
        said = {
            ("site", "segment"): sentence("hosts of {segment}"),
            ("site", "role"): sentence("hosts that are {role}"),
            ("site", "host"): sentence("this host"),
            ("site", "resp_p"): sentence("this service here"),
            entity: sentence("its hours"),
        }.get(keys)
        if said is None and keys[-1] in ("part", "kind_part", "day_part"):
            said = sentence("its {season}", season=season_text(keys[-1]))
        if said is not None:
            words = pl.when(pl.col("level") == place).then(said).otherwise(words)
    return words


def _counted(subject: Subject, value: pl.Expr) -> pl.Expr:
    """`17 hosts`, by the noun of each row's number."""
    told: pl.Expr = pl.lit(None, pl.String)
    for one in sorted({number.one for number in subject.numbers} - {""}):
        told = (
            pl.when(pl.col("one") == one)
            .then(counted(f"{{n}} {one}", f"{{n}} {one}s", value))
            .otherwise(told)
        )
    return told


def _value(of: str, subject: Subject | None = None) -> pl.Expr:
    """A value with its unit: `412 MB`, `4 m 32 s`, `17 hosts` of a subject, else `17`."""
    value = pl.col(of)
    count = value.round(0).cast(pl.Int64).cast(pl.String)
    size = pl.format("{} bytes", count)
    for unit, scale in (("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12)):
        size = pl.when(value >= scale).then(
            pl.format("{} " + unit, _three(value / scale))
        ).otherwise(size)  # fmt: skip
    seconds = value.round(0).cast(pl.Int64)
    time = (
        pl.when(value < 60)
        .then(pl.format("{} s", seconds))
        .when(value < 3600)
        .then(pl.format("{} m {} s", seconds // 60, seconds % 60))
        .otherwise(pl.format("{} h {} m", seconds // 3600, seconds % 3600 // 60))
    )
    return (
        pl.when(pl.col("unit") == "bytes")
        .then(size)
        .when(pl.col("unit") == "s")
        .then(time)
        .otherwise(_counted(subject, value.round(0)) if subject else count)
    )


def _three(value: pl.Expr) -> pl.Expr:
    """With one digit behind the point below ten, else none."""
    whole = value.round(0).cast(pl.Int64).cast(pl.String)
    return pl.when(value < 9.95).then(value.round(1).cast(pl.String)).otherwise(whole)


def _like(subject: Subject, deviations: NDArray[np.float64]) -> list[str | None]:
    """The known pattern whose direction each row's rise is nearest to; None where none is near."""
    up = np.maximum(deviations[:, :-1], 0.0)
    up = up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9)
    vectors = np.array([[p.get(n, 0.0) for n in subject.names] for p in PATTERNS.values()])
    cosine = up @ (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).T
    best = cosine.argmax(1)
    names = np.array([*PATTERNS], dtype=object)[best]
    names[cosine[np.arange(len(best)), best] < LEAST_ALIKE] = None
    return list(names)


def _nearest(learned: Learned, strange: pl.DataFrame) -> list[str | None]:
    """The hour of the past that each row is nearest to, `10.0.0.7 at 2023-11-14 10:00`."""
    past = learned.history
    if past.height > MOST_COMPARED:
        past = past.gather_every(-(-past.height // MOST_COMPARED))
    key = ["site", "window_start_ns", *learned.subject.entity]
    past = past.join(strange, on=key, how="anti", nulls_equal=True)
    if past.is_empty():
        return [None] * strange.height
    scale = pl.col(learned.subject.names).log1p().fill_null(0.0)
    rows, known = strange.select(scale).to_numpy(), past.select(scale).to_numpy()
    square = (known**2).sum(1)
    nearest = [int((square - 2.0 * known @ row).argmin()) for row in rows]
    names = past.select("host", "window_start_ns")[nearest]
    return [
        say("{host} at {time}", host=host, time=written(start, "%Y-%m-%d %H:%M"))
        for host, start in names.iter_rows()
    ]
