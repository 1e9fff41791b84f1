"""`opened`: what a person may name as indicators; `settings`: the table `[intel]`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.config import Config
from lynceus.enrich.lists import ListError
from lynceus.intel import opened
from lynceus.intel.store import IntelStore
from lynceus.intel.subscription import Subscription
from lynceus.intel.update import update
from lynceus.own.complaint import OwnFileError


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "fed.txt").write_text("198.51.100.1\n198.51.100.2\n")
    held = IntelStore(tmp_path / "intel")
    one = {"name": "fed", "format": "delimited", "url": str(tmp_path / "fed.txt")}
    held.subscribe(Subscription.model_validate(one))
    update(held, 10**18)
    held.gather()
    return held.root


def known(*paths: Path) -> dict[str, str | None]:
    table = opened.indicators(paths).table.sort("indicator")
    return dict(table.select("indicator", "indicator_note").iter_rows())


def test_a_store_a_list_and_both(store: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("198.51.100.2\n")
    assert known(store) == {"198.51.100.1": None, "198.51.100.2": None}
    assert known(tmp_path / "own.txt") == {"198.51.100.2": None}
    assert known(tmp_path / "own.txt", store) == {
        "198.51.100.1": None,
        "198.51.100.2": "on 2 lists",
    }
    assert known() == {}


def test_a_bundle_and_an_event(tmp_path: Path) -> None:
    indicator = {
        "type": "indicator", "id": "indicator--1", "pattern": "[domain-name:value = 'a.example']",
    }  # fmt: skip
    (tmp_path / "b.json").write_text(json.dumps({"type": "bundle", "objects": [indicator]}))
    attribute = {"type": "domain", "value": "b.example", "to_ids": True}
    (tmp_path / "e.json").write_text(json.dumps({"Event": {"Attribute": [attribute, 7]}}))
    both = opened.indicators([tmp_path / "b.json", tmp_path / "e.json"])
    assert sorted(both.table["indicator"]) == ["a.example", "b.example"]
    assert [(r.line, r.reason) for r in both.refused] == [(2, "not as the format has it")]
    assert both.account.balanced


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"a": 1}', "expected a MISP event"), ('{"type": "bundle"}', "no usable indicator"),
     ("{", "is no JSON"), ("<html><body>", "page for a browser"), ("com\n", "single-label")],
)  # fmt: skip
def test_what_is_none_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ListError, match=rf"x\.json.*{reason}"):
        opened.indicators([tmp_path / "x.json"])
    with pytest.raises(ListError, match="holds no indicators yet"):
        opened.indicators([tmp_path])


def config(folder: Path, text: str) -> Config:
    (folder / "lynceus.toml").write_text(text)
    return Config.load(folder / "lynceus.toml")


def test_the_table_of_the_configuration(store: Path, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("198.51.100.2\n")
    made = config(
        tmp_path, '[intel]\nlists = ["own.txt"]\nstore = "intel"\nwarninglists = ["own.txt"]\n'
    )
    assert made.intel == (tmp_path / "own.txt", store)
    assert made.threat_intel.warninglists == (tmp_path / "own.txt",)
    empty = config(tmp_path, '[intel]\nstore = "not-yet"\n')
    assert empty.intel == ()
    assert empty.threat_intel.store == tmp_path / "not-yet"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[intel]\nstor = "x"', r":2: \[intel\] has no 'stor' \(did you mean store\?\)"),
        ("[intel]\nstore = 7", ":2: store 7: expected a text"),
        ('[intel]\nlists = ["none.txt"]', ":2: intel 'none.txt': there is no such file"),
        ('[intel]\nlake = "lynceus.toml"', ":2: lake .* is a file"),
        ("intel = 7", ":1: intel 7: expected a list"),
    ],
)
def test_wrong_settings_are_named_with_their_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(OwnFileError, match=reason):
        config(tmp_path, text)
