"""How hosts of a finding did beside their own history and their peers, in the hours it tells of.

Of the hours of a host in the time of a finding the one is told whose number stands out most: by
more than `STANDS_OUT` spreads of its norm, and beyond all that the host itself, or its peers, have
done. Ranges are the least and the most of what the history holds, counted and not modelled: of the
host at that time of the week, and of other hosts of its role (else of its network) at any time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from lynceus.baseline.learned import merged
from lynceus.baseline.norms import Norms, with_kin
from lynceus.baseline.roles import OTHER
from lynceus.baseline.season import HOUR_NS, PART_HOURS, seasons, with_seasons
from lynceus.baseline.state import State
from lynceus.baseline.subject import HOST
from lynceus.baseline.surprise import judge
from lynceus.evidence import with_evidence
from lynceus.moments import written

COMPARED = "compared"
"""The name of what is added to the evidence."""
STANDS_OUT = 3.0
"""Spreads of its norm beyond which a number is worth comparing."""
CANDIDATES = 3
"""Numbers of an hour that are compared: those furthest from their norms."""

_AT = ["site", "host", "window_start_ns"]


def with_comparison(findings: pl.DataFrame, hours: pl.DataFrame, usual: State) -> pl.DataFrame:
    """Findings whose evidence tells how the hosts at their ends did (`compared`).

    `hours` are rows of hosts (`subject.rows_of`); hours that were learned already are known
    besides. Before the baseline is ready nothing is compared.
    """
    learned = usual.learned[HOST.name]
    if findings.is_empty() or learned.norms is None:
        return findings
    spans = _spans(findings)
    near = spans.select("site", "host").unique()
    past = learned.history.join(near, on=["site", "host"], how="semi")
    told = merged(
        [
            frame.select(learned.history.columns).join(near, on=["site", "host"], how="semi")
            for frame in (hours, past, learned.withheld)
        ],
        _AT,
    )
    met = spans.join(told.select(_AT), on=["site", "host"], how="inner").filter(
        pl.col("window_start_ns").is_between(
            pl.col("from_ns") // HOUR_NS * HOUR_NS, pl.col("until_ns")
        )
    )
    rows = with_kin(told.join(met.select(_AT).unique(), on=_AT, how="semi"), usual.roles)
    if rows.is_empty():
        return findings
    found = _furthest(learned.norms, learned.days, rows).join(
        met.select("id", *_AT), on=_AT, how="inner", maintain_order="left"
    )
    own = _own(past, met, learned.days)
    found = found.join(own, on=["id", "site", "host", "number", "season"], how="left")
    found = found.join(_peers(usual, rows), on=["site", "host", "number"], how="left")
    known = found.join(_history(past, met), on=["id", "site", "host"], how="left")
    best = _best(known)
    evidence: dict[str, dict[str, Any]] = {}
    for row in best.iter_rows(named=True):
        one = evidence.setdefault(row["id"], {COMPARED: []})
        one[COMPARED].append(_told(row, learned.days))
    return with_evidence(findings, evidence)


def _spans(findings: pl.DataFrame) -> pl.DataFrame:
    """`id`, `site`, `host`, `from_ns`, `until_ns`: each end of a finding, and its time."""
    begin = pl.coalesce("first_seen_ns", "window_start_ns")
    end = pl.coalesce("last_seen_ns", pl.col("window_end_ns") - 1, begin)
    ends = [
        findings.select("id", pl.col("site"), host=end_h, from_ns=begin, until_ns=end)
        for end_h in ("orig_h", "resp_h")
    ]
    return pl.concat(ends).drop_nulls(["host", "from_ns"]).unique(["id", "host"])


def _furthest(norms: Norms, days: int, rows: pl.DataFrame) -> pl.DataFrame:
    """Of each row its numbers that are furthest above their norms: `number`, `observed`,
    `deviation`; and the `season` in which it lies."""
    above = judge(norms, rows).deviations[:, :-1]
    order = np.argsort(-above, axis=1, kind="stable")[:, :CANDIDATES]
    row = np.repeat(np.arange(rows.height), order.shape[1])
    number = order.ravel()
    names = np.array(HOST.names, dtype=object)
    observed = rows.select(HOST.names).to_numpy()
    season = seasons(days)[-1]
    return rows.select(*_AT, "role", "segment", season=pl.col(season))[row].with_columns(
        number=pl.Series(list(names[number]), dtype=pl.String),
        observed=pl.Series(observed[row, number]),
        deviation=pl.Series(above[row, number]),
    )


def _long(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Rows of hosts with a row a number: `number` and `value`."""
    return rows.unpivot(HOST.names, index=keys, variable_name="number").drop_nulls("value")


def _own(past: pl.DataFrame, met: pl.DataFrame, days: int) -> pl.DataFrame:
    """What a host did before in hours of a season: `own_low`, `own_high`, `own_hours`, without the
    hours that a finding tells of itself."""
    season = seasons(days)[-1]
    before = _before(past, met).pipe(with_seasons).with_columns(season=pl.col(season))
    keys = ["id", "site", "host", "season"]
    return (
        _long(before, keys)
        .group_by(*keys, "number")
        .agg(
            own_low=pl.col("value").min(),
            own_high=pl.col("value").max(),
            own_hours=pl.len().cast(pl.Int64),
        )
    )


