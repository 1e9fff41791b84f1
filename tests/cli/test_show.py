"""`lynceus suppress` and what `show` and `explain` make of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus import cli

LIST = """Flow Records (last 5 minutes):
- Source: 192.168.1.45, Dest: Multiple IPs (127 unique), Port: 22, Protocol: TCP, \
Bytes: 3.2KB, Packets: 2341, Duration: 4m 58s
- Source: 10.0.5.67, Dest: 10.0.5.12, Port: 445, Protocol: TCP, Bytes: 8.9GB, Packets: 6234567, \
Duration: 4m 12s
"""


@pytest.fixture
def stored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    """A result directory and the list of suppressions that its analysis had."""
    (tmp_path / "flows.txt").write_text(LIST)
    quiet, out = tmp_path / "suppress.toml", tmp_path / "results"
    quiet.write_text("# nothing yet\n")
    arguments = ["analyze", tmp_path / "flows.txt", "--suppress", quiet, "--out", out]
    assert cli.execute([str(a) for a in arguments]) == 0
    capsys.readouterr()
    return out, quiet


def test_what_is_added_later_hides_what_is_stored(
    stored: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    out, quiet = stored
    lines = (out / "incidents.jsonl").read_text().splitlines()
    (scan,) = [i for i in map(json.loads, lines) if "192.168.1.45" in i["title"]]
    assert cli.execute(["show", str(out)]) == 0
    assert scan["id"][:8] in capsys.readouterr().out
    add = ["suppress", "add", "--file", str(quiet), "--why", "our scanner"]
    assert (
        cli.execute(
            [*add, "--entity", "192.168.1.45", "--detector", scan["findings"][0]["detector"]]
        )
        == 0
    )
    added = capsys.readouterr().out
    assert "our scanner" in added
    assert cli.execute(["show", str(out)]) == 0
    told = capsys.readouterr()
    assert scan["id"][:8] not in told.out and "10.0.5.67" in " ".join(told.out.split())
    assert "1 finding hidden by 1 suppression" in told.err and "our scanner" in told.err
    assert cli.execute(["show", str(out), "--json"]) == 0
    assert scan["id"] not in capsys.readouterr().out
    assert cli.execute(["explain", str(out), scan["id"]]) == 0
    told = capsys.readouterr()
    assert told.out == "" and "is hidden by suppression" in told.err
    assert cli.execute(["suppress", "remove", added[:8], "--file", str(quiet)]) == 0
    assert quiet.read_text() == "# nothing yet\n\n"
    assert cli.execute(["show", str(out)]) == 0
    assert scan["id"][:8] in capsys.readouterr().out


def test_the_list_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = ["--file", str(tmp_path / "list.toml")]
    add = ["suppress", "add", *file, "--why", "w"]
    assert cli.execute([*add, "--network", "10.1.2.3/16", "--until", "2030-01-01"]) == 0
    assert cli.execute([*add, "--service", "ntp"]) == 0
    capsys.readouterr()
    assert cli.execute(["suppress", "list", *file]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert "network 10.1.0.0/16, until 2030-01-01 23:59 UTC (w)" in first and "ntp" in second
    for wrong, said in (
        ([*add, "--service", "ntp"], "matches the same already"),
        ([*add, "--detector", "beacn"], "did you mean 'beacon'"),
        (add, "expected at least one of"),
        (["suppress", "remove", "ffffffff", *file], "no suppression ffffffff"),
        (["suppress", "list", "--file", str(tmp_path / "none")], "cannot be read"),
        (["show", str(tmp_path)], "holds no incidents.jsonl"),
        (["show", str(tmp_path), "--min-severity", "x"], "--min-severity"),
        (["analyze", "-", "--suppress", str(tmp_path / "none")], "no such file"),
    ):
        assert cli.execute(wrong) == 2
        assert said in capsys.readouterr().err
