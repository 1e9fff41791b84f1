"""The commands of a cluster refuse in one line what they cannot work with."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.cli import execute


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("sensor", "", "names no [[source]]"),
        ("worker", "", "state what is inside"),
        ("correlator", "", "state what is inside"),
        ("worker", 'home = ["10.0.0.0/8"]\n[cluster]\nbroker = "x"\n', "brokers"),
        ("check", '[cluster]\nprefixes = "x"\n', "did you mean prefix"),
        ("sensor", '[[source]]\nkind = "kafka"\n', "lacks 'topics'"),
    ],
)
def test_one_line_says_what_is_wrong(
    command: str, text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "lynceus.toml"
    config.write_text(text, encoding="utf-8")
    assert execute([command, *([] if command == "check" else ["-c"]), str(config)]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_cluster_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("confluent_kafka")
    monkeypatch.setattr("lynceus.cluster.bus.WAIT_S", 0.5)
    config = tmp_path / "lynceus.toml"
    config.write_text(
        '[cluster]\nbrokers = "127.0.0.1:1"\n[[source]]\nkind = "files"\npaths = ["x"]\n',
        encoding="utf-8",
    )
    assert execute(["sensor", "-c", str(config)]) == 2
    assert "Traceback" not in capsys.readouterr().err
