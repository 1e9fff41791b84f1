"""Exporters over UDP: `exporters`, `gathered`, `datagrams`, `listening`."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from oracles.flow_export import CAPTURE, EXPORTS, exported, has_softflowd, unsaid

from ingest.exporters import (
    FLOW,
    flow,
    flow_sample,
    ipfix,
    netflow5,
    netflow9,
    packet,
    part,
    sflow,
    template,
)
from lynceus.ingest.feeds.exporters import Collecting, Exporters
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.listening import Address
from lynceus.ingest.feeds.seal import Seal

from .taking import at_least, nothing_more, room, rows, same, take, whole

THERE = flow()
BACK = flow("198.51.100.7", "192.0.2.1", src_p=443, dst_p=50_000, octets=9_000)


def send(port: int, *datagrams: bytes, to: str = "127.0.0.1") -> None:
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        for datagram in datagrams:
            sender.sendto(datagram, (to, port))


@contextmanager
def collecting(
    folder: Path, said: list[str] | None = None, seal: Seal | None = None, **options: Any
) -> Iterator[Collecting]:
    options = {"listen": ("127.0.0.1:0",), "hold_s": 0.1, **options}
    reading = Exporters(**options).open(replace(room(folder, said), seal=seal))
    try:
        yield reading
    finally:
        reading.close()


def received(count: int) -> Any:
    """Until so much has come in."""
    return lambda chunks: sum(chunk.account.received for chunk in chunks) >= count


def test_flows_of_all_kinds_and_both_families_of_addresses(tmp_path: Path) -> None:
    listen = ("127.0.0.1:0", "[::1]:0")
    with collecting(tmp_path, listen=listen, sample_idle_s=0.0) as reading:
        four, six = reading.ports
        assert four != 0 != six
        sampled = packet("192.0.2.7", "192.0.2.8", b"x", src_p=9, dst_p=53)

        def sending() -> None:
            send(four, netflow5(THERE), netflow5(BACK, sequence=1))
            send(six, netflow9(template(256, FLOW, v9=True), part(256, flow(src_p=1))), to="::1")
            send(
                four,
                ipfix(template(300, FLOW), part(300, flow(src_p=2))),
                sflow(flow_sample(sampled)),
            )

        chunks = take(reading, until=at_least(4), meanwhile=sending)
        batch, account = whole(chunks)
        assert sorted(batch.flows["orig_p"]) == [1, 2, 9, 50_000]
        both = batch.flows.row(by_predicate=pl.col("orig_p") == 50_000, named=True)
        assert (both["orig_bytes"], both["resp_bytes"]) == (700, 9_000)
        assert (account.received, account.kept, account.notes["sampled_records"]) == (5, 5, 1)
        assert all(chunk.arrived_ns for chunk in chunks if chunk.rows)
        assert set(reading.peers()) == {"127.0.0.1", "::1"}
        assert time.time_ns() - max(reading.peers().values()) < 60 * 10**9


@pytest.mark.parametrize("seal", [None, Seal(b"k" * 32)], ids=["plain", "sealed"])
def test_chunks_come_again_equal_and_templates_outlive_a_restart(
    tmp_path: Path, seal: Seal | None
) -> None:
    """From an older place, after `kept`, and in a new process; then data without its template."""
    with collecting(tmp_path, seal=seal) as reading:
        (port,) = reading.ports

        def sending() -> None:
            send(port, netflow9(template(256, FLOW, v9=True)))
            for number in range(4):
                send(port, netflow9(part(256, flow(src_p=number)), sequence=1 + number))
                time.sleep(0.3)

        first = take(reading, until=at_least(4), meanwhile=sending)
        assert len([chunk for chunk in first if chunk.rows]) > 1
        middle = first[len(first) // 2]
        later = first[len(first) // 2 + 1 :]
        again = take(reading, middle.place, until=at_least(rows(later)))
        assert same(again, later)
        reading.kept(middle.place)
        assert same(take(reading, middle.place, until=at_least(rows(later))), later)
    waiting = b"".join(path.read_bytes() for path in tmp_path.rglob("told/*.records"))
    assert (b"src_h" in waiting) == (seal is None)
    with collecting(tmp_path, seal=seal) as reading:
        (port,) = reading.ports
        assert "127.0.0.1" in reading.peers()
        assert same(take(reading, middle.place, until=at_least(rows(later))), later)
        last = later[-1].place
        reading.kept(last)
        more = take(
            reading, last, until=at_least(1),
            meanwhile=lambda: send(port, netflow9(part(256, flow(src_p=77)), sequence=9)),
        )  # fmt: skip
        batch, account = whole(more)
        assert batch.flows["orig_p"].to_list() == [77]
        assert account.unseen["export_datagrams"] == (1, 4)
        assert rows(nothing_more(reading, more[-1].place, 0.3)) == 0


def test_the_other_direction_is_waited_for_across_stretches(tmp_path: Path) -> None:
    with collecting(tmp_path, hold_s=1.0) as reading:
        (port,) = reading.ports

        def sending() -> None:
            send(port, netflow5(THERE))
            time.sleep(0.6)
            send(port, netflow5(BACK, sequence=1))

        chunks = take(reading, until=at_least(1), meanwhile=sending)
    (row,) = whole(chunks)[0].flows.to_dicts()
    assert (row["orig_h"], row["resp_bytes"]) == ("192.0.2.1", 9_000)


def test_time_passes_behind_the_last_flow_as_far_as_is_learnt(tmp_path: Path) -> None:
    """Windows may close though nothing more comes, and what is read again says the same."""
    with collecting(tmp_path, lateness_s=2.0) as reading:
        (port,) = reading.ports
        chunks = take(
            reading,
            until=lambda told: bool(rows(told)) and not told[-1].rows,
            meanwhile=lambda: send(port, netflow5(THERE), netflow5(BACK, sequence=1)),
        )
        (first,) = (number for number, chunk in enumerate(chunks) if chunk.rows)
        last_ns = int(chunks[first].batch.flows["end_ns"].max())  # type: ignore[arg-type]
        past_ns = [chunk.batch.watermark_ns for chunk in chunks if chunk.batch.watermark_ns]
        assert past_ns == sorted(past_ns) and past_ns[0] < last_ns
        later = chunks[first + 1 :]
        again = take(reading, chunks[first].place, until=lambda told: len(told) == len(later))
        assert same(again, later)


def test_sampled_packets_of_one_flow_are_one_flow(tmp_path: Path) -> None:
    there = packet("192.0.2.7", "192.0.2.8", b"x", src_p=5, dst_p=9)
    back = packet("192.0.2.8", "192.0.2.7", b"x", src_p=9, dst_p=5)
    with collecting(tmp_path, sample_idle_s=1.0) as reading:
        (port,) = reading.ports

        def sending() -> None:
            for number, frame in enumerate((there, back, there, there)):
                send(port, sflow(flow_sample(frame), sequence=number))
                time.sleep(0.3)

        chunks = take(reading, until=at_least(1), meanwhile=sending)
    (row,) = whole(chunks)[0].flows.to_dicts()
    assert (row["orig_packets"], row["resp_packets"], row["sampling_rate"]) == (3, 1, 512)


def test_who_is_not_allowed_is_not_heard(tmp_path: Path) -> None:
    said: list[str] = []
    refused = "datagrams_of_senders_not_allowed"
    with collecting(tmp_path, said, allow=("192.0.2.0/24",)) as reading:
        (port,) = reading.ports
        chunks = take(
            reading, meanwhile=lambda: send(port, *[netflow5(THERE)] * 30),
            until=lambda chunks: whole(chunks)[1].notes.get(refused) == 30,
        )  # fmt: skip
        assert rows(chunks) == 0
        assert reading.peers() == {}
    (line,) = said
    assert line.startswith("source: not allowed to send: 127.0.0.1")


def test_a_full_journal_sheds_and_counts(tmp_path: Path) -> None:
    said: list[str] = []
    with collecting(tmp_path, said, journal_bytes=3_000) as reading:
        (port,) = reading.ports
        datagrams = [netflow5(*[flow(src_p=n)] * 20, sequence=20 * n) for n in range(10)]
        for datagram in datagrams:
            send(port, datagram)
            time.sleep(0.05)
        chunks = take(reading, until=received(20))
        reading.kept(chunks[-1].place)
        chunks += take(reading, chunks[-1].place, until=lambda c: "shed" in whole(c)[1].dropped)
    account = whole(chunks)[1]
    assert account.balanced
    assert 0 < account.dropped["shed"] < 10
    assert any("the journal is full" in line for line in said)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"listen": ()}, "listen: no address given"),
        ({"listen": ("2055",)}, "listen '2055': expected an address and a port"),
        ({"listen": ("localhost:x",)}, "expected an address and a port"),
        ({"listen": ("0.0.0.0:0",)}, "name the networks that may send in allow"),
        ({"listen": ("192.0.2.77:0",), "allow": ("10.0.0.0/8",)}, "Cannot assign"),
        ({"allow": ("10.0.0.0/99",)}, "allow: '10.0.0.0/99'"),
    ],
)
def test_what_cannot_be_opened_is_one_line(
    tmp_path: Path, options: dict[str, Any], reason: str
) -> None:
    with pytest.raises(FeedError) as caught:
        Exporters(**options).open(room(tmp_path))
    assert str(caught.value).startswith("source: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_addresses_are_written_as_they_are_read() -> None:
    for text in ("127.0.0.1:2055", "[::1]:0", "[2001:db8::1]:65535"):
        assert str(Address.of(text, "x")) == text


def test_what_was_told_cannot_be_read(tmp_path: Path) -> None:
    """Damaged state costs templates, never the source."""
    said: list[str] = []
    folder = tmp_path / "room" / "told"
    folder.mkdir(parents=True)
    (folder / "told.json").write_text(json.dumps({"place": 1}))
    with collecting(tmp_path, said) as reading:
        (port,) = reading.ports
        take(reading, 10**9, until=at_least(1), meanwhile=lambda: send(port, netflow5(THERE)))
    assert "what exporters told before cannot be read" in said[0]
    assert "its journal is gone" in said[1]


def test_sockets_are_free_after_close(tmp_path: Path) -> None:
    with collecting(tmp_path) as reading:
        (port,) = reading.ports
    with collecting(tmp_path, listen=(f"127.0.0.1:{port}",)) as reading:
        assert reading.ports == [port]
        reading.close()


@pytest.mark.skipif(not has_softflowd(), reason="softflowd is not installed")
@pytest.mark.parametrize("name", ["v9", "biflows"])
def test_flows_of_softflowd_are_what_it_says(shared_data: Path, tmp_path: Path, name: str) -> None:
    arguments, off_ms = EXPORTS[name]
    said: list[dict[str, str]] = []
    with collecting(tmp_path, hold_s=1.0) as reading:
        (port,) = reading.ports
        chunks = take(
            reading,
            until=lambda chunks: bool(said) and rows(chunks) >= len(said),
            meanwhile=lambda: said.extend(
                exported(shared_data / f"{CAPTURE}.gz", tmp_path, port, *arguments)
            ),
        )
    batch, account = whole(chunks)
    assert len(said) > 300
    assert batch.flows.height == len(said)
    assert unsaid(batch.flows, said, off_ms) == []
    assert not account.dropped
    if name == "v9":  # With `-b` softflowd counts two records for each that it sends.
        assert account.unseen["export_datagrams"][1] == 0


@pytest.mark.skipif(not shutil.which("nfcapd"), reason="nfdump is not installed")
@pytest.mark.parametrize("version", ["5", "9"])
def test_what_nfcapd_took_is_replayed_by_nfreplay(tmp_path: Path, version: str) -> None:
    taken = tmp_path / "nfcapd"
    taken.mkdir()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["nfcapd", "-w", str(taken), "-b", "127.0.0.1", "-p", str(port), "-t", "3600"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as nfcapd:
        assert nfcapd.stderr is not None
        assert any("Startup" in line for line in nfcapd.stderr)
        records = [flow(src_p=1_000 + n, octets=100 + n) for n in range(90)]
        send(port, *(netflow5(*records[at : at + 30], sequence=at) for at in range(0, 90, 30)))
        time.sleep(0.3)
        nfcapd.terminate()
    (written,) = taken.glob("nfcapd.*")
    with collecting(tmp_path) as reading:
        to = str(reading.ports[0])
        chunks = take(
            reading, until=at_least(90),
            meanwhile=lambda: subprocess.run(
                ["nfreplay", "-r", written, "-p", to, "-v", version], check=True, timeout=20
            ),
        )  # fmt: skip
    flows = whole(chunks)[0].flows.sort("orig_p")
    assert flows["orig_p"].to_list() == list(range(1_000, 1_090))
    assert flows["orig_bytes"].to_list() == list(range(100, 190))
    assert set(flows["duration_s"]) == {2.5}
