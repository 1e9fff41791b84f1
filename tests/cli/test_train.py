from __future__ import annotations

from pathlib import Path

import pytest

from learn import test_malware_model
from learn.made_rows import labelled
from lynceus import cli
from lynceus.learn import datasets


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "absent.csv"], "absent.csv: there is no such file or directory"),
        (["--data", "absent.csv", "--tier", "host"], "--tier 'host': expected flow or packet"),
        (["--data", "absent.csv", "--learner", "luck"], "--learner 'luck': expected one of"),
    ],
)
def test_what_cannot_be_trained_is_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.execute(["train", "attack_family", *arguments, "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1


def test_a_model_of_flows_nobody_reads_is_judged_on_captures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightgbm", reason="LightGBM is not installed: lynceus[train]")
    monkeypatch.setattr(datasets, "load", lambda *_: test_malware_model.dataset())
    given = ["train", "shapes", "--unreadable", "--data", "made", "--out", str(tmp_path)]
    assert cli.execute(given) == 0
    told = capsys.readouterr().out
    assert (
        tmp_path / "shapes-1" / "manifest.json"
    ).exists() and "rows of captures held out" in told


def test_a_set_without_packets_has_no_shapes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(datasets, "load", lambda *_: labelled())
    given = ["train", "shapes", "--unreadable", "--data", "made", "--out", str(tmp_path)]
    assert cli.execute(given) == 2
    told = capsys.readouterr().err
    assert "made: there is no column 'service'; expected flows of captures" in told
    assert told.count("\n") == 1


def test_a_name_that_no_model_may_have_is_told_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.execute(["train", "Bad-Name", "--data", "absent.csv", "--out", str(tmp_path)]) == 2
    assert "'Bad-Name': expected a name of small letters" in capsys.readouterr().err


def test_what_would_spoil_the_end_is_told_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "known-2").mkdir()
    (tmp_path / "key").write_text("zz")
    given = ["--data", "absent.csv", "--out", str(tmp_path)]
    assert cli.execute(["train", "known", "--version", "2", *given]) == 2
    assert "known-2: there is such a version already" in capsys.readouterr().err
    assert cli.execute(["train", "known", "--key", str(tmp_path / "key"), *given]) == 2
    assert "key: is no private key; expected 64" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("lightgbm", reason="LightGBM is not installed: lynceus[train]")
    monkeypatch.setattr(datasets, "load", lambda *_: labelled())
    (tmp_path / "file").write_text("")
    given = ["train", "known", "--data", "made", "--out", str(tmp_path / "file" / "below")]
    assert cli.execute([*given, "--learner", "decision_tree"]) == 2
    told = capsys.readouterr().err
    assert "file" in told and told.count("\n") == 1
