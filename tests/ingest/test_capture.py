"""Captures as a source, and the frames that meter_frames makes of what the meter told."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.exporters import flow, netflow5
from lynceus import registry
from lynceus.ingest import InputError, ReadOptions, open_input
from lynceus.ingest.capture import FATES, OUT, Capture, lone_capture
from lynceus.records import EVENT_SCHEMAS, Batch

ETHERNET = bytes(12)


def pcap(*frames: tuple[float, bytes], link: int = 1) -> bytes:
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for when, frame in frames:
        head = struct.pack("<IIII", int(when), round(when % 1 * 1e6), len(frame), len(frame))
        out += head + frame
    return out


def udp(sport: int, dport: int, payload: bytes, back: bool = False) -> bytes:
    src, dst = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
    if back:
        src, dst, sport, dport = dst, src, dport, sport
    body = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, 17, 0, src, dst)
    return ETHERNET + b"\x08\x00" + ip + body


TALK = pcap((1000.5, udp(5000, 9999, b"abc")), (1001.0, udp(5000, 9999, b"defgh", back=True)))


def test_a_conversation(whole: Any) -> None:
    batch, account = whole(TALK)
    (flow,) = batch.flows.to_dicts()
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == ("192.0.2.1", "192.0.2.2", 9999)
    assert (flow["orig_bytes"], flow["resp_bytes"], flow["total_packets"]) == (3, 5, 2)
    assert (flow["ts_ns"], flow["end_ns"]) == (1_000_500_000_000, 1_001_000_000_000)
    assert (flow["source"], flow["first_frame"], flow["last_frame"]) == ("capture", 1, 2)
    assert (account.received, account.kept) == (2, 2)


def test_the_same_capture_twice_counts_once(whole: Any) -> None:
    batch, account = whole(TALK, TALK)
    assert batch.flows.height == 1
    # The flow and two seconds of the link.
    assert account.dropped == {"duplicate": 3}


def test_frames_that_are_no_packets_are_dropped_and_counted(whole: Any) -> None:
    lldp = ETHERNET + b"\x88\xcc" + bytes(40)
    _, account = whole(pcap((1.0, lldp), (2.0, udp(1, 2, b"x"))))
    assert account.dropped == {"not_ip": 1}
    assert (account.received, account.kept) == (2, 1)


def test_a_cut_capture_gives_what_came_before(whole: Any) -> None:
    batch, account = whole(TALK[:-5])
    assert batch.flows["total_packets"].to_list() == [1]
    assert account.notes["capture_cut_short"] == 1


def test_options_reach_the_meter(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(pcap(*((float(n), udp(5000, 9999, b"x")) for n in range(1, 100))))
    options = ReadOptions(site="lab", active_timeout_s=30.0, threads=1)
    source = open_input(path, options=options)
    flows = [batch.flows for batch in source.batches()]
    assert sum(f.height for f in flows) > 1
    assert set(flows[0]["site"]) == {"lab"}
    assert isinstance(source, Capture)
    assert source.progress() == pytest.approx(1.0)


def test_flows_are_the_same_without_events(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    query = b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02ab\x02cd\x00\x00\x01\x00\x01"
    path.write_bytes(pcap((1.0, udp(5000, 53, query)), (2.0, udp(5000, 53, query))))
    with_events, without = (
        Batch.concat(list(open_input(path, options=ReadOptions(events=wanted)).batches()))
        for wanted in (True, False)
    )
    assert with_events.events["dns"].height == 1
    assert with_events.events["dns"].schema == EVENT_SCHEMAS["dns"]
    assert all(frame.is_empty() for frame in without.events.values())
    assert without.flows.equals(with_events.flows)
    assert without.flows["service"].to_list() == ["dns"]


def test_a_broken_header(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(TALK[:10])
    with pytest.raises(InputError, match=str(path)):
        list(open_input(path).batches())


def block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", 12 + len(body) + -len(body) % 4)
    return struct.pack("<I", kind) + size + body + bytes(-len(body) % 4) + size


def test_what_the_sensor_dropped_was_not_seen(whole: Any) -> None:
    frame = udp(5000, 9999, b"abc")
    _, account = whole(
        block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
        + block(1, struct.pack("<HHI", 1, 0, 0))
        + block(6, struct.pack("<IIIII", 0, 0, 1_000_000, len(frame), len(frame)) + frame)
        + block(5, struct.pack("<IIIHHQHHQ", 0, 0, 0, 5, 8, 2, 7, 8, 1))
    )
    assert account.unseen == {"packets": (1, 3)}
    assert account.notes["dropped_by_sensor"] == 3


def test_every_fate_of_a_frame_is_a_word_of_the_meter() -> None:
    losses = Path(__file__).parents[2] / "crates" / "lynceus-meter" / "src" / "losses.rs"
    text = losses.read_text(encoding="utf-8")
    for word in (*FATES, *OUT):
        assert f'"{word}"' in text


def test_real_captures_balance(shared_data: Path, whole: Any) -> None:
    for path in sorted((shared_data / "stratosphere" / "slips").glob("**/*.pcap*")):
        batch, _ = whole(path)
        assert batch.flows.height > 0


def test_a_lone_capture_is_known_without_the_other_readers(tmp_path: Path) -> None:
    capture, other = tmp_path / "capture", tmp_path / "other"
    capture.write_bytes(TALK)
    other.write_text("Source: 192.0.2.1, Dest: 192.0.2.2\n")
    options = ReadOptions(site="lab", events=False)
    assert lone_capture([capture, capture], options) is None
    assert lone_capture([other], options) is None
    assert lone_capture([tmp_path], options) is None
    lone = lone_capture([capture], options)
    assert lone is not None
    told = pl.concat([pl.DataFrame(table) for table in lone.flow_tables()])
    opened = open_input(capture, options=options)
    assert told.equals(Batch.concat(list(opened.batches())).flows)
    assert vars(lone.account) == vars(opened.account)


def test_a_capture_of_exports_is_no_lone_capture(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(pcap(*((float(n), udp(5000, 2055, netflow5(flow()))) for n in range(4))))
    assert lone_capture([path], ReadOptions()) is None


def test_a_plugin_is_asked_before_an_input_is_a_lone_capture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "capture"
    path.write_bytes(TALK)
    monkeypatch.setattr(registry, "load", lambda folder, builtin: {"odd": object})
    assert lone_capture([path], ReadOptions()) is None
