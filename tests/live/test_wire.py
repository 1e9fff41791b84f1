"""Packets of a wire lead to the incidents that a recording of them leads to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.feeds.cable import Cable, count, laid_or_skipped, watched
from ingest.feeds.taking import room
from live.test_run import HOME, Recorded, kept, to_the_end
from lynceus.config import Config
from lynceus.ingest.feeds import Feed
from lynceus.ingest.feeds.interface import Interface
from lynceus.ingest.feeds.replay import Replay
from lynceus.lab import generate
from lynceus.live.run import Run
from lynceus.live.settings import RunConfig, Settings

ATTACKS = ["vertical-scan", "horizontal-scan", "arp-scan", "dns-tunnel"]


@pytest.fixture(scope="module")
def wire() -> Iterator[Cable]:
    yield from laid_or_skipped()


def left(folder: Path, feed: Feed) -> dict[str, Any]:
    run = RunConfig(state=folder, turn_s=0.02, checkpoint_s=1e9, watch="")
    to_the_end(Run(Config(home=HOME), Settings(run, {"source": feed}), say=lambda _: None))
    return kept(folder)


def test_live_and_replay_of_the_same_packets_give_the_same_incidents(
    wire: Cable, tmp_path: Path
) -> None:
    office = Path(generate("quiet", seed=3, out=tmp_path / "lab", attack=ATTACKS).captures[0])
    reading = Interface(wire.near, ring_bytes=64 << 20).open(room(tmp_path))
    chunks = watched(reading, lambda: wire.send(office), count(office))
    (recording,) = reading.packets.glob("*.pcapng")
    live = left(tmp_path / "live", Recorded(tuple(chunk.batch for chunk in chunks)))
    again = left(tmp_path / "again", Replay(recording, speed=0))
    assert live["findings"] == again["findings"]
    assert live["incidents"] == again["incidents"]
    found = {f.detector for one in live["incidents"].values() for f in one.findings}
    assert {"horizontal_scan", "vertical_scan", "arp_scan"} <= found
    assert live["flows"].height == again["flows"].height > 100
