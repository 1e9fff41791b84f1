"""Indicators that change while a run goes on count at once, and what is new looks back."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from lynceus.config import Config
from lynceus.equipment import Equipment
from lynceus.incident import Incident
from lynceus.live import intelligence as module
from lynceus.live.degraded import Degraded
from lynceus.live.intelligence import Intelligence
from lynceus.records import Batch
from lynceus.store.lake import Lake
from lynceus.store.ledger import Ledger, LedgerError
from lynceus.testing import START_S, flow, flows

HOME = ("10.0.0.0/8",)
NOW = int(START_S + 86_400 + 60) * 10**9
FORMERLY, LATELY = "203.0.113.5", "203.0.113.9"


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    path = tmp_path / "indicators.txt"
    path.write_text(f"{FORMERLY}\n")
    return path


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Both places were met a day ago."""
    lake = Lake(tmp_path / "lake")
    lake.add(Batch(flows(flow(resp_h=place) for place in (FORMERLY, LATELY))))
    return lake


def watching(path: Path, lake: Lake, said: list[str]) -> tuple[Intelligence, Equipment]:
    state = module.state_of([path])
    equipment = Equipment.of(Config(intel=(path,)), models=[])
    lists = Intelligence(
        [path], equipment.indicators, state, lake, Degraded(said.append),
        home=lambda: HOME, say=said.append, clock=lambda: NOW,
    )  # fmt: skip
    return lists, equipment


def change(path: Path, text: str) -> None:
    """As another second would write it."""
    path.write_text(text)
    told = path.stat()
    os.utime(path, ns=(told.st_atime_ns, told.st_mtime_ns + 10**9))


def places(incidents: list[Incident]) -> set[str]:
    return {place for one in incidents for place in (FORMERLY, LATELY) if place in one.summary}


def test_a_new_indicator_counts_and_is_looked_for_in_the_lake(
    lists: Path, lake: Lake, tmp_path: Path
) -> None:
    said: list[str] = []
    watched, equipment = watching(lists, lake, said)
    watched.look()
    with Ledger(str(tmp_path / "ledger.db")) as ledger:
        assert watched.kept(ledger) == [], "nothing has changed"
        change(lists, f"{FORMERLY}\n{LATELY}\n")
        watched.look()
        assert equipment.indicators.take()
        assert equipment.indicators.taken.table["indicator"].to_list() == [FORMERLY, LATELY]
        told = watched.kept(ledger)
        assert places(told) == {LATELY}, "what was known before is not looked for again"
        assert "1 day ago" in told[0].title
        assert [one.id for one in ledger.incidents()] == [one.id for one in told]
        watched.look()
        assert watched.kept(ledger) == []
    assert said == ["2 indicators count from now on, 1 of them are new"]


def test_a_list_that_cannot_be_used_leaves_the_one_before(lists: Path, lake: Lake) -> None:
    said: list[str] = []
    watched, equipment = watching(lists, lake, said)
    change(lists, "no such thing as this\n")
    watched.look()
    watched.look()
    assert not equipment.indicators.take()
    assert len(said) == 1 and "no usable indicator" in said[0]
    change(lists, f"{LATELY}\n")
    watched.look()
    assert equipment.indicators.take()


def test_what_was_found_waits_for_a_ledger_that_is_gone(
    lists: Path, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, _ = watching(lists, lake, [])
    change(lists, f"{LATELY}\n")
    watched.look()
    with Ledger(str(tmp_path / "ledger.db")) as ledger:
        with monkeypatch.context() as gone:

            def fail(*_: object, **__: object) -> list[Incident]:
                raise LedgerError("the database is gone")

            gone.setattr(ledger, "tell", fail)
            assert watched.kept(ledger) == []
        assert places(watched.kept(ledger)) == {LATELY}


def test_looking_back_is_tried_again_where_the_lake_moves(
    lists: Path, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    watched, _ = watching(lists, lake, said)
    change(lists, f"{LATELY}\n")
    with monkeypatch.context() as moving:

        def fail(*_: object, **__: object) -> list[Incident]:
            raise pl.exceptions.ComputeError("a file is gone")

        moving.setattr(module, "retro_hunt", fail)
        watched.look()
    watched.look()
    with Ledger(str(tmp_path / "ledger.db")) as ledger:
        assert places(watched.kept(ledger)) == {LATELY}
    assert any("looking back: a file is gone" in line for line in said)
