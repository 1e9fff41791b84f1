"""Stratosphere: whole captures held out in turn, verdicts on hosts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from lynceus.features import vector
from lynceus.learn import hour_context, ndpi, splits
from lynceus.learn.bootstrap import interval
from lynceus.learn.dataset import Dataset
from lynceus.learn.evaluate.cross_data import labelled_captures
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.learners import Classes, Floats, Matrix, RandomForest, weights_of
from lynceus.learn.numbers import Numbers

SEED = 1
ENOUGH = 10
"""Flows from which on a host is judged."""
MOSTLY = 0.5
"""A host is accused when so large a share of its flows is found malicious."""
TREES_TO_CHOOSE = 30
"""Trees of the forests by which a way is chosen; what is measured has a hundred."""


@dataclass(frozen=True)
class Way:
    """A way to learn from flows what their hosts are."""

    name: str
    by_host: bool
    """Whether no host outweighs the others by its number of flows, beside no class."""
    hours: bool
    """Whether what the pair and the host did in the hour of the flow is read too."""

    def matrix(self, dataset: Dataset) -> Matrix:
        """Rows x numbers."""
        told = Numbers(vector.names("flow")).matrix(dataset)
        if not self.hours:
            return told
        return np.hstack([told, hour_context.numbers(dataset.rows).to_numpy()])

    def weights(self, dataset: Dataset, classes: Classes) -> Floats:
        """Of each row, 1 on average."""
        if not self.by_host:
            return weights_of(classes)
        rows = dataset.rows.select(
            w=1 / pl.len().over("capture", "host").sqrt(), c=pl.Series(classes)
        )
        told = rows.select(pl.col("w") / pl.col("w").sum().over("c")).to_series().to_numpy()
        return np.asarray(told / told.mean(), np.float64)


WAYS = (
    Way("flows", by_host=False, hours=False),
    Way("flows, hosts alike", by_host=True, hours=False),
    Way("flows and their hours, hosts alike", by_host=True, hours=True),
)


class StratosphereCaptures:
    """Labelled Zeek logs of infected and of ordinary hosts. Each capture is judged by a random
    forest on all the others, malicious or not: on the flow tier, and on what pair and host did in
    the hour of the flow where that, tried on each of the other captures in turn, judges their hosts
    better. A host (the originator) is accused when half of its flows are found malicious; hosts
    with fewer than ten flows are counted apart: of what comes once from the Internet and is never
    answered, a verdict on its sender means little. Flows of a conversation whose two directions
    bear opposite labels are left out."""

    title: ClassVar[str] = "Stratosphere labelled Zeek, whole captures held out in turn, by host"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Malicious hosts found, benign hosts accused."""
        known = _known(data)
        if trained_on is None:
            pairs = list(splits.leave_one_out(known, "capture"))
        else:
            pairs = [(_known(trained_on), known)]
        chosen = [_chosen(train) for train, _ in pairs]
        hosts = pl.concat([_judged(way, *pair) for way, pair in zip(chosen, pairs, strict=True)])
        judged = hosts.filter(pl.col("flows") >= ENOUGH)
        bad, good = judged.filter("malicious"), judged.filter(~pl.col("malicious"))
        found = _share(bad, "accused")
        few = hosts.filter("malicious", pl.col("flows") < ENOUGH)
        accused = int(good["accused"].sum())
        by = {
            capture: way.name
            for way, (_, test) in zip(chosen, pairs, strict=True)
            for capture in test.rows["capture"].unique()
        }
        rows = hosts.group_by("capture").agg(
            bad=(pl.col("malicious") & (pl.col("flows") >= ENOUGH)).sum(),
            found=(pl.col("malicious") & pl.col("accused") & (pl.col("flows") >= ENOUGH)).sum(),
            good=(~pl.col("malicious") & (pl.col("flows") >= ENOUGH)).sum(),
            accused=(~pl.col("malicious") & pl.col("accused") & (pl.col("flows") >= ENOUGH)).sum(),
        )
        return Result(
            (
                Figure("malicious hosts found", f"{int(bad['accused'].sum())} of {bad.height}",
                       "all", bool(bad["accused"].all())),
                Figure("share found", found),
                Figure("benign hosts accused", f"{accused} of {good.height}", "0", accused == 0),
                Figure(
                    f"malicious senders of fewer than {ENOUGH} flows, found", _share(few, "accused")
                ),
            ),
            (
                Part(
                    "By capture that was held out",
                    tuple(
                        {"capture": c, "judged by": by[c], "malicious hosts": str(b),
                         "found": str(f), "benign hosts": str(g), "accused": str(a)}
                        for c, b, f, g, a in rows.sort("capture").iter_rows()
                    ),
                ),
            ),
            (f"{known.rows.height:,} flows of {len(pairs)} captures.",),
        )  # fmt: skip


def _known(data: Path) -> Dataset:
    """The rows whose label is known; not those of conversations that bear both."""
    captures = labelled_captures(data)
    rows = captures.rows.filter(pl.col("malicious").is_not_null())
    both = pl.col("malicious").n_unique().over("capture", *ndpi.KEY) > 1
    return captures.with_rows(rows.filter(~ndpi.keyed_flows(rows).select(both).to_series()))


def _chosen(known: Dataset) -> Way:
    """The way that judges the hosts of each capture best by the others, none of them tested on."""
    if known.rows["capture"].n_unique() < 3:
        return WAYS[0]
    pairs = [
        (train, test)
        for train, test in splits.leave_one_out(known, "capture")
        if train.rows["malicious"].n_unique() == 2
    ]

    def wrong(way: Way) -> float:
        hosts = pl.concat([_judged(way, *pair, trees=TREES_TO_CHOOSE) for pair in pairs])
        enough = hosts.filter(pl.col("flows") >= ENOUGH)
        off = (pl.col("likely") - pl.col("malicious").cast(pl.Float64)) ** 2
        return float(enough.group_by("malicious").agg(off.mean())["likely"].mean())  # type: ignore[arg-type]

    return min(WAYS, key=wrong)


def _judged(way: Way, train: Dataset, test: Dataset, *, trees: int = 100) -> pl.DataFrame:
    """A row a host of the test captures: whether it is malicious, how likely that is by the mean
    of its flows, and whether it is accused."""
    classes = train.rows["malicious"].to_numpy().astype(np.intp)
    forest = RandomForest(settings={"n_estimators": trees, "min_samples_leaf": 1})
    fitted = forest.fit(way.matrix(train), classes, way.weights(train, classes), SEED)
    likely = fitted.probabilities(way.matrix(test))[:, 1]
    return (
        test.rows.with_columns(likely=pl.Series(likely))
        .group_by("capture", "host")
        .agg(
            pl.col("likely").mean(),
            flows=pl.len(),
            malicious=pl.col("malicious").mean() >= MOSTLY,
            accused=(pl.col("likely") >= MOSTLY).mean() >= MOSTLY,
        )
        .sort("capture", "host")
    )


def _share(hosts: pl.DataFrame, column: str) -> str:
    if not hosts.height:
        return "none"
    counts = hosts.select(pl.col(column).cast(pl.Float64), one=pl.lit(1.0)).to_numpy()
    told = interval(lambda sums: float(sums[0] / sums[1]), counts, list(range(hosts.height)))
    return f"{told.text()} of {hosts.height:,}"
