"""The command line: exit codes, one clear line, pure stdout, nothing overwritten. analyze, flows,
detectors, complaint and screen."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import polars as pl
import pytest

from lynceus import cli
from lynceus.cli.complaint import UsageError, complain
from lynceus.incident import Incident
from lynceus.ingest import read_flows
from lynceus.records import FLOW_SCHEMA

PASTED = """Flow Records (last 5 minutes):
- Source: 192.168.1.45, Dest: Multiple IPs (127 unique), Port: 22, Protocol: TCP, \
Bytes: 3.2KB, Packets: 2341, Duration: 4m 58s
- Source: 10.0.5.23, Dest: 172.217.14.206, Port: 443, Protocol: TCP, Bytes: 456KB, \
Packets: 892, Duration: 3m 12s
"""


@pytest.fixture(name="pasted")
def _pasted(tmp_path: Path) -> Path:
    path = tmp_path / "flows.txt"
    path.write_text(PASTED)
    return path


@dataclass(frozen=True)
class Done:
    """What the program did."""

    returncode: int
    stdout: str
    stderr: str


def lynceus(*arguments: object) -> Done:
    """The program in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.execute([*map(str, arguments)])
    said = []
    for stream in (out, err):
        stream.seek(0)
        said.append(stream.read())
    return Done(code, *said)


def started(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "lynceus", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={k: v for k, v in os.environ.items() if k != "COLUMNS"},
    )


def refused(*arguments: object) -> str:
    """The one line with which the program refuses."""
    done = lynceus(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("lynceus: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("lynceus: ").rstrip("\n")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from lynceus.cli import execute; assert execute(['--help']) == 0; "
        "assert not {'polars', 'numpy', 'rich.console', 'pydantic', 'jinja2'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    for command in ("analyze", "flows", "detectors"):
        assert re.search(rf"^  {command} ", done.stdout, re.M)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["analyze"], "Missing argument 'INPUT'"),
        (["analyze", "--bogus"], "No such option: --bogus"),
        (["bogus"], "No such command 'bogus'"),
        (["flows", "x"], "Missing option '-o' / '--output'"),
        (["analyze", "no/such.pcap"], "no/such.pcap: there is no such file or directory"),
        (["analyze", "x\n\x1b[31my"], r"x\n\x1b[31my: there is no such file or directory"),
        (["analyze", __file__, "--min-severity", "worst"], "expected one of info, low, medium"),
        (["analyze", __file__, "--home", "10.0.0.0/99"], "--home 10.0.0.0/99: expected a network"),
        (["analyze", __file__, "--assets", "no.csv"], "no.csv: there is no such file"),
        (["analyze", __file__, "--site", ""], "--site '': expected a name"),
        (["analyze", __file__, "--out", __file__], "is a file; expected a directory"),
        (["flows", __file__, "-o", "x.txt"], "x.txt: expected a name that ends in .parquet"),
        (["flows", __file__, "-o", "no/such/x.csv"], "no/such: there is no such directory"),
        (["flows", __file__, "-o", f"{__file__}/x.csv"], "there is no such directory"),
    ],
    ids=lambda value: " ".join(value[:3])[:40] if isinstance(value, list) else "",
)
def test_wrong_arguments_are_refused_in_one_line(arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 500, b"hello world\n" * 50])
def test_unusable_input_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "input.pcap"
    path.write_bytes(content)
    for command in (["analyze", path], ["flows", path, "-o", tmp_path / "out.csv"]):
        assert str(path) in refused(*command)
    assert not (tmp_path / "out.csv").exists()


def test_a_directory_without_logs_is_refused(tmp_path: Path) -> None:
    assert str(tmp_path) in refused("analyze", tmp_path)


def test_json_prints_incidents_and_nothing_else(pasted: Path) -> None:
    done = started("analyze", pasted, "--json")
    assert done.returncode == 0, done.stderr
    found = [Incident.model_validate_json(line) for line in done.stdout.splitlines()]
    assert found
    scan = next(i for i in found if any(f.detector == "horizontal_scan" for f in i.findings))
    assert scan.severity == "high"
    assert scan.first_seen is None


def test_json_of_a_quiet_input_is_empty(pasted: Path) -> None:
    done = lynceus("analyze", pasted, "--json", "--min-severity", "critical")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"lynceus: \d+ incidents? below critical", done.stderr)


