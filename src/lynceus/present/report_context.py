"""What the report tells of the traffic as a whole, counted from the flows in whole columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from lynceus.account import Account
from lynceus.incident import Incident
from lynceus.language import say, several
from lynceus.services import service_label

BUCKETS_S = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10800, 21600, 43200, 86400, 604800, 2592000)
MOST_BUCKETS = 240
"""So many steps the traffic series has at most."""
TOP = 10
MOST_BYTES = 2**50
"""A flow counts for at most so many bytes: a lying record must not outweigh all others."""
MISSING = {
    "dns": "There are no DNS events: names, and data hidden in them, cannot be judged.",
    "tls": "There are no TLS events: server names and client fingerprints are not known.",
    "http": "There are no HTTP events: requests and their hosts are not known.",
}
"""What follows where a table of events is empty."""
TRAFFIC_SCHEMA = pl.Schema(
    {
        "ts_ns": pl.Int64(),
        "bytes_out": pl.Float64(),
        "bytes_in": pl.Float64(),
        "bytes_internal": pl.Float64(),
        "bytes_other": pl.Float64(),
        "flows": pl.UInt32(),
    }
)
"""One row a step: bytes from the inside out, in, inside to inside, and what is neither."""


@dataclass(frozen=True)
class Input:
    """One input as it is named in the report."""

    name: str
    kind: str | None = None
    digest: str | None = None
    flows: int | None = None


@dataclass(frozen=True)
class ReportContext:
    """Everything of a report but the incidents and findings."""

    title: str = ""
    inputs: tuple[Input, ...] = ()
    first_ns: int | None = None
    last_ns: int | None = None
    networks: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    """How the inside is known, one sentence a reason."""
    counts: Mapping[str, int | None] = field(default_factory=dict)
    """`flows`, `packets`, `bytes`, `hosts_inside`, `hosts_outside`; None where unknown."""
    events: Mapping[str, int] = field(default_factory=dict)
    """Protocol events by table."""
    account: Account = field(default_factory=Account)
    detectors: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    step_s: int = 0
    """Length of a step of `traffic`."""
    traffic: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=TRAFFIC_SCHEMA))
    talkers: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"address": pl.String, "name": pl.String, "sent": pl.Int64,
                    "received": pl.Int64,
                    "undirected": pl.Int64, "flows": pl.UInt32, "inside": pl.Boolean}
        )
    )  # fmt: skip
    services: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(
            schema={"service": pl.String, "flows": pl.UInt32, "bytes": pl.Int64}
        )
    )
    blind: tuple[str, ...] = ()
    """What could not be seen, and what follows from that."""


class Home(Protocol):
    """The inside and the reasons for it."""

    @property
    def networks(self) -> Sequence[str]: ...
    @property
    def why(self) -> Sequence[str]: ...
    @property
    def hosts(self) -> pl.Series: ...


class Analysis(Protocol):
    """What of an analysis the report needs."""

    @property
    def incidents(self) -> Sequence[Incident]: ...
    @property
    def findings(self) -> pl.DataFrame: ...
    @property
    def flows(self) -> pl.DataFrame: ...
    @property
    def events(self) -> Mapping[str, pl.DataFrame]: ...
    @property
    def facts(self) -> pl.DataFrame: ...
    @property
    def home(self) -> Home: ...
    @property
    def account(self) -> Account: ...
    @property
    def detectors(self) -> Sequence[str]: ...
    @property
    def failed(self) -> Mapping[str, str]: ...


def context_of(
    analysis: Analysis,
    inputs: Sequence[str] = (),
    title: str = "",
) -> ReportContext:
    """Counts what the report tells of an analysis."""
    flows = _with_ends(analysis.flows, analysis.home.hosts)
    times = flows.select(first=pl.col("ts_ns").min(), last=pl.col("end_ns").max()).row(0)
    first, last = times[0], times[1] if times[1] is not None else times[0]
    step_s, traffic = traffic_of(flows)
    return ReportContext(
        title=title or say("Network traffic analysis"),
        inputs=_inputs(analysis.flows, inputs),
        first_ns=first,
        last_ns=last,
        networks=tuple(analysis.home.networks),
        why=tuple(analysis.home.why),
        counts=_counts(flows),
        events={name: frame.height for name, frame in sorted(analysis.events.items())},
        account=analysis.account,
        detectors=tuple(analysis.detectors),
        failed=dict(analysis.failed),
        step_s=step_s,
        traffic=traffic,
        talkers=_talkers(flows, analysis.facts),
        services=_services(flows),
        blind=_blind(flows, analysis.events),
    )


def _with_ends(flows: pl.DataFrame, inside: pl.Series) -> pl.DataFrame:
    """The flows with `orig_in` and `resp_in`, and bytes each way (`sent`, `answered`, `whole`)."""
    flows = flows.with_columns(
        pl.col(f"{end}_h").is_in(inside.implode()).fill_null(False).alias(f"{end}_in")
        for end in ("orig", "resp")
    )

    def size(column: str) -> pl.Expr:
        return pl.col(column).clip(upper_bound=MOST_BYTES).cast(pl.Int64)

    return flows.with_columns(
        sent=size("orig_bytes").fill_null(0),
        answered=size("resp_bytes").fill_null(0),
        whole=size("total_bytes"),
    ).with_columns(
        pl.max_horizontal(pl.col("whole").fill_null(0), pl.col("sent") + pl.col("answered"))
    )


def _inputs(flows: pl.DataFrame, names: Sequence[str]) -> tuple[Input, ...]:
    """Digests belong to inputs in the order of their first flow, where their number agrees."""
    if not {"source", "input_digest"} <= set(flows.columns):
        return tuple(Input(name) for name in names)
    by = (
        flows.group_by("source", "input_digest", maintain_order=True).agg(pl.len().alias("flows"))
    ).rows(named=True)
    if len(names) == 1 and len(by) == 1:
        return (Input(names[0], by[0]["source"], by[0]["input_digest"], by[0]["flows"]),)
    told = [Input(name) for name in names]
    return (*told, *(Input("input", r["source"], r["input_digest"], r["flows"]) for r in by))


def _counts(flows: pl.DataFrame) -> dict[str, int | None]:
    ends = [flows.select(value=f"{end}_h", inside=f"{end}_in") for end in ("orig", "resp")]
    hosts = pl.concat(ends).drop_nulls("value")
    inside = hosts.filter("inside")["value"].n_unique()
    packets = flows["total_packets"]
    return {
        "flows": flows.height,
        "packets": int(packets.sum()) if packets.count() else None,
        "bytes": int(flows["whole"].sum()) if flows["total_bytes"].count() else None,
        "hosts_inside": inside,
        "hosts_outside": hosts["value"].n_unique() - inside,
    }


def step_of(span_s: float) -> int:
    """The shortest step that cuts a span into at most `MOST_BUCKETS`."""
    return next((s for s in BUCKETS_S if span_s / s <= MOST_BUCKETS - 1), BUCKETS_S[-1])


def traffic_of(flows: pl.DataFrame) -> tuple[int, pl.DataFrame]:
    """Step in seconds and the series; a flow's bytes are spread evenly over its time."""
    timed = flows.filter(pl.col("ts_ns") >= 0).with_columns(
        pl.max_horizontal(pl.col("end_ns").fill_null(pl.col("ts_ns")), pl.col("ts_ns")).alias("end")
    )
    if timed.is_empty():
        return 0, pl.DataFrame(schema=TRAFFIC_SCHEMA)
    first, last = int(timed["ts_ns"].min()), int(timed["end"].max())  # type: ignore[arg-type]
    step = step_of((last - first) / 1e9)
    origin = first // (step * 10**9) * (step * 10**9)
    count = min((last - origin) // (step * 10**9) + 1, 10 * MOST_BUCKETS)
    both, out, into = (
        pl.col("orig_in") & pl.col("resp_in"),
        pl.col("orig_in") & ~pl.col("resp_in"),
        ~pl.col("orig_in") & pl.col("resp_in"),
    )
    told = pl.col("sent") + pl.col("answered") > 0
    none = pl.lit(0, pl.Int64)
    parts = timed.select(
        start=(pl.col("ts_ns") - origin) / (step * 1e9),
        stop=(pl.col("end") - origin) / (step * 1e9),
        bytes_out=pl.when(out).then("sent").when(into).then("answered").otherwise(none),
        bytes_in=pl.when(out).then("answered").when(into).then("sent").otherwise(none),
        bytes_internal=pl.when(both).then("whole").otherwise(none),
        bytes_other=pl.when(~(both | out | into) | (~both & ~told)).then("whole").otherwise(none),
    )
    start, stop = parts["start"].to_numpy(), parts["stop"].to_numpy()
    series = {
        name: _spread(start, stop, parts[name].to_numpy(), count)
        for name in TRAFFIC_SCHEMA
        if name.startswith("bytes_")
    }
    begun = np.bincount(start.astype(np.int64).clip(0, count - 1), minlength=count)
    frame = pl.DataFrame(
        {"ts_ns": origin + np.arange(count) * step * 10**9, **series, "flows": begun}
    )
    return step, frame.cast(TRAFFIC_SCHEMA)


def _spread(
    start: npt.NDArray[np.float64],
    stop: npt.NDArray[np.float64],
    amount: npt.NDArray[np.int64],
    count: int,
) -> npt.NDArray[np.float64]:
    """Amounts spread evenly over [start, stop], summed a step; times count in steps.

    The amount that has passed by a border t is a sum of rate * (t - start) over what has begun
    less rate * (t - stop) over what has ended, so two histograms an end are enough.
    """
    long = stop - start > 1e-6
    at = start.astype(np.int64).clip(0, count - 1)
    result = np.bincount(at[~long], amount[~long], minlength=count).astype(np.float64)
    rate = amount[long] / (stop[long] - start[long])
    passed = np.zeros(count + 1)
    borders = np.arange(count + 1, dtype=np.float64)
    for moment, sign in ((start[long], 1.0), (stop[long], -1.0)):
        bucket = np.floor(moment).astype(np.int64).clip(0, count - 1)
        slope = np.cumsum(np.bincount(bucket, rate, minlength=count))
        offset = np.cumsum(np.bincount(bucket, rate * moment, minlength=count))
        passed[1:] += sign * (slope * borders[1:] - offset)
    spread: npt.NDArray[np.float64] = result + np.maximum(np.diff(passed), 0.0)
    return spread


def _talkers(flows: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """The addresses with the most bytes, both ways together."""
    sides = [
        flows.select(
            address=f"{me}_h",
            sent=mine,
            received=theirs,
            undirected=pl.col("whole") - pl.col("sent") - pl.col("answered"),
            inside=f"{me}_in",
        )
        for me, mine, theirs in (("orig", "sent", "answered"), ("resp", "answered", "sent"))
    ]
    ends = _of_the_largest(pl.concat(sides).drop_nulls("address"))
    top = (
        ends.group_by("address")
        .agg(
            pl.col("sent").sum(),
            pl.col("received").sum(),
            pl.col("undirected").sum(),
            pl.len().alias("flows"),
            pl.col("inside").first(),
        )
        .sort(
            pl.sum_horizontal("sent", "received", "undirected"),
            "flows",
            "address",
            descending=[True, True, False],
        )
        .head(TOP)
    )
    names = [c for c in ("asset", "network") if c in facts.columns]
    named = facts.select("value", *names) if names and "value" in facts.columns else None
    if named is None:
        return top.with_columns(name=pl.lit(None, pl.String))
    top = top.join(named, left_on="address", right_on="value", how="left", maintain_order="left")
    return top.with_columns(name=pl.coalesce(names)).drop(names)


def _of_the_largest(ends: pl.DataFrame) -> pl.DataFrame:
    """The rows of the addresses that may have the most bytes: few, to be summed exactly.

    Summed by the hash of the address, which is quick; where two share one, both are kept.
    """
    ends = ends.with_columns(hash=pl.col("address").hash())
    whole = pl.sum_horizontal("sent", "received", "undirected")
    sums = ends.group_by("hash").agg(whole.sum().alias("bytes"), pl.len().alias("flows"))
    if sums.height <= TOP:
        return ends
    last = sums.top_k(TOP, by=["bytes", "flows"]).sort("bytes", "flows").row(0, named=True)
    large = sums.filter(
        (pl.col("bytes") > last["bytes"])
        | ((pl.col("bytes") == last["bytes"]) & (pl.col("flows") >= last["flows"]))
    )
    return ends.filter(pl.col("hash").is_in(large["hash"].implode()))


def _services(flows: pl.DataFrame) -> pl.DataFrame:
    """Services by flows, the rest together as `other`."""
    by = (
        flows.group_by("service", "proto", "resp_p")
        .agg(pl.len().alias("flows"), pl.col("whole").sum().alias("bytes"))
        .sort("flows", "bytes", "service", "proto", "resp_p", descending=True, nulls_last=True)
    )
    rows: dict[str, list[int]] = {}
    for service, proto, port, count, size in by.head(50 * TOP).iter_rows():
        name = service_label(service, port, proto) or proto or "unknown"
        row = rows.setdefault(name, [0, 0])
        row[0], row[1] = row[0] + count, row[1] + size
    kept = sorted(rows.items(), key=lambda r: (-r[1][0], -r[1][1], r[0]))[:TOP]
    left = [int(by["flows"].sum()), int(by["bytes"].sum())]
    left = [left[i] - sum(r[1][i] for r in kept) for i in (0, 1)]
    if left[0] > 0:
        kept.append(("other", left))
    return pl.DataFrame(
        [(name, count, size) for name, (count, size) in kept],
        schema={"service": pl.String, "flows": pl.UInt32, "bytes": pl.Int64},
        orient="row",
    )


def _blind(flows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    """What the input could not show, as sentences."""
    total = flows.height
    if not total:
        return (say("No flow was read: nothing can be said about traffic volumes."),)
    said = []
    undated = flows["ts_ns"].null_count()
    if undated:
        said.append(
            say(
                "{some} of {all} flows carry no time: they are not in the timeline, and rhythms "
                "such as beacons cannot be judged from them.",
                some=f"{undated:,}",
                all=f"{total:,}",
            )
        )
    for column, what in (
        ("total_bytes", say("bytes: volumes are too low by as much")),
        ("conn_state", say("connection state: failed and successful contacts look alike there")),
        ("resp_h", say("responder: who was contacted is not known there")),
    ):
        missing = flows[column].null_count() if column in flows.columns else total
        if missing:
            said.append(
                say(
                    "{some} of {all} flows do not tell the {what}.",
                    some=f"{missing:,}",
                    all=f"{total:,}",
                    what=what,
                )
            )
    if "missed_bytes" in flows.columns and (missed := int(flows["missed_bytes"].sum() or 0)):
        form = "{n} bytes of TCP payload were sent but not captured."
        said.append(several(form, form, missed))
    if "sampling_rate" in flows.columns:
        sampled = flows.filter(pl.col("sampling_rate") > 1).height
        if sampled:
            form = "{n} flows come from sampled packets; short ones may be absent."
            said.append(several(form, form, sampled))
    for table, missing_it in MISSING.items():
        if table not in events or events[table].is_empty():
            said.append(say(missing_it))
    return tuple(said)
