"""Seconds that each learner needs for 60,000 flows.

    python benches/training.py [--flows 60000] [--only boosting ...]

Processor time beside time by the clock: two free processors need the greater of half the one and
what does not run side by side. The flows are those of `benches/models.py`, eight classes by forty
numbers; networks read first packets. Needs the extra `train`; networks need `deep` too and are left
out without it. The opinions about hours are learned as `lynceus baseline fit` does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np

from lynceus.learn import anomaly, sequence
from lynceus.learn.learners import BASE, weights_of
from lynceus.learn.stack import Stack
from models import packets_of, rows_of

NUMBERS_OF_AN_HOUR = 34
"""Deviations of an hour of a host."""


def main(arguments: Sequence[str]) -> None:
    """Measures what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=60_000)
    parser.add_argument("--only", nargs="*", help="leave the others out")
    told = parser.parse_args(arguments)
    rows, classes = rows_of(told.flows, 1)
    hours = np.random.default_rng(2).standard_t(3, (told.flows, NUMBERS_OF_AN_HOUR))
    weights = weights_of(classes)
    trainings: dict[str, Callable[[], object]] = {
        "isolation_forest": lambda: anomaly.isolation_forest(hours, 1),
        "one_class": lambda: anomaly.one_class(hours, 1),
    }
    for learner in (*(cls() for cls in BASE), Stack()):
        trainings[learner.name] = lambda one=learner: one.fit(rows, classes, weights, 1)  # type: ignore[misc]
    if find_spec("torch"):
        taught = packets_of(told.flows, np.random.default_rng(3))
        trainings["autoencoder"] = lambda: anomaly.autoencoder(hours, 1)
        for network in (sequence.Convolution(), sequence.Recurrent()):
            trainings[network.name] = lambda one=network: one.fit(taught, classes, weights, 1)  # type: ignore[misc]
    for name in told.only or trainings:
        begin = time.perf_counter(), time.process_time()
        trainings[name]()
        wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
        sys.stdout.write(f"{name:20}{wall:8.0f} s {cpu:8.0f} s of processors\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
