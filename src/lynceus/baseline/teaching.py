"""From the engine to a state and back: detectors that know it, hours that it learns from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lynceus.baseline.learning import moved_on
from lynceus.baseline.state import State
from lynceus.baseline.subject import SUBJECTS, rows_of
from lynceus.detect.anomalous_flow import AnomalousFlow
from lynceus.detect.anomalous_host import AnomalousHost
from lynceus.detect.anomalous_pair import AnomalousPair
from lynceus.engine import Engine
from lynceus.protocols import Detector

DETECTORS: dict[str, type[AnomalousHost] | type[AnomalousPair] | type[AnomalousFlow]] = {
    "anomalous_host": AnomalousHost,
    "anomalous_pair": AnomalousPair,
    "anomalous_flow": AnomalousFlow,
}
"""The detectors that speak from a baseline."""


def opened(folder: Path, per_day: float | None = None) -> State:
    """The state of a directory; an empty one where there is none yet.

    Raises StateError where there is one that cannot be used.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        state = State.read(folder)
    else:
        state = State.empty()
    return state if per_day is None else state.wanting(per_day)


def knowing(detectors: Mapping[str, Detector], state: State | None) -> dict[str, Detector]:
    """The detectors, those that speak from a baseline with this one; without one they are left
    out, so that nothing is counted for them."""
    placed: dict[str, Detector] = {}
    for name, detector in detectors.items():
        kind = DETECTORS.get(name)
        if kind is None:
            placed[name] = detector
        elif state is not None:
            placed[name] = kind(baseline=state)
    return placed


def taught(state: State, engine: Engine) -> State:
    """The state after the hours that have closed in an engine which watches `PROFILES`."""
    rows = {
        subject.name: rows_of(subject, [engine.seen(table) for table in subject.tables])
        for subject in SUBJECTS
    }
    return moved_on(state, rows)
