from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.cli import execute


def test_it_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lab"
    arguments = ["lab", "--scenario", "beacon", "--seed", "3", "--out", str(out)]
    assert execute([*arguments, "--jitter", "0.3", "--interval", "90", "--padding", "64"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert [line.split(":")[0] for line in told.out.splitlines()] == [
        str(out / name) for name in ("beacon.pcap", "truth.jsonl", "intel.csv", "assets.csv")
    ]
    deed = json.loads((out / "truth.jsonl").read_text(encoding="utf-8"))
    assert deed["evasions"]["jitter"] == 0.3
    assert deed["evasions"]["interval"] == 90


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--scenario", "nowhere"], "unknown scenario"),
        (["--jitter", "7"], "jitter must be between"),
        (["--seed", "many"], "--seed"),
        (["--seed", "-4"], "seed must be"),
        (["--attack", "rain"], "unknown attack"),
        (["--scenario", "quiet", "--slow", "3"], "slow means nothing"),
        (["--colour", "red"], "--colour"),
    ],
)
def test_bad_arguments_end_in_one_clear_line(
    arguments: list[str], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(["lab", "--out", str(tmp_path / "out"), *arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert word in told.err
    assert told.err.count("\n") == 1


def test_a_directory_with_something_in_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    arguments = ["lab", "--scenario", "quiet", "--out", str(tmp_path)]
    assert execute(arguments) == 2
    assert "--force" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
    assert execute([*arguments, "--force"]) == 0
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
