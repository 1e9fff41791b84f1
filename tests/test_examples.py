"""The examples run as they stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lynceus.lab import generate

EXAMPLES = sorted((Path(__file__).resolve().parent.parent / "examples").glob("*.py"))


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(generate("beacon", seed=3, out=tmp_path_factory.mktemp("lab")).captures[0])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example: Path, capture: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(example), str(capture)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_there_are_three() -> None:
    assert len(EXAMPLES) == 3
