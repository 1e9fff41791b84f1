"""Findings to stories: which of them tell of one thing.

Findings are joined when they share

1. an actor: the same host as attacker or infected host (or as originator of unclear role), at
   neighbouring times; a far end counts as one when a serious finding calls it an attacker;
2. a victim and a service: many attackers of one service of one host are one story, which keeps
   the background noise of the internet together;
3. a name through which data is tunnelled, by whichever host (a resolver passes on its clients'
   look-ups);
4. a victim that is flooded through a service, and what conversations of it and that service carry;
5. a step: a host that was attacked with a means that can take it over, and acts itself afterwards.

The far ends in the role of `server`, `service` or `domain` never join: a resolver, a gateway or
a content network is shared by hosts that have nothing to do with each other. Sweeps from outside
that name no victim are one story a service.

Weak findings (of little confidence, or `info`: known to be ordinary) must not colour the story of
an attack: the unsure ones of one host are a story of their own, and so are its ordinary ones.

Neighbouring: the pause between two findings is at most the mean of their gaps (`JoinConfig`).
Findings without a time form a stream of their own; as their order is unknown, they are joined only
when they tell of the same conversation: the same two hosts, or the same host and service.

The work is sorting and connected components over columns; no pair of findings is compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.correlate.ends import ENTRY_TACTICS

_NS = 1_000_000_000
SERIOUS = ("medium", "high", "critical")
"""Severities from which on a finding ties a far end or a victim into a story."""
_KIND = ("kind", "undated", "site", "host", "other")


@dataclass(frozen=True)
class JoinConfig:
    """When findings are neighbours in time."""

    fast_gap_s: float = 3_600.0
    """Longest pause, in seconds, between findings of phenomena that show within minutes."""
    slow_gap_s: float = 86_400.0
    """Longest pause, in seconds, between findings of phenomena that show over hours."""
    slow: frozenset[str] = frozenset(
        {"beacon", "long_connection", "exfiltration", "dns_tunnel", "known_bad"}
    )
    """Detectors whose phenomena show over hours."""
    slow_from_s: float = 3_600.0
    """A finding of any detector that spans this long, in seconds, counts as slow too."""
    weak_confidence: float = 0.3
    """Findings of less confidence are weak."""
    tunnels: frozenset[str] = frozenset({"dns_tunnel"})
    """Detectors whose domain is a way out for data: the same domain is the same story."""
    carried: frozenset[str] = frozenset({"unlike_application"})
    """Detectors of how much a conversation carries: what a flood through its service explains."""
    alone: frozenset[str] = frozenset({"unremarkable"})
    """Detectors whose findings are never joined: one assessment a row."""


def stories(findings: pl.DataFrame, config: JoinConfig) -> pl.Series:
    """Number of the story of each row, from 0, in the order of their first rows.

    `findings` comes from `ends.with_ends`; equal rows in another order give the same groups.
    """
    rows = _prepared(findings, config)
    first = _components(rows.height, _nodes(_links(rows)), _steps(rows))
    sweeps = _nodes(_sweep_links(rows.with_columns(story=first)))
    labels = pl.DataFrame({"row": rows["row"], "node": pl.Series(first, dtype=pl.Int64)})
    last = _components(rows.height, _apart(labels, sweeps), None)
    return pl.Series("story", last).rank("dense").cast(pl.Int64) - 1


def _prepared(findings: pl.DataFrame, config: JoinConfig) -> pl.DataFrame:
    long = pl.col("stop_ns") - pl.col("start_ns") >= int(config.slow_from_s * _NS)
    slow = pl.col("detector").is_in(sorted(config.slow)) | long.fill_null(False)
    half_ns = (pl.when(slow).then(config.slow_gap_s).otherwise(config.fast_gap_s) * (_NS / 2)).cast(
        pl.Int64
    )
    return findings.with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64),
        undated=pl.col("start_ns").is_null(),
        begins=pl.col("start_ns").fill_null(0) - half_ns,
        ends=pl.col("stop_ns").fill_null(0) + half_ns,
        alone=pl.col("detector").is_in(sorted(config.alone)),
        carried=pl.col("detector").is_in(sorted(config.carried)),
        ordinary=(pl.col("severity") == "info").fill_null(True),
        weak=(pl.col("confidence") < config.weak_confidence).fill_null(True)
        | (pl.col("severity") == "info").fill_null(True),
        tunnel=pl.when(pl.col("detector").is_in(sorted(config.tunnels))).then("domain"),
        through="svc",
        svc=pl.when(pl.col("tactic") == "impact").then(pl.lit("flood")).otherwise("svc"),
    )


def _link(rows: pl.DataFrame, kind: int, host: str, other: pl.Expr) -> pl.DataFrame:
    return rows.select(
        "row",
        "begins",
        "ends",
        "undated",
        "site",
        pl.lit(kind).alias("kind"),
        pl.col(host).alias("host"),
        other.cast(pl.String).alias("other"),
    )


def _links(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a finding and a reason to join it."""
    rows = rows.filter(~pl.col("alone"))
    undated = rows.filter("undated", pl.col("orig_h").is_not_null())
    weak = rows.filter(~pl.col("undated"), pl.col("weak"), pl.col("orig_h").is_not_null())
    rows = rows.filter(~pl.col("weak"))
    dated = rows.filter(~pl.col("undated"))
    nothing = pl.lit(None, pl.String)
    orig_acts = pl.col("orig_h").is_not_null() & pl.col("orig_role").is_in(
        ["attacker", "infected", "user", "unknown"]
    )
    resp_acts = (
        pl.col("resp_h").is_not_null()
        & pl.col("resp_role").is_in(["attacker", "infected"])
        & pl.col("severity").is_in(SERIOUS)
    )
    attacked = (
        pl.col("resp_h").is_not_null()
        & (pl.col("resp_role") == "victim")
        & (pl.col("tactic") != "lateral-movement").fill_null(True)
    )
    return pl.concat(
        [
            _link(dated.filter(orig_acts), 0, "orig_h", nothing),
            _link(dated.filter(resp_acts), 0, "resp_h", nothing),
            _link(rows.filter(attacked), 1, "resp_h", pl.col("svc")),
            _link(undated, 2, "orig_h", pl.coalesce("resp_h", "svc", "detector")),
            _link(weak, 4, "orig_h", pl.col("ordinary")),
            _link(dated.filter(pl.col("tunnel").is_not_null()), 5, "tunnel", nothing),
            _flooded(dated),
        ]
    )


