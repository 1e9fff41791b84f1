"""`config`: what a person sets, and what is wrong with it."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lynceus import detect
from lynceus.analysis import analyze
from lynceus.config import OF_ANOTHER_FILE, Config, starter
from lynceus.correlate import CorrelateConfig
from lynceus.own import OwnFileError
from lynceus.testing import flows
from lynceus.threat_level import ThreatLevel, entry


def config(folder: Path, text: str) -> Config:
    path = folder / "lynceus.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def test_nothing_set_is_the_program_as_it_is(tmp_path: Path) -> None:
    assert config(tmp_path, "") == Config()


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    for name in ("bad.csv", "assets.csv", "quiet.toml", "policy.toml", "p.key"):
        (tmp_path / name).touch()
    (tmp_path / "own").mkdir()
    level = ThreatLevel("severe", datetime(2026, 12, 1, tzinfo=UTC), "seen here", "jana")
    (tmp_path / "levels.toml").write_text(entry(level), encoding="utf-8")
    made = config(
        tmp_path,
        """
        site = "office"
        home = ["10.0.0.0/8", " 2001:db8::/32"]
        intel = ["bad.csv"]
        assets = "assets.csv"
        suppress = "quiet.toml"
        detections = "own"
        policy = "policy.toml"
        pseudonyms = "p.key"
        threat_level = "levels.toml"
        [detect.vertical_scan]
        ports_5m = 9
        [detect.horizontal_scan]
        failed_share = 1
        [detect.top_talker]
        off = true
        [correlate.join]
        fast_gap_s = 60
        slow = ["beacon"]
        [correlate.score]
        trusted = 0.4
        [correlate.priority]
        severity_points = { low = 20 }
        [correlate.urgency]
        work = ["mon-fri 08:00-18:00"]
        zone = "Europe/Berlin"
        """,
    )
    assert (made.site, made.home) == ("office", ("10.0.0.0/8", "2001:db8::/32"))
    assert (made.intel, made.assets) == ((tmp_path / "bad.csv",), tmp_path / "assets.csv")
    assert (made.suppress, made.policy) == (tmp_path / "quiet.toml", tmp_path / "policy.toml")
    assert (made.detections, made.pseudonyms) == (tmp_path / "own", tmp_path / "p.key")
    assert made.detect == {"vertical_scan": {"ports_5m": 9}, "horizontal_scan": {"failed_share": 1}}
    assert made.off == {"top_talker"}
    assert made.correlate.join.fast_gap_s == 60
    assert made.correlate.join.slow == {"beacon"}
    assert made.correlate.score.trusted == 0.4
    points = CorrelateConfig().priority.severity_points
    assert made.correlate.priority.severity_points == {**points, "low": 20}
    assert made.correlate.urgency.work == ("mon-fri 08:00-18:00",)
    assert made.correlate.levels.at(10**9 * int(level.start.timestamp())) == "severe"


WRONG = {
    'sight = "x"': "1: the configuration has no 'sight' (did you mean site?)",
    "site = 3": "1: site 3: expected a text in quotes",
    'site = "a\\u0007"': "1: site 'a\\x07': expected 1 to 100 printable characters",
    '\nhome = "10.0.0.0/8"': "2: home '10.0.0.0/8': expected a list",
    'home = ["10.0.0.0/8",\n"10.0.0.300"]': "2: home '10.0.0.300': expected a network",
    'assets = "none.csv"': "1: assets 'none.csv': there is no such file or directory",
    "detect = 1": "1: detect: expected a table [detect]",
    "[detect.beecon]": "1: there is no detector 'beecon' (did you mean beacon?)",
    "[detect.vertical_scan]\n[detect.horizontal_scan]\nhosts_5 = 3": (
        "3: [detect.horizontal_scan] has no 'hosts_5' (did you mean hosts_5m?)"
    ),
    "[detect.vertical_scan]\nports_5m = 'many'": "2: [detect.vertical_scan] ports_5m 'many': ",
    "[detect.vertical_scan]\nports_5m = 1.5": "2: [detect.vertical_scan] ports_5m 1.5: ",
    "[detect.vertical_scan]\nports_5m = -1": "2: [detect.vertical_scan] ports_5m -1: expected",
    "[detect.horizontal_scan]\nfailed_share = nan": "2: [detect.horizontal_scan] failed_share nan",
    "[detect.policy_violation]\nrules = []": "2: [detect.policy_violation] has no 'rules'",
    "[correlate.scare]": "1: [correlate] has no 'scare' (did you mean score?)",
    "[correlate.score]\ntrust = 1": "2: [correlate.score] has no 'trust' (did you mean trusted?)",
    "[correlate]\nscore = 1": "2: score 1: expected a table [correlate.score]",
    "[correlate.urgency]\nnow = 3": "1: [correlate.urgency] now, today and week: expected each",
    "[correlate.urgency]\nwork = ['mon 9-17']": "1: [correlate.urgency] 'mon 9-17': expected hours",
    "threat_level = 3": "1: threat_level 3: expected a text in quotes",
    "site = ": "1: is no TOML",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text.splitlines()[-1][:30])
def test_what_cannot_be_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(OwnFileError) as refused:
        config(tmp_path, text)
    assert f"lynceus.toml:{WRONG[text]}" in str(refused.value)


def test_what_is_said_goes_before_the_file() -> None:
    made = Config(site="office", home=("10.0.0.0/8",)).but(site=None, home=["192.0.2.0/24"])
    assert (made.site, made.home) == ("office", ("192.0.2.0/24",))
    assert made.but(policy="p.toml").policy == Path("p.toml")


def test_a_starter_holds_every_key_with_its_default(tmp_path: Path) -> None:
    text = starter(["192.0.2.0/24"])
    assert config(tmp_path, text).home == ("192.0.2.0/24",)
    begin = text.index("# [detect")
    given = tomllib.loads(text[begin:].replace("\n# ", "\n").removeprefix("# "))
    for name, table in given["detect"].items():
        default = detect.load()[name]
        assert table.pop("off") is True
        for key, value in table.items():
            at_hand = getattr(default, key)
            assert value == (list(at_hand) if isinstance(at_hand, tuple) else at_hand)
        assert name in OF_ANOTHER_FILE or set(table) == {f.name for f in fields(default)}  # type: ignore[arg-type]
    assert set(given["detect"]) == set(detect.load())
    assert set(given["correlate"]) == {"join", "score", "priority", "urgency"}


def test_an_analysis_heeds_it() -> None:
    ports = flows(
        {"orig_h": "10.0.0.5", "resp_h": "10.0.0.9", "resp_p": 1000 + n, "proto": "tcp",
         "ts_ns": n * 10**9, "conn_state": "REJ", "orig_packets": 1, "resp_packets": 1,
         "orig_bytes": 0, "resp_bytes": 0}
        for n in range(12)
    )  # fmt: skip
    quiet = analyze(ports)
    loud = analyze(ports, config=Config(detect={"vertical_scan": {"ports_5m": 6}}))
    off = analyze(
        ports,
        config=Config(detect={"vertical_scan": {"ports_5m": 6}}, off=frozenset({"vertical_scan"})),
    )
    assert "vertical_scan" not in set(quiet.findings["detector"])
    assert "vertical_scan" in set(loud.findings["detector"])
    assert "vertical_scan" not in set(off.findings["detector"])
    assert "vertical_scan" not in off.detectors
