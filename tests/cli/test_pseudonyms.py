"""`lynceus pseudonyms`, and analyses that name nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.cli import execute
from lynceus.testing import flow, flows


def test_an_analysis_names_nobody_and_the_key_reveals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, table = tmp_path / "site.key", tmp_path / "scan.parquet"
    flows(
        flow(orig_h="10.0.0.5", resp_h="10.0.0.9", resp_p=port, conn_state="REJ")
        for port in range(1, 60)
    ).write_parquet(table)
    assert execute(["pseudonyms", "new", str(key)]) == 0
    assert key.stat().st_mode & 0o077 == 0
    capsys.readouterr()
    assert execute(["analyze", str(table), "--json", "--pseudonyms", str(key)]) == 0
    out = capsys.readouterr().out
    assert "10.0.0.5" not in out
    who = json.loads(out.splitlines()[0])["findings"][0]["orig_h"]
    assert execute(["pseudonyms", "reveal", who, "--key", str(key)]) == 0
    assert capsys.readouterr().out.split() == [who, "10.0.0.5"]


def test_wrong_use_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "site.key"
    assert execute(["pseudonyms", "new", str(key), "--home", "nowhere"]) == 2
    assert execute(["pseudonyms", "new", str(key), "--home", "10.0.0.0/8"]) == 0
    assert execute(["pseudonyms", "new", str(key)]) == 2
    assert execute(["pseudonyms", "reveal", "ada", "--key", str(key)]) == 2
    table = tmp_path / "scan.parquet"
    flows([flow()]).write_parquet(table)
    assert execute(["analyze", str(table), "--pseudonyms", str(table)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert "--home nowhere: expected a network" in lines[0]
    assert "cannot be made: File exists" in lines[1]
    assert "expected an address" in lines[2]
