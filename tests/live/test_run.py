"""A run ties sources, windows, incidents and the lake together: nothing lost, nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import lynceus
from lynceus.account import Account
from lynceus.config import Config
from lynceus.incident import Incident
from lynceus.ingest import open_inputs
from lynceus.ingest.feeds import Chunk, Place, Room
from lynceus.live import run as module
from lynceus.live.run import Run
from lynceus.live.settings import RunConfig, Settings
from lynceus.live.status import Status
from lynceus.records import Batch
from lynceus.store.lake import Lake, read
from lynceus.store.ledger import Ledger, LedgerError

HOME = ("192.168.0.0/16",)
ATTACKS = ["vertical-scan", "horizontal-scan", "brute-force", "dns-tunnel"]


@dataclass(frozen=True)
class Recorded:
    """Rows that were recorded, in chunks; goes on where it is told."""

    pace: ClassVar[Literal["clock", "record"]] = "record"
    chunks_of: tuple[Batch, ...] = field(compare=False)
    lateness_s: float = 0.0

    def open(self, room: Room) -> _Reading:
        return _Reading(self)


@dataclass
class _Reading:
    feed: Recorded
    places: list[Place] = field(default_factory=list)

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        for number in range(place or 0, len(self.feed.chunks_of)):
            if stop.is_set():
                return
            batch = self.feed.chunks_of[number]
            rows = batch.flows.height + sum(e.height for e in batch.events.values())
            yield Chunk(batch, number + 1, Account(received=rows, kept=rows))

    def kept(self, place: Place) -> None:
        self.places.append(place)

    def close(self) -> None: ...


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network with attacks in it."""
    from lynceus.lab import generate

    folder = tmp_path_factory.mktemp("lab")
    return Path(generate("quiet", seed=3, out=folder, attack=ATTACKS).captures[0])


@pytest.fixture(scope="module")
def chunks(office: Path) -> tuple[Batch, ...]:
    """What the capture tells, by half minutes of the end of its rows."""
    whole = Batch.concat(open_inputs([office]).batches())
    minute = 30_000_000_000
    tables = {"flows": (whole.flows, "end_ns")}
    tables |= {name: (frame, "ts_ns") for name, frame in whole.events.items()}
    parts = {
        name: frame.with_columns(_m=pl.col(at) // minute).partition_by("_m", as_dict=True)
        for name, (frame, at) in tables.items()
    }
    minutes = sorted({key for by in parts.values() for (key,) in by})
    told = []
    for m in minutes:
        rows = {name: by[m,].drop("_m") for name, by in parts.items() if (m,) in by}
        flows = rows.pop("flows", whole.flows.clear())
        told.append(Batch(flows, rows, (m + 1) * minute))
    return tuple(told)


@pytest.fixture
def going(tmp_path: Path, chunks: tuple[Batch, ...]) -> Iterator[Callable[..., Run]]:
    """Starts a run in a folder; what is still going at the end is stopped."""
    started: list[Run] = []

    def start(folder: str = "state", upto: int | None = None, **more: Any) -> Run:
        run = RunConfig(state=tmp_path / folder, turn_s=0.02, checkpoint_s=1e9, watch="")
        settings = Settings(run, {"recorded": Recorded(chunks[:upto])})
        config = Config(home=HOME)
        started.append(Run(config, settings, say=lambda _: None, **more))
        return started[-1]

    yield start
    for run in started:
        run.pump.stop()


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory, chunks: tuple[Batch, ...]) -> dict[str, Any]:
    """What a run that nothing disturbs leaves."""
    folder = tmp_path_factory.mktemp("calm")
    run = RunConfig(state=folder, turn_s=0.02, checkpoint_s=1e9, watch="")
    settings = Settings(run, {"recorded": Recorded(chunks)})
    to_the_end(Run(Config(home=HOME), settings, say=lambda _: None))
    return kept(folder)


