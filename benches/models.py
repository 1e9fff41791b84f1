"""Flows scored a second by the core beside the libraries that trained the models, in one run; the
networks over first packets as ONNX Runtime serves them.

    python benches/models.py [--flows 1000000] [--training 60000] [--runs 3] [--only networks]

Machines are noisy, so what counts is the ratio within one run, taken over the median of the runs
of each, the competitors taking turns; beside it that of processor time, which others that share the
machine disturb less. Nothing here asserts a time. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lynceus.features.vector import names
from lynceus.learn import sequence
from lynceus.learn.export_trees import exported
from lynceus.models.nets import Net
from lynceus.models.trees import Trees

CLASSES = 8
INPUTS = names("packet")[:40]


def rows_of(flows: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Made rows: skewed numbers with steps and gaps, classes that hang on eight of them."""
    chance = np.random.default_rng(seed)
    rows = chance.lognormal(0, 2, (flows, len(INPUTS))).astype(np.float32)
    rows[:, ::4] = np.floor(rows[:, ::4])
    weights = np.random.default_rng(7).normal(0, 1, (8, CLASSES))
    score = np.log1p(rows[:, :8]) @ weights + chance.gumbel(0, 1.5, (flows, CLASSES))
    return rows, score.argmax(1)


def packets_of(flows: int, chance: np.random.Generator) -> NDArray[np.float32]:
    """Rows of the inputs of a network, flows of 4 to 32 packets."""
    made = chance.lognormal(-3, 2, (flows, len(sequence.INPUTS))).astype(np.float32)
    signs = chance.choice([-1, 1], (flows, sequence.PACKETS))
    made[:, : sequence.PACKETS] = chance.integers(40, 1500, (flows, sequence.PACKETS)) * signs
    made[:, -1] = 1
    gone = np.arange(sequence.PACKETS)[None, :] >= chance.integers(4, 33, flows)[:, None]
    made[:, : sequence.PACKETS][gone] = np.nan
    made[:, sequence.PACKETS : -1][gone[:, 1:]] = np.nan
    return made


def timed(competitors: dict[str, Callable[[], object]], runs: int) -> dict[str, list[float]]:
    """Median seconds of each by the clock and of processors, turn about; the first turn warms up
    and does not count."""
    told: dict[str, list[tuple[float, float]]] = {name: [] for name in competitors}
    for turn in range(runs + 1):
        for name, run in competitors.items():
            begin = time.perf_counter(), time.process_time()
            run()
            if turn:
                took = time.perf_counter() - begin[0], time.process_time() - begin[1]
                told[name].append(took)
    return {
        name: [statistics.median(of) for of in zip(*seconds, strict=True)]
        for name, seconds in told.items()
    }


def compare(what: str, flows: int, runs: int, competitors: dict[str, Callable[[], object]]) -> None:
    """Prints flows a second of each and how many times as fast the first one is."""
    seconds = timed(competitors, runs)
    own = next(iter(seconds.values()))
    sys.stdout.write(f"\n{what}\n")
    for name, (wall, cpu) in seconds.items():
        sys.stdout.write(
            f"  {name:30} {wall:8.2f} s {flows / wall:12,.0f} flows/s {wall / own[0]:6.2f} x"
            f"   {cpu:8.2f} s of processors {cpu / own[1]:6.2f} x\n"
        )
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=1_000_000)
    parser.add_argument("--training", type=int, default=60_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=("trees", "networks"), help="leave the others out")
    told = parser.parse_args(arguments)
    if told.only != "trees":
        networks(told.flows // 10, told.training, told.runs)
    if told.only != "networks":
        trees(told)


def networks(flows: int, training: int, runs: int) -> None:
    """Trains each network over first packets, and lets ONNX Runtime score what it was exported
    to."""
    chance = np.random.default_rng(3)
    taught, rows = packets_of(training, chance), packets_of(flows, chance)
    classes = chance.integers(0, 12, training)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(sequence.INPUTS, pl.Float32))
    nets = {}
    for learner in (sequence.Convolution(), sequence.Recurrent()):
        begin = time.perf_counter(), time.process_time()
        fitted = learner.fit(taught, classes, np.ones(training), 1)
        wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        sys.stdout.write(
            f"{learner.name}: trained on {training:,} flows in {wall:.0f} s, "
            f"{cpu:.0f} s of processors\n"
        )
        nets[learner.name] = Net(fitted.onnx(), np.zeros(len(sequence.INPUTS)), None, 12)
    compare(
        f"networks over {sequence.PACKETS} packets, ONNX Runtime", flows, runs,
        {name: partial(net.scores, frame) for name, net in nets.items()},
    )  # fmt: skip


def trees(told: argparse.Namespace) -> None:
    """Trains trees, checks that scores agree, measures."""
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import IsolationForest, RandomForestClassifier

    taught, classes = rows_of(told.training, seed=1)
    rows, _ = rows_of(told.flows, seed=2)
    frame = pl.DataFrame(rows, schema=dict.fromkeys(INPUTS, pl.Float32))
    cores = os.cpu_count() or 1
    sys.stdout.write(f"{told.flows:,} flows, {len(INPUTS)} inputs, {cores} cores\n")

    def of(model: Any, outputs: int) -> Trees:
        return Trees(exported(model).payload["trees.parquet"], len(INPUTS), outputs, "trees")

    forest = RandomForestClassifier(n_estimators=100, max_depth=16, random_state=1, n_jobs=cores)
    forest.fit(taught, classes)
    ours = of(forest, CLASSES)
    assert np.allclose(ours.scores(frame[:999]) / 100, forest.predict_proba(rows[:999]))  # noqa: S101
    compare(
        "random forest, 100 trees, depth 16, 8 classes", told.flows, told.runs,
        {"Lynceus": lambda: ours.scores(frame),
         "scikit-learn predict": lambda: forest.predict(rows)},
    )  # fmt: skip

    isolation = IsolationForest(
        n_estimators=100, max_samples=256, random_state=1, n_jobs=cores
    ).fit(taught)
    alone = of(isolation, 1)
    compare(
        "isolation forest, 100 trees of 256", told.flows, told.runs,
        {"Lynceus": lambda: alone.scores(frame),
         "scikit-learn score_samples": lambda: isolation.score_samples(rows)},
    )  # fmt: skip

    boosted = LGBMClassifier(n_estimators=25, num_leaves=63, random_state=1, verbose=-1)
    boosted.fit(taught, classes)
    raised = of(boosted, CLASSES)
    compare(
        "boosted trees, 200 in all, 63 leaves, 8 classes", told.flows, told.runs,
        {"Lynceus": lambda: raised.scores(frame),
         "LightGBM predict": lambda: boosted.booster_.predict(rows, raw_score=True)},
    )  # fmt: skip
    some, few = frame[:2_000], rows[:2_000]
    compare(
        "contributions of the boosted trees, 2,000 flows, all classes", 2_000, told.runs,
        {"Lynceus": lambda: [raised.contributions(some, place) for place in range(CLASSES)],
         "LightGBM pred_contrib": lambda: boosted.booster_.predict(few, pred_contrib=True)},
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
