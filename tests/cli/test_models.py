"""`lynceus models`: from a key to a model that serves, and every refusal in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lynceus.cli import execute

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from models.small_model import artefact


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYNCEUS_HOME", str(tmp_path / "home"))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert execute(["models", *arguments]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert execute(["models", *arguments]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and told.startswith("lynceus: ")
    return told


def test_from_a_key_to_a_model_that_serves(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(home / "own.key")
    assert "are trusted here" in said(capsys, "key", key)
    folder = str(artefact(card="# Floods\nTells floods by their silence.").write(home / "made"))
    assert "is not signed" in complaint(capsys, "verify", folder)
    said(capsys, "sign", folder, "--key", key)
    assert "signed by own" in said(capsys, "verify", folder)
    assert "passed its gate" in said(capsys, "import", folder)
    assert said(capsys, "promote", "floods-1").startswith("floods-1 serves")
    rows = [json.loads(line) for line in said(capsys, "list", "--json").splitlines()]
    (row,) = [row for row in rows if row["model"] == "floods-1"]
    assert row["serves"] == "alert" and row["gate"] == "passed" and row["from"] == "registry"
    assert "floods-1" in said(capsys, "list")
    shown = said(capsys, "show", "floods")
    assert shown.startswith("# Floods") and '"spec_hash"' in shown
    assert "no version before" in complaint(capsys, "rollback", "floods")


def test_every_refusal_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no such model" in complaint(capsys, "promote", "worms-3")
    assert "no such model" in complaint(capsys, "show", "worms")
    assert "cannot be read" in complaint(capsys, "verify", str(home / "worms-1"))
    assert "expected --key" in complaint(capsys, "import", str(home / "worms.json"))
    folder = str(artefact().write(home / "made"))
    assert "cannot be read" in complaint(capsys, "sign", folder, "--key", str(home / "no.key"))
    (home / "short.key").write_text("abc")
    refused = complaint(capsys, "sign", folder, "--key", str(home / "short.key"))
    assert "no private key" in refused