def to_the_end(run: Run) -> list[Incident]:
    told = []
    while not run.done:
        told += run.turn()
    return [*told, *run.finish()]


def kept(folder: Path) -> dict[str, Any]:
    """Findings and flows that a run has left."""
    with Ledger(folder / "ledger.db") as ledger:
        last = {one.id: one for one in ledger.incidents()}
        findings = {f.id for one in last.values() for f in one.findings}
    lake = Lake(folder / "lake")
    files = [file for hour in lake.hours("flows") for file in lake.files("flows", hour)]
    flows = read("flows", files).collect().sort("uid")
    return {"findings": findings, "incidents": last, "flows": flows}


def test_a_run_finds_what_an_analysis_finds(
    office: Path, going: Callable[..., Run], tmp_path: Path
) -> None:
    told = to_the_end(going())
    analysis = lynceus.analyze(office, home=HOME)
    found = kept(tmp_path / "state")
    assert found["findings"] == set(analysis.findings["id"])
    assert len(told) > 3
    assert {one.id for one in told} == set(found["incidents"])
    assert found["flows"].height == analysis.flows.height
    assert {one.title for one in found["incidents"].values() if one.severity == "high"} == {
        one.title for one in analysis.incidents if one.severity == "high"
    }


def named(incidents: Iterable[Incident]) -> dict[str, str]:
    """By address the device that incidents say is there."""
    entities = (entity for one in incidents for entity in one.entities)
    return {e.id: e.facts["device"] for e in entities if e.facts.get("device")}


def test_a_run_says_which_devices_there_are_as_an_analysis_does(
    office: Path, calm: dict[str, Any]
) -> None:
    live = named(calm["incidents"].values())
    assert live
    assert live.items() <= named(lynceus.analyze(office, home=HOME).incidents).items()


@pytest.mark.parametrize("die_at", [2, pytest.param(9, marks=pytest.mark.long)])
def test_a_run_that_dies_goes_on_as_if_nothing_had_been(
    die_at: int, going: Callable[..., Run], tmp_path: Path, calm: dict[str, Any]
) -> None:
    dying = going("disturbed")
    versions = []
    for turn in range(die_at):
        versions += dying.turn()
        if turn == die_at // 2:
            assert dying.checkpoint()
    # It is written to the lake, but the checkpoint that says so is never made.
    dying.harvest.store(dying.epoch + 1)
    dying.pump.stop()
    again = to_the_end(going("disturbed"))
    disturbed = kept(tmp_path / "disturbed")
    assert disturbed["findings"] == calm["findings"]
    assert_frame_equal(disturbed["flows"], calm["flows"])
    assert len(disturbed["incidents"]) == len(calm["incidents"])
    told = [one.model_dump_json() for one in [*versions, *again]]
    assert len(told) == len(set(told)), "no version of an incident is told twice"


