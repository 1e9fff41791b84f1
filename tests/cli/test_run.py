"""`lynceus run` from the outside: stops clean, dies and loses nothing, refuses nonsense."""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from lynceus.ingest import read_flows
from lynceus.lab import generate
from lynceus.store.lake import Lake, read
from lynceus.store.ledger import Ledger

CONFIG = """
home = ["192.168.0.0/16"]
[run]
checkpoint_s = 0.2
turn_s = 0.1
watch = ""
[[source]]
kind = "files"
paths = ["zeek/conn.log"]
lateness_s = 0
poll_s = 0.05
"""
DAY_S = 86_400
PIECES = 12


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Zeek's conn.log of a small network under attack, and one flow two days later."""
    attacks = ["vertical-scan", "horizontal-scan", "brute-force"]
    lab = generate("quiet", seed=5, out=tmp_path_factory.mktemp("lab"), attack=attacks)
    flows = read_flows(lab.captures[0]).filter(pl.col("end_ns").is_not_null())
    told = [_logged(row) for row in flows.iter_rows(named=True)]
    last = json.loads(told[-1])
    return [*told, json.dumps(last | {"uid": "Clast", "ts": last["ts"] + 2 * DAY_S})]


def _logged(row: dict[str, Any]) -> str:
    told = {
        "ts": row["ts_ns"] / 1e9, "uid": row["uid"][:18], "id.orig_h": row["orig_h"],
        "id.orig_p": row["orig_p"] or 0, "id.resp_h": row["resp_h"],
        "id.resp_p": row["resp_p"] or 0, "proto": row["proto"], "duration": row["duration_s"],
        "orig_bytes": row["orig_bytes"], "resp_bytes": row["resp_bytes"],
        "conn_state": row["conn_state"], "orig_pkts": row["orig_packets"],
        "resp_pkts": row["resp_packets"],
    }  # fmt: skip
    return json.dumps({name: value for name, value in told.items() if value is not None})


def begun(folder: Path) -> subprocess.Popen[str]:
    code = "import sys; from lynceus.cli import main; main()"
    command = [sys.executable, "-c", code, "run", "-c", str(folder / "lynceus.toml")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def made(folder: Path) -> Path:
    (folder / "zeek").mkdir(parents=True)
    (folder / "lynceus.toml").write_text(CONFIG)
    return folder


def flows_kept(folder: Path) -> list[str]:
    lake = Lake(folder / "state" / "lake")
    files = [file for hour in lake.hours("flows") for file in lake.files("flows", hour)]
    return sorted(read("flows", files).collect()["source_uid"])


def findings_kept(folder: Path) -> dict[str, str]:
    """Every finding and the incident that tells of it."""
    with Ledger(folder / "state" / "ledger.db") as ledger:
        return {
            f.id: f.because
            for one in ledger.incidents()
            if one.merged_into is None
            for f in one.findings
        }


def ended(folder: Path, uids: int) -> tuple[str, str]:
    """Lets a run go on until all is in the lake, and ends it as a service manager does."""
    process = begun(folder)
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        if len(flows_kept(folder)) >= uids:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out, err


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> Path:
    folder = made(tmp_path_factory.mktemp("calm"))
    (folder / "zeek" / "conn.log").write_text("\n".join(lines) + "\n")
    out, _ = ended(folder, len(lines))
    assert len(out.splitlines()) >= 2, "incidents are printed as they are found"
    return folder


def killed_and_begun_again(folder: Path, lines: list[str], times: int, seed: int) -> Iterator[int]:
    """Writes the log in pieces while the run is killed again and again."""
    chance = np.random.default_rng(seed)
    log = folder / "zeek" / "conn.log"
    process = begun(folder)
    borders = [*sorted(chance.choice(len(lines) - 1, PIECES, replace=False) + 1), len(lines)]
    deaths = set(chance.choice(PIECES, min(times, PIECES), replace=False))
    at = 0
    for number, border in enumerate(borders):
        with log.open("a") as file:
            text = "\n".join(lines[at:border]) + "\n"
            file.write(text[: len(text) // 2])
            file.flush()
            if number in deaths:
                time.sleep(chance.uniform(0.5, 4.0))
                os.kill(process.pid, signal.SIGKILL)
                process.communicate()
                yield number
                process = begun(folder)
            file.write(text[len(text) // 2 :])
        at = border
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize(
    ("times", "seed"),
    [(5, 1), *(pytest.param(10, seed, marks=pytest.mark.long) for seed in range(2, 7))],
)
def test_a_run_that_is_killed_loses_nothing_and_tells_nothing_twice(
    times: int, seed: int, lines: list[str], calm: Path, tmp_path: Path
) -> None:
    folder = made(tmp_path / "killed")
    assert len(list(killed_and_begun_again(folder, lines, times, seed))) == times
    ended(folder, len(lines))
    assert flows_kept(folder) == flows_kept(calm)
    assert findings_kept(folder) == findings_kept(calm)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no [[source]]"),
        ("[[source]]\nkind = 'fils'\n", "did you mean files?"),
        ("[run]\nstat = 'x'", "did you mean state?"),
        ("[[source]]\nkind = 'files'\npaths = 'x'", "paths 'x'"),
        ("[[source]]\nkind = 'http'\nlisten = ['[::]:80']", "needs TLS"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_one_line(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from lynceus.cli import execute

    path = tmp_path / "lynceus.toml"
    path.write_text(text)
    assert execute(["run", "-c", str(path)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("", "nothing to watch is named"),
        ("--interface a/b", "expected the name of an interface"),
        ("--collect 0.0.0.0:2055", "name the networks that may send"),
        ("--replay gone.pcap", "there is no such capture"),
        ("-c gone.toml", "gone.toml"),
    ],
)
def test_options_that_cannot_be_used_are_one_line(
    options: str,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from lynceus.cli import execute

    monkeypatch.chdir(tmp_path)
    assert execute(["run", *options.split()]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


CHANNEL = """
[[channel]]
name = "{name}"
kind = "webhook"
url = "http://127.0.0.1:9/hook"
[[route]]
name = "all"
to = ["{name}"]
severity = "medium"
"""


def test_channels_that_a_new_configuration_names_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be used leaves the ones before."""
    command: Any = importlib.import_module("lynceus.cli.run")

    folder = made(tmp_path / "reloaded")
    path = folder / "lynceus.toml"
    named = re.sub(r'"zeek/', f'"{folder}/zeek/', CONFIG)
    path.write_text(named)
    given = command._Given(path, (), (), (), (), None, 1.0)
    going, unusable = command._begun(given)
    told = ExitStack()
    try:
        going.tells = command._telling(going, told)
        assert going.tells is None
        path.write_text(named + CHANNEL.format(name="soc"))
        command._reload(going, given, unusable, told)
        first = going.tells
        assert first is not None
        assert delivering() == 1
        command._reload(going, given, unusable, told)
        assert going.tells is first, "nothing has changed"
        path.write_text(named + CHANNEL.format(name="pager"))
        command._reload(going, given, unusable, told)
        second = going.tells
        assert second is not first
        assert delivering() == 1
        path.write_text(named + "[[channel]]\nname = 'pager'\n")
        command._reload(going, given, unusable, told)
        assert going.tells is second
        assert "the one before goes on" in capsys.readouterr().err
        path.write_text(named)
        command._reload(going, given, unusable, told)
        assert going.tells is None
        assert delivering() == 0
    finally:
        told.close()
        going.stop()


def delivering() -> int:
    return sum(one.name == "lynceus-alerts" for one in threading.enumerate())
