"""Geometry of the report's charts: numbers in, places on a canvas out; the template draws them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from lynceus.incident import FindingRecord, Incident
from lynceus.language import say, several
from lynceus.moments import written

WIDTH = 1060.0
LEFT, RIGHT = 64.0, 12.0
PLOT = WIDTH - LEFT - RIGHT
MOST_LANES = 8
LANE = 13.0
CHART = 132.0
TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
                43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000)  # fmt: skip
SERIES = (
    ("bytes_internal", "inside to inside"),
    ("bytes_other", "neither end known inside"),
    ("bytes_in", "into the inside"),
    ("bytes_out", "out of the inside"),
)
"""Columns of the traffic series from the bottom of the stack to its top, with their names."""
WAYS = ("sent", "received", "undirected")
"""Columns of the hosts with the most bytes."""


def size_text(amount: float) -> str:
    """Bytes for people, in decimal units: `1.4 GB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5:
            return (
                f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.5 else f"{amount:.2g} {unit}"
            )
        amount /= 1000
    return f"{amount:,.0f} PB"


def short_text(number: int) -> str:
    """A count for a small place: `10.3 M`; below 100,000 in full."""
    if number < 100_000:
        return f"{number:,}"
    amount = float(number)
    for unit in ("k", "M", "G"):
        amount /= 1000
        if amount < 999.5:
            return f"{amount:.3g} {unit}"
    return f"{amount / 1000:,.3g} T"


def span_text(seconds: float) -> str:
    """A duration for people: `1 d 4 h`, `3 min`, `20 s`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    units = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    place = next(i for i, (size, _) in enumerate(units) if seconds >= size)
    size, unit = units[place]
    whole, rest = divmod(round(seconds), size)
    told = f"{whole} {unit}"
    if place < 3 and rest // units[place + 1][0]:
        told += f" {rest // units[place + 1][0]} {units[place + 1][1]}"
    return told


def seconds_of(stamp: str | None) -> float | None:
    """Seconds since 1970 of an RFC 3339 time; None where there is none."""
    if not stamp:
        return None
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return None


@dataclass(frozen=True)
class Tick:
    """A place on an axis with its text."""

    at: float
    text: str
    end: bool = False
    """Whether the text must end at the place, not to leave the canvas."""


@dataclass(frozen=True)
class Area:
    """One series of the stack."""

    name: str
    text: str
    path: str
    total: str


@dataclass(frozen=True)
class Step:
    """One step of the series: a place to point at."""

    x: float
    width: float
    text: str


@dataclass(frozen=True)
class Mark:
    """An incident or finding on the time axis."""

    x: float
    y: float
    width: float
    severity: str
    text: str
    number: int


@dataclass(frozen=True)
class Timeline:
    """The whole period: traffic below, incidents above."""

    width: float
    height: float
    top: float
    bottom: float
    areas: tuple[Area, ...]
    steps: tuple[Step, ...]
    marks: tuple[Mark, ...]
    hidden: int
    """Incidents for which there was no room."""
    undated: int
    xs: tuple[Tick, ...]
    ys: tuple[Tick, ...]


def time_ticks(first: float, last: float, left: float, width: float) -> tuple[Tick, ...]:
    """Round times between two moments (seconds since 1970)."""
    span = max(last - first, 1e-9)
    step = next((s for s in TICK_STEPS_S if span / s <= 7), TICK_STEPS_S[-1])
    many_days = span > 2 * 86400
    form = "%d %b" if step >= 86400 else "%d %b %H:%M" if many_days else "%H:%M"
    form = form if step >= 60 else "%H:%M:%S"
    at = math.ceil(first / step) * step
    ticks = []
    while at <= last:
        x = left + (at - first) / span * width
        midnight = at % 86400 == 0 and step < 86400
        text = written(int(at) * 10**9, "%d %b" if midnight else form) or ""
        ticks.append(Tick(x, text, x > left + width - 34))
        at += step
    return tuple(ticks)


def size_ticks(most: float, top: float, bottom: float) -> tuple[Tick, ...]:
    """Three or so round amounts from zero up."""
    power = 10 ** math.floor(math.log10(most)) if most > 0 else 1.0
    unit = next(
        (u * power for u in (0.1, 0.2, 0.25, 0.5, 1, 2, 5) if most / (u * power) <= 4), power
    )
    ticks = []
    for i in range(int(most / unit) + 1):
        y = bottom - (unit * i) / max(most, 1e-9) * (bottom - top)
        ticks.append(Tick(y, size_text(unit * i)))
    return tuple(ticks)


def timeline(traffic: pl.DataFrame, step_s: int, incidents: Sequence[Incident]) -> Timeline | None:
    """The period as a chart; None where nothing carries a time."""
    dated = [
        (number, incident, first, seconds_of(incident.last_seen) or first)
        for number, incident in enumerate(incidents, 1)
        if (first := seconds_of(incident.first_seen)) is not None
    ]
    if traffic.is_empty() and not dated:
        return None
    starts = [int(t) / 1e9 for t in traffic["ts_ns"].to_list()]
    first = min([*starts[:1], *(d[2] for d in dated)])
    last = max([*(s + step_s for s in starts[-1:]), *(d[3] for d in dated), first + 1])
    scale = PLOT / (last - first)
    marks, lanes, hidden = _lanes(dated, first, scale)
    top = max(lanes, 1) * LANE + 14
    bottom = top + CHART
    stacked = traffic.select(pl.sum_horizontal(name for name, _ in SERIES)).to_series()
    most = max(stacked.to_list(), default=0.0)
    return Timeline(
        width=WIDTH,
        height=bottom + 24,
        top=top,
        bottom=bottom,
        areas=_areas(traffic, (first, scale, step_s), (top, bottom), most),
        steps=_steps(traffic, first, scale, step_s),
        marks=marks,
        hidden=hidden,
        undated=len(incidents) - len(dated),
        xs=time_ticks(first, last, LEFT, PLOT),
        ys=size_ticks(most, top, bottom) if most else (),
    )


def _lanes(
    dated: Sequence[tuple[int, Incident, float, float]], first: float, scale: float
) -> tuple[tuple[Mark, ...], int, int]:
    """Incidents in lanes that do not overlap, the most urgent first; those without room counted."""
    ends: list[list[tuple[float, float]]] = []
    marks = []
    hidden = 0
    for number, incident, start, stop in dated:
        x = LEFT + (start - first) * scale
        width = max((stop - start) * scale, 7.0)
        x = min(x, LEFT + PLOT - width) if width < PLOT else LEFT
        span = (x - 2, x + min(width, PLOT) + 2)
        lane = next(
            (
                i
                for i, taken in enumerate(ends)
                if all(span[1] < a or span[0] > b for a, b in taken)
            ),
            len(ends),
        )
        if lane >= MOST_LANES:
            hidden += 1
            continue
        if lane == len(ends):
            ends.append([])
        ends[lane].append(span)
        times = [*dict.fromkeys(t for t in (_clock(start), _clock(stop)) if t)]
        both = len(times) == 2
        when = say("{first} to {last}", first=times[0], last=times[1]) if both else "".join(times)
        text = f"{incident.severity}: {incident.title} ({when})"
        marks.append(Mark(x, 4 + lane * LANE, min(width, PLOT), incident.severity, text, number))
    return tuple(marks), len(ends), hidden


def _clock(seconds: float) -> str | None:
    return written(int(seconds * 1e9))


def _areas(
    traffic: pl.DataFrame,
    along: tuple[float, float, int],
    between: tuple[float, float],
    most: float,
) -> tuple[Area, ...]:
    """The stack as step paths, from the bottom up; empty series left out."""
    first, scale, step_s = along
    top, bottom = between
    if traffic.is_empty() or most <= 0:
        return ()
    x = [LEFT + (int(t) / 1e9 - first) * scale for t in traffic["ts_ns"].to_list()]
    x.append(x[-1] + step_s * scale)
    below = [0.0] * (len(x) - 1)
    areas = []
    for name, text in SERIES:
        values = traffic[name].to_list()
        total = sum(values)
        if total <= 0:
            continue
        above = [b + v for b, v in zip(below, values, strict=True)]
        upper = _staircase(x, above, most, top, bottom)
        lower = _staircase(x, below, most, top, bottom)[::-1]
        path = "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in [*upper, *lower]) + "Z"
        areas.append(Area(name.removeprefix("bytes_"), say(text), path, size_text(total)))
        below = above
    return tuple(areas)


def _staircase(
    x: Sequence[float], values: Sequence[float], most: float, top: float, bottom: float
) -> list[tuple[float, float]]:
    points = []
    for i, value in enumerate(values):
        y = bottom - value / most * (bottom - top)
        points += [(x[i], y), (x[i + 1], y)]
    return points


def _steps(traffic: pl.DataFrame, first: float, scale: float, step_s: int) -> tuple[Step, ...]:
    steps = []
    for row in traffic.iter_rows(named=True):
        sizes = ", ".join(f"{size_text(row[n])} {say(text)}" for n, text in SERIES if row[n] >= 1)
        text = several(
            "{time} UTC, {span}: {sizes}; {n} flow began",
            "{time} UTC, {span}: {sizes}; {n} flows began",
            row["flows"], time=written(row["ts_ns"]), span=span_text(step_s),
            sizes=sizes or say("no bytes"),
        )  # fmt: skip
        x = LEFT + (row["ts_ns"] / 1e9 - first) * scale
        steps.append(Step(x, step_s * scale, text))
    return tuple(steps)


@dataclass(frozen=True)
class Lane:
    """The findings of one detector on an incident's time axis."""

    name: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Story:
    """An incident's findings over time."""

    width: float
    height: float
    lanes: tuple[Lane, ...]
    xs: tuple[Tick, ...]
    left: float


def story(findings: Sequence[tuple[int, FindingRecord]]) -> Story | None:
    """Numbered findings over time, a lane a detector; None where fewer than two carry times."""
    dated = [
        (n, f, a, seconds_of(f.last_seen) or a)
        for n, f in findings
        if (a := seconds_of(f.first_seen)) is not None
    ]
    if len(dated) < 2:
        return None
    first, last = min(d[2] for d in dated), max(d[3] for d in dated)
    last = max(last, first + 1)
    left = 132.0
    width = WIDTH - left - RIGHT
    names = list(dict.fromkeys(f.detector for _, f, _, _ in dated))
    lanes = []
    for place, name in enumerate(names):
        y = 6 + place * 20.0
        marks = []
        for number, finding, start, stop in dated:
            if finding.detector != name:
                continue
            wide = max((stop - start) / (last - first) * width, 6.0)
            x = min(left + (start - first) / (last - first) * width, left + width - wide)
            marks.append(Mark(x, y, wide, finding.severity, finding.because, number))
        lanes.append(Lane(name, y, tuple(marks)))
    ticks = time_ticks(first, last, left, width)
    return Story(WIDTH, 6 + len(names) * 20.0 + 22, tuple(lanes), ticks, left)


@dataclass(frozen=True)
class Bar:
    """One row of a bar chart: lengths as shares of the longest, 0..1000."""

    name: str
    note: str
    lengths: tuple[float, ...]
    text: str
    title: str


def _of_service(row: dict[str, Any], total: int) -> str:
    form = "{service}: {n} flows ({share}), {bytes}"
    return several(
        form, form, row["flows"], service=row["service"],
        share=f"{row['flows'] / total:.1%}", bytes=size_text(row["bytes"]),
    )  # fmt: skip


def talker_bars(talkers: pl.DataFrame) -> tuple[Bar, ...]:
    """Hosts by bytes: sent, received, and of flows that tell only their total."""
    rows = talkers.rows(named=True)
    most = max((sum(r[p] for p in WAYS) for r in rows), default=0) or 1
    bars = []
    for row in rows:
        told = [f"{say(p)} {size_text(row[p])}" for p in WAYS if row[p] or p != "undirected"]
        flows = several("{n} flow", "{n} flows", row["flows"])
        bars.append(
            Bar(
                row["address"],
                ", ".join(
                    t
                    for t in (row["name"], say("inside") if row["inside"] else say("outside"))
                    if t
                ),
                tuple(row[p] / most * 1000 for p in WAYS),
                size_text(sum(row[p] for p in WAYS)),
                f"{row['address']}: {', '.join(told)}, {flows}",
            )
        )
    return tuple(bars)


def service_bars(services: pl.DataFrame) -> tuple[Bar, ...]:
    """Services by flows."""
    rows = services.rows(named=True)
    most = max((r["flows"] for r in rows), default=0) or 1
    total = sum(r["flows"] for r in rows) or 1
    return tuple(
        Bar(
            r["service"],
            size_text(r["bytes"]),
            (r["flows"] / most * 1000,),
            f"{r['flows']:,}",
            _of_service(r, total),
        )
        for r in rows
    )