def test_a_ledger_that_is_gone_for_a_while_loses_nothing(
    going: Callable[..., Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calm: dict[str, Any],
) -> None:
    run = going("disturbed")
    tell = run.ledger.tell
    failing = iter(range(2))

    def sometimes(*args: Any, **more: Any) -> list[Incident]:
        if next(failing, None) is not None:
            raise LedgerError("the database is gone")
        return tell(*args, **more)

    monkeypatch.setattr(run.ledger, "tell", sometimes)
    to_the_end(run)
    assert run.degraded.failures["ledger"] >= 1
    assert kept(tmp_path / "disturbed")["findings"] == calm["findings"]


def test_a_full_disk_makes_sources_wait_and_is_recovered_from(
    going: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = going()
    add = run.harvest.lake.add
    full = True

    def sometimes(batch: Batch, name: str | None = None) -> None:
        if full:
            raise OSError(28, "No space left on device")
        add(batch, name)

    monkeypatch.setattr(run.harvest.lake, "add", sometimes)
    while run.harvest.rows == 0:
        run.turn()
    assert not run.checkpoint()
    assert "No space left" in run.degraded.now["lake"].reason
    full = False
    assert run.checkpoint()
    assert not run.degraded.now


def test_what_is_inside_is_told_by_the_traffic_where_nobody_states_it(
    tmp_path: Path, chunks: tuple[Batch, ...]
) -> None:
    said: list[str] = []
    run = RunConfig(state=tmp_path / "state", turn_s=0.02, checkpoint_s=1e9, watch="")
    going = Run(Config(), Settings(run, {"r": Recorded(chunks)}), say=said.append)
    told = to_the_end(going)
    assert any("is inside" in line for line in said)
    assert told


def test_ends_in_the_future_are_counted_and_left_out(
    going: Callable[..., Run], chunks: tuple[Batch, ...]
) -> None:
    before = int(chunks[0].flows["end_ns"].max()) - 3_600_000_000_000  # type: ignore[arg-type]
    run = going(clock=lambda: before)
    run.turn()
    assert run.intake.account.dropped["from_the_future"] > 0
    assert run.intake.account.balanced


def test_a_configuration_read_anew_keeps_what_is_open(
    going: Callable[..., Run], tmp_path: Path, calm: dict[str, Any]
) -> None:
    run = going("reloaded")
    run.turn()
    run.reload(run.config, run.settings)
    to_the_end(run)
    assert kept(tmp_path / "reloaded")["findings"] == calm["findings"]


def test_a_stop_leaves_what_there_is_no_time_for_to_the_next_start(
    going: Callable[..., Run],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    calm: dict[str, Any],
) -> None:
    run = going("stopped")
    run.turn()
    while not run.pump.waiting_rows and not run.pump.done:
        run.turn()
    monkeypatch.setattr(module, "STOP_S", 0.0)
    run.stop()
    monkeypatch.undo()
    to_the_end(going("stopped"))
    assert kept(tmp_path / "stopped")["findings"] == calm["findings"]
    assert_frame_equal(kept(tmp_path / "stopped")["flows"], calm["flows"])


def test_windows_without_room_forget_small_groups_and_say_so(
    tmp_path: Path, chunks: tuple[Batch, ...], calm: dict[str, Any]
) -> None:
    most = 100_000
    run = RunConfig(
        state=tmp_path / "small", turn_s=0.02, checkpoint_s=1e9, watch="", windows_bytes=most
    )
    going = Run(Config(home=HOME), Settings(run, {"r": Recorded(chunks)}), say=lambda _: None)
    held = []
    while not going.done:
        going.turn()
        held.append(Status.of(going, 0).memory["windows"])
    assert 0 < max(held) <= most
    assert sum(Status.of(going, 0).forgotten_groups.values()) > 0
    going.finish()
    told = {one.title: one for one in kept(tmp_path / "small")["incidents"].values()}
    assert any("scan" in title for title in told), "what has most rows is still found"
    surest = {one.title: max(f.confidence for f in one.findings)
              for one in calm["incidents"].values()}  # fmt: skip
    assert any(
        max(f.confidence for f in one.findings) < surest[title]
        for title, one in told.items()
        if title in surest
    )


def test_a_checkpoint_lets_a_window_close_first_but_does_not_wait_for_ever(
    going: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [2_000_000_000 * 10**9]
    run = going(clock=lambda: now[0])
    run.turn()
    assert run.engine is not None
    step = run.engine.step_ns
    run.settings = replace(run.settings, run=replace(run.settings.run, checkpoint_s=10.0))
    run.checkpoint_took_s = 1.0
    reached = (run.intake.watermarks.reached_ns or 0) // step * step + step
    run.intake.watermarks.reached_ns = run._uncounted.counted_ns = reached
    now[0] += 10 * 10**9
    assert run._due()
    run.intake.watermarks.reached_ns = reached + step - 10**9
    assert not run._due()
    now[0] += 10 * 10**9
    assert run._due()