def _flooded(rows: pl.DataFrame) -> pl.DataFrame:
    """Floods of a host through a service, and what is carried between it and that service."""
    service = pl.col("through")
    rows = rows.filter(service.is_not_null())
    impact = pl.col("tactic") == "impact"
    ends = ("orig", "resp")
    floods = pl.concat(
        _link(rows.filter(impact, pl.col(f"{end}_role") == "victim"), 6, f"{end}_h", service)
        for end in ends
    )
    either = pl.concat(_link(rows.filter("carried"), 6, f"{end}_h", service) for end in ends)
    same = either.join(floods, on=["site", "host", "other"], how="semi", nulls_equal=True)
    return pl.concat([floods, same]).filter(pl.col("host").is_not_null())


def _sweep_links(rows: pl.DataFrame) -> pl.DataFrame:
    """Links between stories that hold nothing but sweeps from outside without a victim."""
    sweep = (pl.col("attempt") & pl.col("resp_h").is_null()).all().over("story")
    return _link(rows.filter(sweep, pl.col("svc").is_not_null()), 3, "svc", pl.lit(None))


def _nodes(links: pl.DataFrame) -> pl.DataFrame:
    """`row`, `node`: links of one reason and host that are neighbours in time share a node."""
    ordered = links.sort(*_KIND, "begins", "row", nulls_last=True)
    reach = pl.col("ends").cum_max().shift(1).over(_KIND)
    parted = ordered.with_columns(fresh=(pl.col("begins") > reach).fill_null(True))
    return parted.select("row", node=pl.col("fresh").cast(pl.Int64).cum_sum())


def _steps(rows: pl.DataFrame) -> pl.DataFrame:
    """`row`, `other_row`: what a host does after an attack that can have taken it over.

    An attack from outside counts only when its evidence speaks of success; else every server
    that the internet knocks at would be drawn into whatever it does later.
    """
    dated = rows.filter(~pl.col("undated"), ~pl.col("alone"), ~pl.col("weak"))
    attacks = dated.filter(
        pl.col("resp_role") == "victim",
        pl.col("tactic").is_in(ENTRY_TACTICS),
        ~pl.col("attempt"),
        pl.col("severity").is_in(SERIOUS),
        pl.col("resp_h").is_not_null(),
    ).select("site", "start_ns", "ends", pl.col("resp_h").alias("host"), pl.col("row").alias("by"))
    acts = dated.filter(
        pl.col("orig_role").is_in(["attacker", "infected"]), pl.col("orig_h").is_not_null()
    ).select("site", "start_ns", "begins", "row", pl.col("orig_h").alias("host"))
    return (
        acts.sort("start_ns", "row")
        .join_asof(
            attacks.sort("start_ns", "by"),
            on="start_ns",
            by=["site", "host"],
            strategy="backward",
            check_sortedness=False,
        )
        .filter(pl.col("begins") <= pl.col("ends"), pl.col("by") != pl.col("row"))
        .select("row", other_row="by")
    )


def _apart(labels: pl.DataFrame, more: pl.DataFrame) -> pl.DataFrame:
    """Both sets of nodes as one, numbered apart."""
    above = labels["node"].max()
    offset = int(above) + 1 if isinstance(above, int) else 0
    return pl.concat([labels, more.with_columns(pl.col("node") + offset)])


def _components(rows: int, nodes: pl.DataFrame, steps: pl.DataFrame | None) -> NDArray[np.int64]:
    """Smallest row of the connected component of each row.

    Labels sink along the edges and then jump to the label of their label until nothing changes.
    """
    left = nodes["row"].to_numpy().astype(np.int64)
    right = nodes["node"].to_numpy().astype(np.int64) + rows
    if steps is not None:
        left = np.concatenate([left, steps["row"].to_numpy().astype(np.int64)])
        right = np.concatenate([right, steps["other_row"].to_numpy().astype(np.int64)])
    size = int(max(rows, right.max(initial=-1) + 1))
    label = np.arange(size, dtype=np.int64)
    while True:
        low = np.minimum(label[left], label[right])
        sunk = label.copy()
        np.minimum.at(sunk, label[left], low)
        np.minimum.at(sunk, label[right], low)
        while not np.array_equal(sunk, sunk[sunk]):
            sunk = sunk[sunk]
        if np.array_equal(sunk, label):
            return label[:rows]
        label = sunk
