from __future__ import annotations

from pathlib import Path

import pytest

from lynceus import cli


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
    assert cli.run(["train", "attack_family", *arguments, "--out", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
