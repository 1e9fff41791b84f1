"""Serving from end to end: `lynceus analyze` with a promoted forest, and what it never imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from lynceus.models import Registry
from lynceus.models.artefact import Artefact
from lynceus.models.registry import KEYS
from lynceus.models.trees import NODES, content_of
from lynceus.testing import flow, flows
from models.small_model import INPUTS, manifest

Key = tuple[Path, str]

TRAINING = (
    "lightgbm",
    "mlflow",
    "onnx",
    "optuna",
    "pandas",
    "scipy",
    "sklearn",
    "skl2onnx",
    "torch",
)
"""What only training needs."""

PROGRAM = f"""
import sys
from lynceus.cli import execute
assert execute(sys.argv[1:]) == 0
assert "lynceus.models.served" in sys.modules
found = sorted(set({TRAINING!r}) & set(sys.modules))
assert not found, found
"""


def forest() -> Artefact:
    """A tree: without a packet in answer it is a flood."""
    leaf = {"tree": 0, "cover": 1.0, "output": 0}
    rows = [
        {**leaf, "cover": 2.0, "input": INPUTS.index("resp_packets"), "threshold": 0.5, "left": 1,
         "right": 2, "missing_left": False},
        {**leaf, "values": [0.02, 0.98]},
        {**leaf, "values": [0.99, 0.01]},
    ]  # fmt: skip
    content = content_of(pl.DataFrame(rows, schema=NODES))
    return Artefact.of(manifest(kind="trees", link="mean"), {"trees.parquet": content})


@pytest.fixture
def home(tmp_path: Path, key: Key) -> Path:
    """A home with the forest promoted."""
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    (folder / KEYS).write_text(f"{key[1]} us\n")
    registry = Registry(folder)
    registry.add(forest().write(tmp_path, key[0]))
    registry.promote("floods-1")
    return tmp_path / "home"


def analyzed(home: Path, *options: str) -> pl.DataFrame:
    rows = [flow(n, orig_packets=1, resp_packets=0) for n in range(3)]
    source = home / "flows.parquet"
    flows([*rows, flow(9)]).write_parquet(source)
    out = home / "out"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "analyze", str(source), "--out", str(out), *options],
        env={"PYTHONPATH": ":".join(sys.path), "LYNCEUS_HOME": str(home), "PATH": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return pl.read_parquet(out / "flows.parquet").sort("ts_ns")


def test_analyze_stores_what_models_say_and_imports_nothing_that_trains(home: Path) -> None:
    told = analyzed(home)
    assert told["attack_family_class"].to_list() == ["dos", "dos", "dos", "benign"]
    assert told["attack_family_alerts"].to_list() == [True, True, True, False]
    explained = told["attack_family_reasons"].drop_nulls().to_list()
    assert len(explained) == 1
    strongest = json.loads(explained[0])["strongest"]
    assert strongest[0]["name"] == "resp_packets" and strongest[0]["adds"] > 0


def test_no_models_judges_by_rules_alone(home: Path) -> None:
    assert "attack_family_class" not in analyzed(home, "--no-models").columns
