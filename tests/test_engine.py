"""The engine: what goes in comes out or is counted; a failing detector stops nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl
import pytest

from lynceus import detect
from lynceus.engine import Engine
from lynceus.features.window import Count, Max, Table, Window
from lynceus.protocols import Key, Subject
from lynceus.records import FINDING_SCHEMA, Batch, Severity
from lynceus.suppress import Suppression, Suppressions
from lynceus.testing import START_S, check_findings, cut, flow, flows

PER_HOST = Window("flows_of_host", "flows", ("orig_h",), (Count("flows"),), "60s")


@dataclass(frozen=True)
class Busy:
    """Any host with flows."""

    reads: ClassVar[tuple[Table, ...]] = (PER_HOST,)
    key: ClassVar[Key] = "originator"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "low"
    tactic: ClassVar[str] = "discovery"
    techniques: ClassVar[tuple[str, ...]] = ("T1046",)

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        return tables[0].with_columns(
            score=pl.lit(0.5), orig_role=pl.lit("user"), because=pl.format("{} speaks.", "orig_h")
        )


@dataclass(frozen=True)
class Broken(Busy):
    """Asks for a column that is not there."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        return tables[0].select("no_such_column")


@dataclass(frozen=True)
class Thrower(Busy):
    """Fails before Polars sees anything."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        raise KeyError("nothing here")


@dataclass(frozen=True)
class Scoreless(Busy):
    """Forgets the required columns."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        return tables[0].select("orig_h")


class Nicknames:
    """Knows a fact that no other enricher tells."""

    subject: ClassVar[Subject] = "address"
    columns: ClassVar[dict[str, pl.DataType]] = {"nickname": pl.String()}

    def facts(self, values: pl.Series) -> pl.DataFrame:
        return pl.DataFrame({"value": values, "nickname": values})


def minutes(*at: int) -> pl.DataFrame:
    return flows(flow(60.0 * m, orig_h=f"10.0.0.{m + 1}") for m in at)


def at(second: float) -> int:
    return int((START_S + second) * 1e9)


def test_windows_speak_when_the_watermark_passes_their_end() -> None:
    engine = Engine({"busy": Busy()})
    assert engine.advance(Batch(minutes(0, 1), {}, at(59))).is_empty()
    (first,) = engine.advance(Batch(minutes(2), {}, at(60))).iter_rows(named=True)
    assert first["orig_h"] == "10.0.0.1" and first["flow_uids"] == ["f000000"]
    assert engine.finish()["orig_h"].to_list() == ["10.0.0.2", "10.0.0.3"]
    assert engine.finish().is_empty()


def test_in_is_out_plus_dropped_and_late_rows_are_counted() -> None:
    engine = Engine({"busy": Busy()})
    engine.advance(Batch(minutes(5), {}, at(300)))
    engine.advance(Batch(minutes(1, 2, 6), {}, at(400)))
    engine.finish()
    assert engine.account.received == 4
    assert engine.account.dropped == {"late": 2}
    assert engine.account.balanced


@pytest.mark.parametrize("broken", [Broken, Thrower, Scoreless])
def test_one_that_fails_does_not_stop_the_others(broken: type[Busy]) -> None:
    engine = Engine({"broken": broken(), "busy": Busy()})
    engine.advance(Batch(minutes(0)))
    found = engine.finish()
    assert found["detector"].to_list() == ["busy"]
    assert list(engine.failed) == ["broken"] and engine.failed["broken"]


def test_a_table_of_what_one_engine_knows_fails_in_another_that_does_not() -> None:
    nick = Window("nicknames", "dns", ("orig_h",), (Max("nick", "orig_nickname"),), "60s")
    both = type("Both", (Busy,), {"reads": (PER_HOST, nick)})()
    for _ in range(2):
        knowing = Engine({"both": both}, (Nicknames(),))
        knowing.advance(Batch(minutes(0)))
        assert knowing.finish().height == 1 and not knowing.failed
        plain = Engine({"both": both})
        plain.advance(Batch(minutes(0)))
        assert plain.finish().is_empty() and "orig_nickname" in plain.failed["both"]


def test_an_id_is_the_same_tomorrow_and_another_for_another_window_or_entity() -> None:
    ids = []
    for frame in (minutes(0, 1), minutes(0, 1), minutes(0).with_columns(orig_h=pl.lit("10.9.9.9"))):
        engine = Engine({"busy": Busy()})
        engine.advance(Batch(frame))
        ids.append(engine.finish()["id"].to_list())
    assert ids[0] == ids[1]
    assert len({*ids[0], *ids[2]}) == 3
    assert all(len(i) == 16 for i in ids[0])


def test_rows_without_a_date_are_one_window_with_null_borders() -> None:
    engine = Engine({"busy": Busy()})
    engine.advance(Batch(flows([flow(None), flow(None)]), {}, at(1000)))
    (found,) = engine.finish().iter_rows(named=True)
    assert found["window_start_ns"] is None and found["flows_total"] == 2


def test_at_most_a_hundred_flows_are_named_and_all_are_counted() -> None:
    engine = Engine({"busy": Busy()})
    engine.advance(Batch(flows(flow(0.01 * i) for i in range(250))))
    (found,) = engine.finish().iter_rows(named=True)
    assert found["flows_total"] == 250 and len(found["flow_uids"]) == 100


def test_what_is_hidden_is_given_once_and_survives_a_snapshot() -> None:
    quiet = Suppressions((Suppression.of({"why": "known", "entity": "10.0.0.1"}),))
    engine = Engine({"busy": Busy()}, suppressions=quiet)
    told = engine.advance(Batch(minutes(0, 1), {}, at(120)))
    assert told["orig_h"].to_list() == ["10.0.0.2"]
    again = Engine({"busy": Busy()}, suppressions=quiet)
    again.resume(engine.snapshot())
    for one in (engine, again):
        assert one.hidden()["orig_h"].to_list() == ["10.0.0.1"]
        assert one.hidden().is_empty()
    assert engine.hidden().schema == again.hidden().schema


def test_no_input_no_findings() -> None:
    engine = Engine(detect.load())
    engine.advance(Batch(flows([])))
    found = engine.finish()
    assert found.is_empty() and found.schema == FINDING_SCHEMA
    assert not engine.failed


def test_a_snapshot_of_other_detectors_is_refused() -> None:
    with pytest.raises(ValueError, match="other detectors"):
        Engine(detect.load()).resume(Engine({"busy": Busy()}).snapshot())


def test_cut_keeps_every_row_once() -> None:
    batch = Batch(flows([*(flow(m * 60.0) for m in range(9)), flow(None)]))
    pieces = cut(batch, [at(100), at(200)])
    assert sum(piece.flows.height for piece in pieces) == 10
    assert [piece.watermark_ns for piece in pieces] == [at(100), at(200), None]


def test_findings_hold_their_form() -> None:
    engine = Engine({"busy": Busy()})
    engine.advance(Batch(minutes(0)))
    check_findings(engine.finish())
