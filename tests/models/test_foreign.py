"""Models made elsewhere: one from TensorFlow, taken in by its small manifest; others refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lynceus.models import ModelRefused, Served
from lynceus.models.foreign import UNGATED, taken_in
from lynceus.testing import flow, flows

pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

MADE = Path(__file__).parent / "tensorflow"


def changed(folder: Path, **changes: Any) -> Path:
    told = json.loads((MADE / "floods.json").read_text()) | changes
    (folder / "floods.onnx").write_bytes((MADE / "floods.onnx").read_bytes())
    path = folder / "floods.json"
    path.write_text(json.dumps({k: v for k, v in told.items() if v is not None}))
    return path


def test_one_from_tensorflow_judges_flows() -> None:
    artefact = taken_in(MADE / "floods.json")
    rows = flows([flow(orig_packets=1, resp_packets=0), flow(orig_packets=6, resp_packets=6)])
    said = Served(artefact).judged(rows)
    assert said["class"].to_list() == ["dos", "benign"]
    assert said["probability"].min() > 0.9  # type: ignore[operator]
    (reasons,) = Served(artefact).reasons(rows[:1], said["class"][:1])
    assert json.loads(reasons)["strongest"][0]["name"] in artefact.manifest.inputs


def test_it_waits_in_the_shadow() -> None:
    artefact = taken_in(MADE / "floods.json")
    assert not artefact.manifest.gate.passed
    assert artefact.manifest.gate.reasons == {"model": UNGATED}
    said = Served(artefact).judged(flows([flow(orig_packets=1, resp_packets=0)]))
    assert said["alerts"].to_list() == [False]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"inputs": ["duration_s", "orig_packets", "resp_p"]}, "inputs: 'resp_p' is no number"),
        ({"inputs": ["duration_s", "orig_packets"]}, "expected any number of rows"),
        ({"classes": ["benign", "dos", "scan"]}, "no output gives 3 numbers"),
        ({"task": "weather"}, "task"),
        ({"surprise": 1}, "surprise"),
        ({"file": "../floods.onnx"}, "file"),
        ({"file": "none.onnx"}, "cannot be read"),
        ({"name": None}, "name"),
        ({"alert": {"worm": 0.5}}, "'worm'"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, changes: Any, reason: str) -> None:
    with pytest.raises(ModelRefused, match=reason) as refused:
        taken_in(changed(tmp_path, **changes))
    assert "\n" not in str(refused.value)