def test_the_view_fits_a_pipe_and_says_what_was_hidden(pasted: Path) -> None:
    done = lynceus("analyze", pasted, "--min-severity", "high")
    assert done.returncode == 0, done.stderr
    assert "not shown" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_results_are_written_and_never_overwritten_silently(pasted: Path, tmp_path: Path) -> None:
    out = tmp_path / "result"
    done = lynceus("analyze", pasted, "--out", out, "--json")
    assert done.returncode == 0, done.stderr
    assert (out / "incidents.jsonl").read_text() == done.stdout
    findings = [json.loads(s) for s in (out / "findings.jsonl").read_text().splitlines()]
    assert sum(len(json.loads(s)["findings"]) for s in done.stdout.splitlines()) == len(findings)
    assert pl.read_parquet(out / "flows.parquet").height == 2
    assert (out / "report.html").read_text().lstrip().lower().startswith("<!doctype html")
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert "holds results of an earlier analysis" in refused("analyze", pasted, "--out", out)
    assert before == {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    (out / "events").mkdir(exist_ok=True)
    (out / "events" / "old.parquet").write_bytes(b"old")
    (out / "notes.txt").write_text("mine")
    again = lynceus("analyze", pasted, "--out", out, "--json", "--force")
    assert again.returncode == 0, again.stderr
    assert again.stdout == done.stdout
    assert not (out / "events" / "old.parquet").exists()
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_flows_writes_the_table_alone(pasted: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"flows{suffix}"
    done = lynceus("flows", pasted, "-o", path, "--site", "branch-7")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    read = {".parquet": pl.read_parquet, ".csv": pl.read_csv, ".jsonl": pl.read_ndjson}[suffix]
    table = read(path)
    assert table.height == 2
    assert set(table.columns) <= set(FLOW_SCHEMA)
    assert table["site"].to_list() == ["branch-7"] * 2
    assert "exists already" in refused("flows", pasted, "-o", path)
    assert lynceus("flows", pasted, "-o", path, "--force").returncode == 0


def test_flows_of_a_capture_need_no_polars(tmp_path: Path, shared_data: Path) -> None:
    capture = next((shared_data / "ndpi-apps").glob("*dns*.pcap"))
    for path in (tmp_path / "lean.parquet", tmp_path / "whole.csv"):
        done = lynceus("flows", capture, "-o", path)
        assert done.returncode == 0, done.stderr
    code = (
        "import sys; from lynceus.cli import execute; assert execute(sys.argv[1:]) == 0; "
        "assert not {'polars', 'lynceus.ingest.opening'} & set(sys.modules)"
    )
    arguments = ["flows", str(capture), "-o", str(tmp_path / "own.parquet")]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    flows = pl.read_parquet(tmp_path / "own.parquet")
    assert flows.schema == FLOW_SCHEMA
    assert flows.equals(read_flows(capture))
    assert flows["uid"].to_list() == pl.read_csv(tmp_path / "whole.csv")["uid"].to_list()


def test_detectors_are_listed() -> None:
    from lynceus import detect

    done = lynceus("detectors")
    assert done.returncode == 0, done.stderr
    for name in detect.load():
        assert re.search(rf"^{name} ", done.stdout, re.M)


def test_a_closed_pipe_is_no_defect(pasted: Path) -> None:
    command = f"{sys.executable} -c 'from lynceus.cli import main; main()' analyze {pasted} | true"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}; echo ${{PIPESTATUS[0]}}"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() in {"0", "141"}
    assert "defect" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_is_one_line_and_exit_code_1(
    pasted: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import lynceus.analysis

    class Panic(BaseException):
        """As a panic of the Rust core looks to Python."""

    for error, code in (
        (ZeroDivisionError("x\n\x1b"), 1),
        (Panic("p"), 1),
        (KeyboardInterrupt(), 130),
    ):

        def failing(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(lynceus.analysis, "analyze", failing)
        assert cli.execute(["analyze", str(pasted)]) == code
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert "\x1b" not in said.err
        assert ("defect" in said.err) == (code == 1)


def test_an_unwritable_place_is_refused(
    pasted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(tmp_path / "out" / "flows.parquet"))

    import lynceus.analysis

    monkeypatch.setattr(lynceus.analysis, "analyze", full)
    assert cli.execute(["analyze", str(pasted), "--out", str(tmp_path / "out")]) == 2
    assert "flows.parquet: No space left on device" in capsys.readouterr().err


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\nb\x1b\u2028\u202e")
    assert capsys.readouterr().err == "lynceus: a\\nb\\x1b\\u2028\\u202e\n"
    assert str(UsageError("x: wrong")) == "x: wrong"


def test_the_program_says_which_one_it_is() -> None:
    assert started("--version").stdout == f"lynceus {metadata.version('lynceus')}\n"


def test_no_arguments_show_the_help() -> None:
    done = lynceus()
    assert done.returncode == 0
    assert "Commands:" in done.stdout


def test_explain_refuses_what_is_no_result_directory(tmp_path: Path) -> None:
    assert "holds no incidents.jsonl" in refused("explain", tmp_path, "0123abcd")
    assert "--pcap" in refused("explain", tmp_path, "0123abcd", "--capture", tmp_path)
