"""The runner of the oracles; what they measure is theirs."""

from __future__ import annotations

import ast
import json
from importlib import import_module
from pathlib import Path

import polars as pl
import pytest
from oracles import AbsentError, OracleTable, __main__, at

OWN = "made_up"


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type:
    """An oracle of which the test says what it measures."""

    class Made:
        verdict = True
        absent = False

        @classmethod
        def table(cls, data: Path) -> OracleTable:
            if cls.absent:
                raise AbsentError("no thing in the data")
            rows = pl.DataFrame({"case": ["a|b"], "equal": [cls.verdict]})
            return OracleTable("things", "all things equal", rows, cls.verdict, "1 of 1 equal")

    monkeypatch.setattr(__main__, "import_module", lambda name: Made)
    monkeypatch.setattr(__main__, "names", lambda: [OWN])
    monkeypatch.setattr(__main__, "MEASURED", tmp_path)
    return Made


def test_the_table_tells_what_was_asked_and_measured(
    oracle: type, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main([]) == 0
    told = capsys.readouterr().out
    assert OWN in told and "all things equal" in told and "1 of 1 equal" in told
    assert "a|b" not in told
    assert __main__.main(["-v", OWN]) == 0
    assert "a|b" in capsys.readouterr().out


def test_what_is_not_met_or_absent_is_said(
    oracle: type, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(oracle, "verdict", False)
    assert __main__.main([]) == 1
    assert "NOT MET" in capsys.readouterr().out
    monkeypatch.setattr(oracle, "absent", True)
    assert __main__.main([]) == 0
    assert "no thing in the data" in capsys.readouterr().out
    assert __main__.main(["another"]) == 2
    assert "another" in capsys.readouterr().err


def test_what_is_recorded_is_what_was_measured(oracle: type, tmp_path: Path) -> None:
    assert __main__.main(["--record"]) == 0
    kept = json.loads((tmp_path / f"{OWN}.json").read_text(encoding="utf-8"))
    assert kept == {
        "title": "things",
        "must_show": "all things equal",
        "verdict": True,
        "summary": "1 of 1 equal",
        "rows": [{"case": "a|b", "equal": True}],
    }


@pytest.mark.parametrize("name", __main__.names())
def test_an_oracle_says_what_it_is_and_lives_without_data(name: str, tmp_path: Path) -> None:
    module = import_module(f"oracles.{name}")
    assert ast.get_docstring(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")))
    with pytest.raises(AbsentError):
        module.table(tmp_path)


def test_inputs_are_found_packed_or_not(tmp_path: Path) -> None:
    (tmp_path / "a.gz").touch()
    assert at(tmp_path, "a") == tmp_path / "a.gz"
    (tmp_path / "a").touch()
    assert at(tmp_path, "a") == tmp_path / "a"
    with pytest.raises(AbsentError, match="no b in the data"):
        at(tmp_path, "b")
