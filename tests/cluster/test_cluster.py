"""Sensor, workers, correlator over a real Apache Kafka: a worker that dies changes no finding."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl
import pytest

from correlate.made import DAY, SECOND, finding, frame
from lynceus import detect
from lynceus.cluster.bus import Bus, pieces
from lynceus.cluster.correlator import Correlator
from lynceus.cluster.sensor import Sensor
from lynceus.cluster.settings import ClusterConfig
from lynceus.cluster.worker import Worker
from lynceus.config import Config
from lynceus.enrich.home import HomeNetworks
from lynceus.equipment import Equipment
from lynceus.ingest.arrow_rows import shaped
from lynceus.ingest.feeds import Chunk, Place, Reading, Room
from lynceus.live.settings import RunConfig, Settings
from lynceus.own.complaint import OwnFileError
from lynceus.records import (
    EVENT_SCHEMAS,
    FINDING_SCHEMA,
    FLOW_SCHEMA,
    SCORED,
    Batch,
    conform,
)
from test_contracts import trace

HOME = ("10.0.0.0/8",)
FEW = ("vertical_scan", "flood", "horizontal_scan", "dga", "strobe", "beacon", "new_admin_path")
"""Detectors of every route, for a quick run."""
PIECES = 4
PATIENCE_S = 60.0


def cut(batch: Batch, pieces: int) -> list[Batch]:
    """The rows in so many stretches of time, each with its watermark; no model has judged them."""
    batch = Batch(batch.flows.select(name for name in batch.flows.columns if name not in SCORED),
                  batch.events)  # fmt: skip
    ends = batch.flows["end_ns"].drop_nulls()
    first, last = int(ends.min()), int(ends.max()) + 1  # type: ignore[arg-type]
    borders = [first + (last - first) * n // pieces for n in range(1, pieces)] + [last]
    told, before = [], None
    for border in borders:
        tables = {
            name: frame.filter(_between("end_ns" if name == "flows" else "ts_ns", before, border))
            for name, frame in {"flows": batch.flows, **batch.events}.items()
        }
        told.append(Batch(tables.pop("flows"), tables, border))
        before = border
    return told


def _between(column: str, begin: int | None, end: int) -> pl.Expr:
    known = pl.col(column) < end
    return known if begin is None else known & (pl.col(column) >= begin)


@dataclass(frozen=True)
class Told:
    """A source that tells what a test has; it waits for `go` before each piece."""

    batches: tuple[Batch, ...]
    go: threading.Semaphore
    lateness_s: float = 0.0
    pace: ClassVar[Literal["clock", "record"]] = "record"

    def open(self, room: Room) -> Reading:
        return self

    def chunks(self, place: Place, stop: threading.Event) -> Iterator[Chunk]:
        for number in range(place or 0, len(self.batches)):
            while not self.go.acquire(timeout=0.05):
                if stop.is_set():
                    return
            yield Chunk(self.batches[number], number + 1)
        while not stop.wait(0.05):
            pass

    def kept(self, place: Place) -> None: ...

    def close(self) -> None: ...


def found(cluster: ClusterConfig) -> pl.DataFrame:
    """The findings that are committed by now, as they stand in the topic."""
    from lynceus.cluster.bus import Bus

    bus = Bus(cluster, print)
    frames = [
        shaped(m.value(), FINDING_SCHEMA)
        for m in bus.everything(bus.topic("findings"), 0)
        if not m.key()
    ]
    return pl.concat([pl.DataFrame(schema=FINDING_SCHEMA), *frames]).sort("id")


def reached(cluster: ClusterConfig) -> dict[bytes, int]:
    """How far each partition has come."""
    from lynceus.cluster.bus import Bus, latest
    from lynceus.cluster.bus import reached as place_of

    bus = Bus(cluster, print)
    told = latest(m for m in bus.everything(bus.topic("findings"), 0) if m.key())
    return {place: place_of(value)[0] or 0 for place, value in told.items()}


def but_for(names: Collection[str]) -> frozenset[str]:
    """The other detectors."""
    return frozenset(set(detect.load()) - set(names)) if names else frozenset()


def expected(batches: list[Batch], off: frozenset[str]) -> pl.DataFrame:
    equipment = Equipment.of(Config(home=HOME, off=off))
    engine = equipment.engine(HomeNetworks.stated(HOME))
    told = pl.concat([engine.advance(batch) for batch in batches])
    assert not engine.failed
    return told.sort("id")


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)


@contextmanager
def working(cluster: ClusterConfig, off: frozenset[str]) -> Iterator[Worker]:
    """A worker in a thread of this process."""
    worker, stop = Worker(Config(home=HOME, off=off), cluster, say=print), threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


def started(folder: Path, cluster: ClusterConfig, off: frozenset[str]) -> subprocess.Popen[bytes]:
    """A worker in a process of its own."""
    config = folder / "lynceus.toml"
    home = ", ".join(f'"{net}"' for net in HOME)
    config.write_text(
        f'home = [{home}]\n[cluster]\nbrokers = "{cluster.brokers}"\nprefix = "{cluster.prefix}"\n'
        f"partitions = {cluster.partitions}\ncheckpoint_s = {cluster.checkpoint_s}\n"
        f"session_s = {cluster.session_s}\n"
        + "".join(f"[detect.{name}]\noff = true\n" for name in sorted(off)),
        encoding="utf-8",
    )
    return subprocess.Popen(
        [sys.executable, "-c", "from lynceus.cli import main; main()", "worker", "-c", config],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def sensor(
    cluster: ClusterConfig, folder: Path, batches: list[Batch], go: threading.Semaphore
) -> Sensor:
    settings = Settings(RunConfig(folder / "state"), {"trace": Told(tuple(batches), go)})
    return Sensor(Config(home=HOME), settings, cluster, say=print)


@pytest.fixture
def cluster(kafka: str) -> ClusterConfig:
    return ClusterConfig(
        brokers=kafka, prefix=f"c{uuid.uuid4().hex[:10]}", partitions=1, checkpoint_s=0.3,
        session_s=2.0,
    )  # fmt: skip


def finished(cluster: ClusterConfig, border_ns: int) -> bool:
    told = reached(cluster)
    return len(told) == 4 * cluster.partitions and min(told.values()) >= border_ns


def lose_one_of(workers: int, cluster: ClusterConfig, folder: Path, off: frozenset[str]) -> None:
    """Half an attack with so many workers, one of which is killed; then the other half."""
    batches = cut(trace(), PIECES)
    go = threading.Semaphore(0)
    process = started(folder, cluster, off)
    try:
        with ExitStack() as others:
            for _ in range(workers - 2):
                others.enter_context(working(cluster, off))
            publishing = sensor(cluster, folder, batches, go)
            for _ in range(PIECES // 2):
                go.release()
                publishing.turn()
            until(lambda: found(cluster).height > 0)
            process.send_signal(signal.SIGKILL)
            others.enter_context(working(cluster, off))
            publishing.stop()
            publishing = sensor(cluster, folder, batches, go)
            go.release(PIECES)
            publishing.turn()
            publishing.turn()
            until(lambda: finished(cluster, batches[-1].watermark_ns or 0))
            publishing.stop()
    finally:
        process.kill()
        process.wait()
    told, wanted = found(cluster), expected(batches, off)
    assert wanted.height > 10
    assert told["id"].to_list() == wanted["id"].to_list()
    assert told.equals(wanted)


@pytest.mark.long
def test_a_worker_that_is_killed_changes_no_finding(cluster: ClusterConfig, tmp_path: Path) -> None:
    off = but_for(FEW)
    lose_one_of(2, cluster, tmp_path, off)
    ids = set(found(cluster)["id"])
    run = RunConfig(tmp_path / "ledger")
    meeting = Correlator(Config(home=HOME), run, cluster, say=print)
    until(lambda: bool(meeting.turn(0.5)))
    incidents = meeting.ledger.incidents()
    assert {f.id for one in incidents for f in one.findings} == ids
    meeting.close()
    again = Correlator(Config(home=HOME), run, cluster, say=print)
    assert again.turn(0.5) == []
    again.close()


@pytest.mark.long
def test_one_of_three_workers_is_killed(cluster: ClusterConfig, tmp_path: Path) -> None:
    lose_one_of(3, replace(cluster, partitions=3), tmp_path, frozenset())


def publish(cluster: ClusterConfig, findings: pl.DataFrame) -> None:
    """What a worker found, into the topic of findings."""
    bus = Bus(cluster, print)
    producer = bus.producer("worker.by-hand")
    bus.in_transaction(
        producer,
        lambda: (
            [
                bus.send(producer, bus.topic("findings"), data, partition=0)
                for data in pieces(findings)
            ]
            and None
        ),
    )


@pytest.mark.long
def test_incidents_name_who_had_logged_in(cluster: ClusterConfig, tmp_path: Path) -> None:
    login = {"site": "default", "ts_ns": DAY - 60 * SECOND, "orig_h": "10.0.0.5",
             "resp_h": "10.0.0.9", "username": "ada", "success": True}  # fmt: skip
    told = conform(pl.DataFrame([login]), EVENT_SCHEMAS["ntlm"])
    batch = Batch(pl.DataFrame(schema=FLOW_SCHEMA), {"ntlm": told}, DAY)
    publishing = sensor(cluster, tmp_path, [batch], threading.Semaphore(1))
    until(lambda: publishing.turn() > 0)
    publishing.stop()
    run = RunConfig(tmp_path / "ledger")
    for number in range(2):  # one that is started anew knows the logins of before
        publish(cluster, frame(finding("beacon", "10.0.0.5", "203.0.113.9", at_s=number)))
        meeting = Correlator(Config(home=HOME), run, cluster, say=print)
        until(lambda meeting=meeting: bool(meeting.turn(0.5)))  # type: ignore[misc]
        [incident] = meeting.ledger.incidents()
        meeting.close()
        assert len(incident.findings) == number + 1
        evidence = [one.evidence["present_accounts"] for one in incident.findings]
        assert evidence == [{"10.0.0.5": ["ada"]}] * (number + 1)
        assert any("ada at 10.0.0.5, by NTLM" in s.text for s in incident.sentences)


def test_a_worker_must_know_what_is_inside() -> None:
    with pytest.raises(ValueError, match="home"):
        Worker(Config(), ClusterConfig(), say=print)
    with pytest.raises(ValueError, match="home"):
        Correlator(Config(), RunConfig(), ClusterConfig(), say=print)


def test_the_table_of_a_cluster(tmp_path: Path) -> None:
    file = tmp_path / "lynceus.toml"
    file.write_text('[cluster]\nbrokers = "k:9092"\npartitions = 48\n', encoding="utf-8")
    assert ClusterConfig.load(file) == ClusterConfig(brokers="k:9092", partitions=48)
    file.write_text("[cluster]\npartition = 48\n", encoding="utf-8")
    with pytest.raises(OwnFileError, match="partitions"):
        ClusterConfig.load(file)
