"""What is saved of an engine by its changes alone is what it holds."""

from __future__ import annotations

import polars as pl
import pytest

from cluster.test_cluster import cut, expected
from lynceus import detect, enrich
from lynceus.cluster import saved as module
from lynceus.cluster.saved import HEAD, Saved
from lynceus.engine import Engine
from lynceus.records import Batch
from lynceus.testing import START_S
from test_contracts import trace

FEW = ("vertical_scan", "horizontal_scan", "slow_scan", "dga", "refused_loop")
DAY_NS = 86_400_000_000_000


def engine(windows_bytes: int | None = None) -> Engine:
    detectors = {name: one for name, one in detect.load().items() if name in FEW}
    return Engine(detectors, enrich.enrichers(("10.0.0.0/8",)), windows_bytes=windows_bytes)


def test_an_engine_goes_on_from_its_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PART_BYTES", 2000)
    batches = cut(trace(), 4)
    log: dict[bytes, bytes] = {}
    written = []
    told, running, kept = [], engine(), Saved()
    for number, batch in enumerate(batches):
        told.append(running.advance(batch))
        oldest = (batch.watermark_ns or 0) - 7 * DAY_NS
        size = 0
        for key, value in kept.changes(running.snapshot(), oldest, number=number):
            size += len(value or b"")
            if value is None:
                del log[key]
            else:
                log[key] = value
        written.append(size)
        kept, snapshot, head = Saved.read(log, 7 * DAY_NS)
        assert head == {"number": number}
        running = engine()
        running.resume(snapshot)
    assert sum(map(len, log.values())) < sum(written)
    wanted = expected(batches, frozenset(set(detect.load()) - set(FEW)))
    assert wanted.height > 0
    assert pl.concat(told).sort("id").equals(wanted)


def test_bounded_windows_go_on_as_if_nobody_had_taken_over() -> None:
    batches = cut(trace(), 6)

    undisturbed, running, kept = engine(60_000), engine(60_000), Saved()
    log: dict[bytes, bytes] = {}
    for batch in batches:
        wanted, told = undisturbed.advance(batch), running.advance(batch)
        assert told.equals(wanted)
        assert running.lost() == undisturbed.lost()
        for key, value in kept.changes(running.snapshot(), None):
            if value is None:
                del log[key]
            else:
                log[key] = value
        kept, snapshot, _ = Saved.read(log, 7 * DAY_NS)
        running = engine(60_000)
        running.resume(snapshot)
    assert running.open_windows.forgotten == undisturbed.open_windows.forgotten
    assert running.open_windows.forgotten.total() > 0
    assert running.open_windows.bytes <= 60_000


def test_what_did_not_change_is_not_written_again() -> None:
    running, kept = engine(), Saved()
    running.advance(Batch(trace().flows))
    first = dict(kept.changes(running.snapshot(), None))
    assert set(dict(kept.changes(running.snapshot(), None))) == {HEAD}
    assert len(first) > 2


def test_flows_are_written_as_they_grow_and_taken_back_when_they_are_past() -> None:
    running, kept = engine(), Saved()
    flows = trace().flows.drop_nulls("end_ns").sort("end_ns")
    running.advance(Batch(flows[:50]))
    named = dict(kept.changes(running.snapshot(), None))
    assert any(b'"f0"' in key for key in named)
    running.advance(Batch(flows[50:80], {}, START_S * 10**9))
    named = dict(kept.changes(running.snapshot(), None))
    assert any(b'"f1"' in key for key in named)
    assert not any(b'"f0"' in key for key in named)
    far = int(flows["end_ns"].max()) + 30 * DAY_NS  # type: ignore[arg-type]
    running.advance(Batch(flows.clear(), {}, far))
    named = dict(kept.changes(running.snapshot(), far - 7 * DAY_NS))
    assert [value for key, value in named.items() if key.startswith(b'["f')][:2] == [None, None]


def test_flows_that_were_thinned_are_written_anew() -> None:
    running, kept = engine(), Saved()
    running.advance(Batch(trace().flows[:200]))
    dict(kept.changes(running.snapshot(), None))
    snapshot = running.snapshot()
    thin = pl.concat(snapshot["trail"]["rows"])[::2]
    snapshot["trail"] = {"rows": [thin, thin], "lost": 0}
    log = {k: v for k, v in kept.changes(snapshot, None) if v is not None}
    (key,) = [key for key in log if key.startswith(b'["f')]
    assert key != b'["f0", 0]'
    assert pl.read_ipc(log[key]).height == 200
