"""`settings.py`: the tables of the configuration, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.config import Config
from lynceus.own import OwnFileError

WHOLE = """
site = "office"

[notify]
ledger = "state/ledger.db"
timezone = "Europe/Berlin"
after_analysis = true
wait_s = 5

[[channel]]
name = "soc"
kind = "slack"
token = { env = "SLACK_TOKEN" }
to = "#soc"
most = 20

[[channel]]
name = "siem"
kind = "cef"
host = "siem.example.org"

[[channel]]
name = "pager"
kind = "pagerduty"
routing_key = { file = "pagerduty.key" }

[[route]]
name = "all"
to = ["soc", "siem"]
quiet = ["mon-fri 20:00-07:00", "sat-sun 00:00-24:00"]
escalate = [{ after_min = 15, to = ["pager"] }]

[[route]]
name = "servers"
to = ["pager"]
severity = "high"
segments = ["10.1.0.0/16"]
detectors = ["beacon"]

[[maintenance]]
why = "new firewall"
begin = 2026-11-22T22:00:00Z
end = 2026-11-23T02:00:00Z
"""


def load(folder: Path, text: str) -> Config:
    path = folder / "lynceus.toml"
    path.write_text(text, encoding="utf-8")
    return Config.load(path)


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    told = load(tmp_path, WHOLE).notify
    assert told is not None
    assert told.ledger == str(tmp_path / "state" / "ledger.db")
    assert (told.after_analysis, told.wait_s) == (True, 5.0)
    assert [type(channel).__name__ for channel in told.channels.values()] == [
        "Slack", "Cef", "Pagerduty",
    ]  # fmt: skip
    assert told.channels["soc"].most == 20
    assert str(tmp_path / "pagerduty.key") in repr(told.channels["pager"])
    assert [route.name for route in told.routing.routes] == ["all", "servers"]
    assert told.routing.zone.key == "Europe/Berlin"
    assert told.routing.maintenance[0].why == "new firewall"


def test_nothing_said_is_nobody_told(tmp_path: Path) -> None:
    assert load(tmp_path, 'site = "office"').notify is None


def test_a_ledger_elsewhere(tmp_path: Path) -> None:
    told = load(tmp_path, '[notify]\nledger = "postgresql+psycopg://soc@db/soc"').notify
    assert told is not None
    assert told.ledger == "postgresql+psycopg://soc@db/soc"


WRONG = {
    "no such kind": ('kind = "slack"', 'kind = "slak"', "no kind 'slak' (did you mean slack?)"),
    "no such key": ("most = 20", "mots = 20", "1 has no 'mots' (did you mean most?)"),
    "secret in it": (
        'token = { env = "SLACK_TOKEN" }', 'token = "xoxb-123"',
        "[[channel]] 1 token: a secret does not stand",
    ),
    "no such channel": ('["soc", "siem"]', '["seim"]', "no channel 'seim' (did you mean siem?)"),
    "of an escalation": ('to = ["pager"] }', 'to = ["pgr"] }', "no channel 'pgr'"),
    "no such detector": ('["beacon"]', '["becon"]', "'becon' (did you mean beacon?)"),
    "no such zone": ("Europe/Berlin", "Europe/Berlim", "[notify] timezone: expected a time zone"),
    "no hours": ('"mon-fri 20:00-07:00"', '"mon-fri 8-18"', "expected hours such as"),
    "no network": ("10.1.0.0/16", "10.1.0.0/99", "expected a network such as 192.0.2.0/24"),
    "a taken name": ('name = "siem"', 'name = "soc" ', "[[channel]] 2: the name 'soc' is taken"),
    "a taken route": ('name = "servers"', 'name = "all" ', "the name 'all' is taken"),
    "no number": ("most = 20", 'most = "20"', "[[channel]] 1 most: expected a valid integer"),
    "no severity": ('severity = "high"', 'severity = "hihg"', "[[route]] 2 severity: expected"),
    "no tables": ("[[maintenance]]", "[maintenance]", "expected tables [[maintenance]]"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_its_line(case: str, tmp_path: Path) -> None:
    right, wrong, complaint = WRONG[case]
    text = WHOLE.replace(right, wrong, 1)
    line = text[: text.index(wrong)].count("\n") + 1
    with pytest.raises(OwnFileError) as refused:
        load(tmp_path, text)
    assert complaint in str(refused.value)
    assert f"lynceus.toml:{line}: " in str(refused.value)
    assert "xoxb-123" not in str(refused.value)


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('host = "siem.example.org"', "", "[[channel]] 2 has no 'host'; it is needed"),
        ("2026-11-23T02:00:00Z", "2026-11-22T02:00:00Z", "end: expected a time after begin"),
        ("2026-11-23T02:00:00Z", "2026-11-23T02:00:00", "expected times such as"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_heading(
    right: str, wrong: str, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(OwnFileError) as refused:
        load(tmp_path, WHOLE.replace(right, wrong, 1))
    assert complaint in str(refused.value)
    line = int(str(refused.value).split("lynceus.toml:")[1].partition(":")[0])
    assert WHOLE.splitlines()[line - 1].startswith("[[")


def test_addresses_hold_no_password(tmp_path: Path) -> None:
    hook = '[[channel]]\nname = "h"\nkind = "webhook"\nurl = "https://a:secret-word@b.example"'
    with pytest.raises(OwnFileError, match="does not stand in an address") as refused:
        load(tmp_path, hook)
    assert "secret-word" not in str(refused.value)
