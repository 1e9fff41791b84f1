"""Stratosphere: whole captures held out in turn, verdicts on hosts."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.features import vector
from lynceus.learn import splits
from lynceus.learn.bootstrap import interval
from lynceus.learn.dataset import Dataset
from lynceus.learn.evaluate.cross_data import labelled_captures
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.learners import RandomForest, weights_of
from lynceus.learn.numbers import Numbers

SEED = 1
ENOUGH = 10
"""Flows from which on a host is judged."""
MOSTLY = 0.5
"""A host is accused when so large a share of its flows is found malicious."""


class StratosphereCaptures:
    """Labelled Zeek logs of infected and of ordinary hosts. Each capture is judged by a random
    forest on the flow tier of all the others, malicious or not. A host (the originator) is accused
    when half of its flows are found malicious; hosts with fewer than ten flows are counted apart:
    of what comes once from the Internet and is never answered, a verdict on its sender means
    little."""

    title: ClassVar[str] = "Stratosphere labelled Zeek, whole captures held out in turn, by host"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Malicious hosts found, benign hosts accused."""
        known = _known(data)
        if trained_on is None:
            pairs = list(splits.leave_one_out(known, "capture"))
        else:
            pairs = [(_known(trained_on), known)]
        hosts = pl.concat([_judged(train, test) for train, test in pairs])
        judged = hosts.filter(pl.col("flows") >= ENOUGH)
        bad, good = judged.filter("malicious"), judged.filter(~pl.col("malicious"))
        found = _share(bad, "accused")
        few = hosts.filter("malicious", pl.col("flows") < ENOUGH)
        accused = int(good["accused"].sum())
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
                        {"capture": c, "malicious hosts": str(b), "found": str(f),
                         "benign hosts": str(g), "accused": str(a)}
                        for c, b, f, g, a in rows.sort("capture").iter_rows()
                    ),
                ),
            ),
            (f"{known.rows.height:,} flows of {len(pairs)} captures.",),
        )  # fmt: skip


def _known(data: Path) -> Dataset:
    """The rows whose label is known."""
    captures = labelled_captures(data)
    return captures.with_rows(captures.rows.filter(pl.col("malicious").is_not_null()))


def _judged(train: Dataset, test: Dataset) -> pl.DataFrame:
    """A row a host of the test captures: whether it is malicious, and whether it is accused."""
    numbers = Numbers(vector.names("flow"))
    classes = train.rows["malicious"].to_numpy().astype(int)
    fitted = RandomForest().fit(numbers.matrix(train), classes, weights_of(classes), SEED)
    found = fitted.probabilities(numbers.matrix(test))[:, 1] >= MOSTLY
    return (
        test.rows.with_columns(found=pl.Series(found))
        .group_by("capture", "host")
        .agg(
            flows=pl.len(),
            malicious=pl.col("malicious").mean() >= MOSTLY,
            accused=pl.col("found").mean() >= MOSTLY,
        )
        .sort("capture", "host")
    )


def _share(hosts: pl.DataFrame, column: str) -> str:
    if not hosts.height:
        return "none"
    counts = hosts.select(pl.col(column).cast(pl.Float64), one=pl.lit(1.0)).to_numpy()
    told = interval(lambda sums: float(sums[0] / sums[1]), counts, list(range(hosts.height)))
    return f"{told.text()} of {hosts.height:,}"
