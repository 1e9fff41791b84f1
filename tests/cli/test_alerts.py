"""`lynceus alerts`, and what `lynceus analyze` tells afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lynceus.cli import execute
from lynceus.results import Results
from lynceus.testing import flow, flows
from notify.doubles import Double, Reply, served

CONFIG = """
[[channel]]
name = "hook"
kind = "webhook"
url = "{url}/hook"

[[channel]]
name = "file"
kind = "ocsf"
path = "alerts.jsonl"

[[route]]
name = "all"
to = ["hook", "file"]
severity = "low"
"""


@pytest.fixture
def service() -> Iterator[Double]:
    with served() as double:
        yield double


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Flows of a scan, and what an analysis says of them."""
    folder = tmp_path_factory.mktemp("scanned")
    scan = flows(flow(resp_p=port, conn_state="REJ") for port in range(1, 60))
    scan.write_parquet(folder / "scan.parquet")
    assert execute(["analyze", str(folder / "scan.parquet"), "--out", str(folder / "r")]) == 0
    return folder


@pytest.fixture
def folder(scanned: Path, tmp_path: Path, service: Double) -> Path:
    shutil.copytree(scanned, tmp_path, dirs_exist_ok=True)
    (tmp_path / "c.toml").write_text(CONFIG.format(url=service.url), encoding="utf-8")
    return tmp_path


def test_from_an_analysis_to_its_end(
    folder: Path, service: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    incident = Results(folder / "r").incidents[0].id
    config = ["-c", str(folder / "c.toml")]
    assert execute(["alerts", "add", str(folder / "r"), *config]) == 0
    assert execute(["alerts", "add", str(folder / "r"), *config]) == 0
    assert execute(["alerts", "send", *config]) == 0
    said = capsys.readouterr()
    assert "0 messages wait" in said.out
    assert "alerts: " in said.err
    assert " sent" in said.err
    assert execute(["alerts", "acknowledge", incident, "--why", "our scanner", *config]) == 0
    assert execute(["alerts", "resolve", incident, "--by", "ada", *config]) == 0
    assert execute(["alerts", "list", *config]) == 0
    listed = capsys.readouterr().out
    assert "acknowledge" in listed
    assert "hook: " in listed
    kinds = [request.json["type"] for request in service.requests]
    assert kinds[-2:] == ["incident.acknowledge", "incident.resolve"]
    lines = (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["status"] for line in lines][-2:] == ["In Progress", "Resolved"]
    assert execute(["audit", "verify", "--ledger", str(folder / "ledger.db")]) == 0


def test_analyze_tells_what_it_found_where_the_configuration_says_so(
    folder: Path, service: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    config = folder / "c.toml"
    config.write_text(
        f"{config.read_text(encoding='utf-8')}\n[notify]\nafter_analysis = true\n", encoding="utf-8"
    )
    service.failures.append("500")
    assert execute(["analyze", str(folder / "scan.parquet"), "-c", str(config)]) == 0
    assert "hook: 500" in capsys.readouterr().err
    assert (folder / "alerts.jsonl").exists()
    assert service.requests == []
    assert execute(["alerts", "list", "--state", "waiting", "-c", str(config)]) == 0
    assert "hook" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "ledger"),
    [
        ("", "ledger.db"),
        ('[[source]]\nkind = "syslog"\nudp = ["127.0.0.1:5514"]', "state/ledger.db"),
        (
            '[[source]]\nkind = "syslog"\nudp = ["127.0.0.1:5514"]\n[notify]\nledger = "own.db"',
            "own.db",
        ),
    ],
)
def test_the_ledger_that_is_meant(
    more: str, ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "state").mkdir()
    config = tmp_path / "c.toml"
    config.write_text(f"{CONFIG.format(url='http://127.0.0.1:9')}\n{more}\n", encoding="utf-8")
    assert execute(["alerts", "list", "-c", str(config)]) == 0
    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.db")] == [ledger]


def test_what_is_dead_is_sent_again(
    folder: Path, service: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["-c", str(folder / "c.toml")]
    service.answer = lambda _: Reply(422)
    execute(["alerts", "add", str(folder / "r"), *config])
    execute(["alerts", "send", *config])
    assert "given up" in capsys.readouterr().err
    service.answer = lambda _: Reply()
    assert execute(["alerts", "retry", "--channel", "hook", *config]) == 0
    said = capsys.readouterr()
    assert "wait again" in said.out
    assert "given up" not in said.err
    keys = [request.headers["webhook-id"] for request in service.requests]
    assert len(keys) == 2 * len(set(keys)), "sent again under its key"


def test_a_channel_is_tested(
    folder: Path, service: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["-c", str(folder / "c.toml")]
    assert execute(["alerts", "test", "hook", *config]) == 0
    assert capsys.readouterr().out == "hook: 200\n"
    assert service.requests[0].json["type"] == "incident.test"
    service.failures.append("401")
    assert execute(["alerts", "test", "hook", *config]) == 2
    assert "hook: 401" in capsys.readouterr().err
    assert not (folder / "ledger.db").exists()


def test_kinds_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["alerts", "kinds"]) == 0
    assert "slack: name*, most, within_min, url" in capsys.readouterr().out
    assert execute(["alerts", "files", "--out", str(tmp_path / "f")]) == 0
    assert {path.name for path in (tmp_path / "f").iterdir()} == {
        "elasticsearch-index-template.json", "sentinel-data-collection-rule.json",
        "sentinel-table.json", "xsoar-classifier.json", "xsoar-mapper.json",
    }  # fmt: skip


WRONG = {
    "no alerts": (["alerts", "send", "-c", "{}/empty.toml"], "says nothing of alerts"),
    "no file": (["alerts", "send", "-c", "{}/none.toml"], "cannot be read"),
    "no channel": (["alerts", "test", "hok", "-c", "{}/c.toml"], "(did you mean hook?)"),
    "no incident": (["alerts", "resolve", "x", "-c", "{}/c.toml"], "nobody was told"),
    "no state": (["alerts", "list", "--state", "lost", "-c", "{}/c.toml"], "expected one of"),
    "no results": (["alerts", "add", "{}", "-c", "{}/c.toml"], "holds no incidents.jsonl"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_one_line_and_exit_2(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text(CONFIG.format(url="http://127.0.0.1:9"), encoding="utf-8")
    (tmp_path / "empty.toml").touch()
    arguments, complaint = WRONG[case]
    assert execute([text.format(tmp_path) for text in arguments]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert complaint in line


def test_check_says_what_alerts_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c.toml").write_text(CONFIG.format(url="http://127.0.0.1:9"), encoding="utf-8")
    assert execute(["check", str(tmp_path / "c.toml")]) == 0
    assert "2 channels, 1 routes" in capsys.readouterr().out
