"""Where a run keeps what it keeps, and how its sources are called."""

from __future__ import annotations

from pathlib import Path

from lynceus.live.settings import RunConfig, named


def test_ledger_and_lake_lie_in_the_state_unless_told() -> None:
    run = RunConfig(state=Path("kept"))
    assert (run.ledger_place, run.lake_place) == ("kept/ledger.db", Path("kept/lake"))
    run = RunConfig(ledger="postgresql://db/lynceus", lake="elsewhere")
    assert (run.ledger_place, run.lake_place) == ("postgresql://db/lynceus", Path("elsewhere"))


def test_sources_without_a_name_are_called_by_kind_and_number() -> None:
    tables = [{"kind": "syslog"}, {"kind": "syslog"}, {"kind": "files", "name": "zeek"}]
    assert [name for name, _ in named(tables)] == ["syslog", "syslog-2", "zeek"]
