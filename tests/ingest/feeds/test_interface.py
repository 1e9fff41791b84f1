"""Packets of an interface: on a cable between two namespaces, sent by tcpreplay."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from ingest.feeds.cable import PATIENCE_S, Cable, count, ip, laid_or_skipped, watched
from ingest.feeds.taking import room, same, whole
from lynceus import _core
from lynceus.ingest import InputError, open_inputs
from lynceus.ingest.feeds import FeedError, kinds
from lynceus.ingest.feeds.interface import Interface
from lynceus.ingest.feeds.packet_ring import packets_between
from lynceus.ingest.feeds.seal import Seal
from lynceus.lab import generate
from lynceus.records import Batch

OF_CAPTURES = ["input_digest", "first_frame", "last_frame"]


@pytest.fixture(scope="module")
def wire() -> Iterator[Cable]:
    yield from laid_or_skipped()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    attack = ("vertical_scan", "dns_tunnel", "arp_scan")
    return Path(generate("quiet", seed=3, out=folder, attack=attack).captures[0])


def in_order(frame: pl.DataFrame) -> pl.DataFrame:
    without = frame.drop([name for name in OF_CAPTURES if name in frame.columns])
    return without.sort("ts_ns", "uid", *[n for n in ("end_ns",) if n in without.columns])


def test_it_is_a_kind_of_source() -> None:
    assert kinds()["interface"] is Interface


@pytest.mark.parametrize("threads", [1, 2])
def test_the_wire_tells_what_its_recording_tells(
    wire: Cable, office: Path, tmp_path: Path, threads: int
) -> None:
    feed = Interface(wire.near, ring_bytes=64 << 20, threads=threads, buffer_bytes=16 << 20)
    reading = feed.open(room(tmp_path))
    sent = count(office)
    chunks = watched(reading, lambda: wire.send(office), sent)
    live, account = whole(chunks)
    assert account.received == sent
    assert account.balanced
    assert not account.unseen
    segments = sorted(reading.packets.glob("*.pcapng"))
    source = open_inputs(segments)
    recorded = Batch.concat(source.batches())
    assert source.account.received == sent
    assert recorded.flows.height > 100
    assert live.flows.select(OF_CAPTURES).null_count().row(0) == (live.flows.height,) * 3
    assert in_order(live.flows).equals(in_order(recorded.flows))
    assert set(live.events) == set(recorded.events)
    for name, events in recorded.events.items():
        if name == "link_load" and threads > 1:
            continue  # told less sharply where several read
        columns = events.columns
        assert live.events[name].sort(columns).equals(events.sort(columns)), name
    # And what was sent is what was seen.
    original = Batch.concat(open_inputs([office]).batches()).flows
    for column in ("orig_wire_bytes", "resp_wire_bytes", "total_packets"):
        assert live.flows[column].sum() == original[column].sum(), column


def test_the_ring_on_disk_holds_the_packets_of_a_flow(
    wire: Cable, office: Path, tmp_path: Path
) -> None:
    reading = Interface(wire.near, ring_bytes=64 << 20).open(room(tmp_path))
    live, _ = whole(watched(reading, lambda: wire.send(office), count(office)))
    flow = live.flows.sort("total_packets").tail(1)
    (segment,) = packets_between(reading.packets, flow["ts_ns"][0], flow["end_ns"][0])
    columns = {name: flow[name] for name in ("orig_h", "orig_p", "resp_h", "resp_p", "proto")}
    columns |= {name: flow[name] for name in (*OF_CAPTURES[1:], "ts_ns", "end_ns")}
    columns["comment"] = pl.Series([None], dtype=pl.UInt32)
    out = tmp_path / "cut.pcapng"
    cut = _core.cut_packets(segment, out, columns, about="a flow", comments=[])
    assert cut == flow["total_packets"][0] > 1
    assert count(out) == cut


def test_chunks_come_often_and_time_passes_in_silence(wire: Cable, tmp_path: Path) -> None:
    reading = Interface(wire.near, inactive_timeout_s=1.0).open(room(tmp_path))
    began = time.time_ns()
    stop = threading.Event()
    marks = []
    for chunk in reading.chunks(None, stop):
        if chunk.batch.watermark_ns is not None:
            marks.append(chunk.batch.watermark_ns)
        if len(marks) >= 3:
            stop.set()
    assert marks == sorted(marks)
    assert marks[-1] > marks[0]
    assert began - 10e9 < marks[0] < began
    reading.close()


def test_a_filter_refuses_in_the_kernel(wire: Cable, office: Path, tmp_path: Path) -> None:
    reading = Interface(wire.near, filter="udp port 53").open(room(tmp_path))
    flows = Batch.concat(open_inputs([office]).batches()).flows
    wanted = flows.filter((pl.col("proto") == "udp") & (pl.col("resp_p") == 53))
    packets = int(wanted["total_packets"].sum())
    live, account = whole(watched(reading, lambda: wire.send(office), packets))
    assert account.received == packets > 0
    assert set(live.flows["resp_p"]) == {53}


@pytest.mark.parametrize("seal", [None, Seal(b"k" * 32)], ids=["plain", "sealed"])
def test_what_was_given_comes_again_until_it_is_kept(
    wire: Cable, office: Path, tmp_path: Path, seal: Seal | None
) -> None:
    feed = Interface(wire.near)
    own = replace(room(tmp_path), seal=seal)
    reading = feed.open(own)
    chunks = watched(reading, lambda: wire.send(office), count(office))
    named = any(b"orig_h" in path.read_bytes() for path in own.folder.rglob("*.journal"))
    assert named == (seal is None)
    after = feed.open(own)
    for given in range(len(chunks)):
        place = chunks[given - 1].place if given else None
        again = list(itertools.islice(after.chunks(place, threading.Event()), len(chunks) - given))
        assert same(chunks[given:], again)
        assert [c.account for c in chunks[given:]] == [c.account for c in again]
        assert [c.arrived_ns for c in chunks[given:]] == [c.arrived_ns for c in again]
    after.kept(chunks[-1].place)
    after.close()
    assert not list(feed.open(own)._again(0))


def test_who_takes_slowly_holds_nothing_up(wire: Cable, office: Path, tmp_path: Path) -> None:
    """The second chunk is taken when all was seen and journaled."""
    reading = Interface(wire.near).open(room(tmp_path))
    stop = threading.Event()
    given = reading.chunks(None, stop)
    chunks = [next(given)]
    journal = reading._journal
    wire.send(office)
    until = time.monotonic() + PATIENCE_S
    while reading._reader.packets < count(office) and time.monotonic() < until:
        journal.wait(journal.end, 0.1)
    stop.set()
    assert reading._over.wait(PATIENCE_S)
    assert reading._reader.losses().get("dropped_by_kernel", 0) == 0
    assert reading.bytes > 0
    for _ in range(len(reading._fresh) // 2):  # as if there had been no room for them in memory
        del reading._fresh[1]
    chunks += given
    _, account = whole(chunks)
    assert account.received == count(office)
    assert [chunk.place for chunk in chunks] == sorted({chunk.place for chunk in chunks})
    assert chunks[-1].place == journal.end


def test_what_the_kernel_drops_is_counted(wire: Cable, office: Path, tmp_path: Path) -> None:
    reader = _core.InterfaceReader(
        wire.near, buffer_bytes=4 << 20, workers=1, record=tmp_path / "packets",
        record_bytes=1 << 30,
    )  # fmt: skip
    # Nobody takes what it tells: its queues are full after four beats, then the ring.
    time.sleep(2)
    loops = (24 << 20) // office.stat().st_size + 1
    wire.send(office, "--topspeed", f"--loop={loops}")
    reader.stop()
    seen = 0
    for batch in reader:
        seen += batch.packets
    losses = reader.losses()
    missed = losses["dropped_by_kernel"] + losses.get("unread_at_stop", 0)
    assert losses["dropped_by_kernel"] > 0
    assert losses["frames"] + missed == count(office) * loops
    assert seen == losses["packets"] + losses.get("arps", 0)


def test_an_interface_that_goes_down_is_seen_again(
    wire: Cable, office: Path, tmp_path: Path
) -> None:
    reading = Interface(wire.near).open(room(tmp_path))

    def send() -> None:
        ip("link", "set", wire.near, "down")
        time.sleep(0.3)
        ip("link", "set", wire.near, "up")
        time.sleep(0.3)
        wire.send(office)

    _, account = whole(watched(reading, send, count(office)))
    assert account.received == count(office)
    assert account.notes["interface_down"] == 1


def test_the_ring_on_disk_stays_within_its_bound(wire: Cable, office: Path, tmp_path: Path) -> None:
    reading = Interface(wire.near, ring_bytes=16 << 20).open(room(tmp_path))
    loops = (20 << 20) // office.stat().st_size + 1
    sent = count(office) * loops
    chunks = watched(reading, lambda: wire.send(office, "--topspeed", f"--loop={loops}"), sent)
    _, account = whole(chunks)
    sizes = [path.stat().st_size for path in reading.packets.glob("*.pcapng")]
    assert (8 << 20) < sum(sizes) <= 16 << 20
    assert account.notes.get("frames_not_recorded", 0) < sent


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"interface": "a name too long for it"}, "expected the name of an interface"),
        ({"filter": "hots 1.2.3.4"}, "'hots' is no word of a filter"),
        ({"threads": 0}, "threads 0"),
        ({"ring_bytes": 5}, "ring_bytes 5"),
        ({"buffer_bytes": 1}, "buffer_bytes 1"),
        ({"inactive_timeout_s": 0.5}, "inactive_timeout_s 0.5"),
        ({"tcp_idle_s": float("nan")}, "tcp_idle_s nan"),
    ],
)
def test_options_that_cannot_be(options: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason.replace("'", ".")):
        Interface(**{"interface": "eth0", **options})  # type: ignore[arg-type]


def test_windows_wait_for_flows_that_fall_silent_no_longer() -> None:
    assert Interface("eth0").lateness_s == 32.0
    assert Interface("eth0", inactive_timeout_s=600.0, tcp_idle_s=100.0).lateness_s == 102.0


def test_an_interface_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="no-such0: no such interface"):
        Interface("no-such0").open(room(tmp_path))


GIVE_UP = """
import os, sys, threading
from lynceus import _core
threading.Thread(target=threading.Event().wait, daemon=True).start()
reader = _core.InterfaceReader(sys.argv[1])
_core.drop_privileges(sys.argv[2] or None)
capabilities = set()
for task in os.listdir("/proc/self/task"):
    for line in open(f"/proc/self/task/{task}/status"):
        if line.startswith(("CapPrm", "CapEff")):
            capabilities.add(line.split()[1].strip("0"))
try:
    _core.InterfaceReader(sys.argv[1])
except _core.InputError as error:
    print(error)
next(reader)
print(os.getuid(), len(os.listdir("/proc/self/task")) > 2, capabilities)
"""


@pytest.mark.parametrize("user", ["nobody", ""])
def test_privileges_are_given_up_and_the_wire_is_watched_on(wire: Cable, user: str) -> None:
    if os.geteuid():
        pytest.skip("only root has privileges to give up")
    done = subprocess.run(
        [sys.executable, "-c", GIVE_UP, wire.near, user],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    refused, left = done.stdout.splitlines()
    assert "watching it needs CAP_NET_RAW" in refused
    uid = 65_534 if user else 0
    assert left == f"{uid} True {{''}}"
    with pytest.raises(PermissionError, match="no such user"):
        _core.drop_privileges("nobody of this name")