def _history(past: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    """In how many hours before a finding its host is known at all: `known_hours`."""
    before = _before(past, met)
    return before.group_by("id", "site", "host").agg(known_hours=pl.len().cast(pl.Int64))


def _before(past: pl.DataFrame, met: pl.DataFrame) -> pl.DataFrame:
    """Hours of the hosts of findings that these findings do not tell of."""
    spans = met.group_by("id", "site", "host").agg(
        first=pl.col("window_start_ns").min(), last=pl.col("window_start_ns").max()
    )
    joined = past.join(spans, on=["site", "host"], how="inner")
    return joined.filter(~pl.col("window_start_ns").is_between("first", "last"))


def _peers(usual: State, rows: pl.DataFrame) -> pl.DataFrame:
    """What other hosts of the role of a host, else of its network, have done: `peers` (their
    number), `peers_low`, `peers_high`, `kin` (`role` or `segment`)."""
    history = usual.learned[HOST.name].history
    named = history.join(
        usual.roles.select("site", "host", "role"), on=["site", "host"], how="left"
    )
    extremes = (
        _long(named, ["site", "host", "role", "segment"])
        .group_by("site", "host", "number")
        .agg(
            low=pl.col("value").min(),
            high=pl.col("value").max(),
            role=pl.col("role").last(),
            segment=pl.col("segment").last(),
        )
        .with_columns(role=pl.when(pl.col("role") != OTHER).then("role"))
    )
    mine = rows.select("site", "host", "role", "segment").unique(["site", "host"])
    mine = mine.with_columns(role=pl.when(pl.col("role") != OTHER).then("role"))
    of_role = _without_self(extremes, mine.drop_nulls("role"), "role")
    placed = mine.join(of_role.select("site", "host").unique(), on=["site", "host"], how="anti")
    return pl.concat([of_role, _without_self(extremes, placed.drop_nulls("segment"), "segment")])


def _without_self(extremes: pl.DataFrame, mine: pl.DataFrame, kin: str) -> pl.DataFrame:
    """The range of the others of a group: the second of each end where the first is one's own."""
    group = ["site", kin, "number"]
    low, high = pl.col("low").sort_by("low"), pl.col("high").sort_by("high", descending=True)
    ranges = extremes.drop_nulls(kin).group_by(group).agg(
        members=pl.col("host").n_unique().cast(pl.Int64),
        low_1=low.first(), low_2=low.get(1, null_on_oob=True),
        high_1=high.first(), high_2=high.get(1, null_on_oob=True),
    )  # fmt: skip
    own = extremes.select("site", "host", "number", own_low="low", own_high="high")
    joined = (
        mine.select("site", "host", kin)
        .join(ranges, on=["site", kin], how="inner")
        .join(own, on=["site", "host", "number"], how="left")
    )
    inside = pl.col("own_low").is_not_null()
    return (
        joined.select(
            "site", "host", "number",
            kin=pl.lit(kin),
            peers=pl.col("members") - inside.cast(pl.Int64),
            peers_low=pl.when(pl.col("own_low") == pl.col("low_1"))
            .then("low_2").otherwise("low_1"),
            peers_high=pl.when(pl.col("own_high") == pl.col("high_1"))
            .then("high_2").otherwise("high_1"),
        )
        .filter(pl.col("peers") > 0)
    )  # fmt: skip


def _best(found: pl.DataFrame) -> pl.DataFrame:
    """The one row of each finding and host that is told: what stands out most, else any."""
    beyond = (pl.col("observed") > pl.col("own_high")).fill_null(True) | (
        pl.col("observed") > pl.col("peers_high")
    ).fill_null(False)
    return (
        found.with_columns(
            stands_out=(pl.col("deviation") > STANDS_OUT) & beyond & (pl.col("observed") > 0)
        )
        .sort(
            "id", "stands_out", "deviation", "window_start_ns", "host", "number",
            descending=[False, True, True, False, False, False],
        )
        .unique(["id", "host"], keep="first", maintain_order=True)
    )  # fmt: skip


def _told(row: dict[str, Any], days: int) -> dict[str, Any]:
    """A comparison as evidence."""
    start = row["window_start_ns"]
    hour = start % (24 * HOUR_NS) // HOUR_NS
    first = hour // PART_HOURS * PART_HOURS
    told = {
        "host": row["host"],
        "hour": written(start, "%Y-%m-%d %H:%M"),
        "days": days,
        "known_hours": row["known_hours"] or 0,
        "stands_out": row["stands_out"],
    }
    if not row["stands_out"]:
        return told
    told |= {
        "number": row["number"],
        "observed": round(row["observed"], 3),
        "season": seasons(days)[-1],
        "weekday": int((start // (24 * HOUR_NS) + 3) % 7),
        "begin": f"{first:02}:00",
        "end": f"{first + PART_HOURS:02}:00",
        "own_hours": row["own_hours"] or 0,
    }
    if row["own_hours"]:
        told |= {name: round(row[name], 3) for name in ("own_low", "own_high")}
    if row["peers"]:
        told |= {"peers": row["peers"], "peers_are": row[row["kin"]]}
        told |= {name: round(row[name], 3) for name in ("peers_low", "peers_high")}
    return told
