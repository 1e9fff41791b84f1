"""The meter through its binding: captures to frames, ids of flows, errors."""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import struct
import threading
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from lynceus import _core
from lynceus.records import EVENT_SCHEMAS, FEATURES, FEATURES_DIGEST, FLOW_SCHEMA

Frame = tuple[float, bytes]

SYN, ACK, FIN, PSH = 2, 16, 1, 8


def pcap(frames: list[Frame]) -> bytes:
    """A capture of Ethernet frames given as seconds and bytes."""
    head = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, 1)
    return head + b"".join(
        struct.pack("<IIII", int(ts), round(ts % 1 * 1e9), len(body), len(body)) + body
        for ts, body in frames
    )


def ipv4(src: int, dst: int, protocol: int, body: bytes) -> bytes:
    """An Ethernet frame from 10.0.0.`src` to 10.0.0.`dst`."""
    mac = bytes([2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src, 8, 0])
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0)
    return mac + head + bytes([10, 0, 0, src, 10, 0, 0, dst]) + body


def tcp(ends: tuple[int, int, int, int], flags: int, seq: int, payload: bytes = b"") -> bytes:
    """A TCP frame; `ends` are source host and port, destination host and port."""
    src, sport, dst, dport = ends
    return ipv4(
        src,
        dst,
        6,
        struct.pack(">HHIIBBHHH", sport, dport, seq, 1, 0x50, flags, 512, 0, 0) + payload,
    )


def udp(ends: tuple[int, int, int, int], payload: bytes) -> bytes:
    """A UDP frame; `ends` as for `tcp`."""
    src, sport, dst, dport = ends
    return ipv4(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


CLIENT, SERVER = (1, 40_000, 2, 80), (2, 80, 1, 40_000)
CONVERSATION: list[Frame] = [
    (1e9, tcp(CLIENT, SYN, 100)),
    (1e9 + 0.5, tcp(SERVER, SYN | ACK, 500)),
    (1e9 + 1.0, tcp(CLIENT, PSH | ACK, 101, b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")),
    (1e9 + 1.5, tcp(SERVER, PSH | ACK, 501, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
    (1e9 + 2.0, tcp(CLIENT, FIN | ACK, 136)),
    (1e9 + 2.5, tcp(SERVER, FIN | ACK, 539)),
    (1e9 + 3.0, ipv4(1, 2, 1, bytes([8, 0, 0, 0, 0, 1, 0, 1]))),
    (1e9 + 3.5, ipv4(2, 1, 1, bytes([0, 0, 0, 0, 0, 1, 0, 1]))),
]


def read(path: Path, **asked: object) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """All flows and events of a capture, in the order they come."""
    flows = [pl.DataFrame(schema=FLOW_SCHEMA)]
    events: dict[str, list[pl.DataFrame]] = {}
    for batch in _core.CaptureReader(path, **asked):  # type: ignore[arg-type]
        if batch.flows is not None:
            flows.append(pl.DataFrame(batch.flows))
        for name, table in batch.events.items():
            events.setdefault(name, []).append(pl.DataFrame(table))
    return pl.concat(flows), {name: pl.concat(tables) for name, tables in events.items()}


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "web.pcap"
    path.write_bytes(pcap(CONVERSATION))
    return path


def test_a_capture_becomes_flows_and_events(capture: Path) -> None:
    flows, events = read(capture, site="hq")
    assert flows.schema == FLOW_SCHEMA
    web = flows.row(by_predicate=pl.col("proto") == "tcp", named=True)
    assert web["orig_h"] == "10.0.0.1"
    assert (web["orig_p"], web["resp_h"], web["resp_p"]) == (40_000, "10.0.0.2", 80)
    assert (web["conn_state"], web["history"], web["service"]) == ("SF", "ShDdFf", "http")
    assert (web["orig_bytes"], web["resp_bytes"], web["duration_s"]) == (35, 38, 2.5)
    assert (web["orig_l2_addr"], web["site"]) == ("02:00:00:00:00:01", "hq")
    assert (web["first_frame"], web["last_frame"]) == (1, 6)
    ping = flows.row(by_predicate=pl.col("proto") == "icmp", named=True)
    assert (ping["orig_p"], ping["resp_p"], ping["total_packets"]) == (8, 0, 2)
    assert events["http"].schema == EVENT_SCHEMAS["http"]
    assert events["http"]["uid"].to_list() == [web["uid"]]


def test_counts_digest_and_progress(capture: Path) -> None:
    reader = _core.CaptureReader(capture)
    assert reader.digest == hashlib.sha256(capture.read_bytes()).hexdigest()[:32]
    batches = list(reader)
    assert sum(batch.packets for batch in batches) == reader.packets == 8
    assert sum(batch.bytes for batch in batches) >= sum(len(body) for _, body in CONVERSATION)
    assert (reader.progress(), reader.losses()["packets"]) == (1.0, 8)
    watermarks = [batch.watermark_ns for batch in batches]
    assert watermarks == sorted(watermarks)


def test_uids_are_what_the_specification_says_and_ids_of_columns_agree(capture: Path) -> None:
    flows, _ = read(capture, site="hq")
    for row in flows.iter_rows(named=True):
        text = f"{row['site']}|{row['community_id']}|{row['ts_ns']}|{row['part']}"
        assert row["uid"] == hashlib.sha256(text.encode()).hexdigest()[:24]
    assert_frame_equal(ids_of(flows, "hq"), flows.select("community_id", "uid"))


def ids_of(flows: pl.DataFrame, site: str) -> pl.DataFrame:
    names = ("orig_h", "resp_h", "orig_p", "resp_p", "proto", "ts_ns", "part")
    orig_h, resp_h, orig_p, resp_p, proto, ts_ns, part = (flows[name] for name in names)
    return pl.DataFrame(_core.flow_ids(site, orig_h, resp_h, orig_p, resp_p, proto, ts_ns, part))


def test_ids_without_what_is_unknown() -> None:
    flows = pl.DataFrame(
        {
            "orig_h": ["128.232.110.120", None, "not an address", "10.1.24.4", "10.0.0.1"],
            "resp_h": ["66.35.250.204", "10.0.0.1", "10.0.0.1", "10.1.12.1", "10.0.0.2"],
            "orig_p": [34855, 1, 1, None, None],
            "resp_p": [80, 2, 2, None, 80],
            "proto": ["tcp", "udp", "tcp", "46", "tcp"],
            "ts_ns": [1, None, 3, 4, None],
            "part": [0, 0, 0, None, 1],
        },
        schema_overrides={"orig_p": pl.UInt16, "resp_p": pl.UInt16, "part": pl.UInt32},
    )
    found = ids_of(flows, "s")
    assert found["community_id"].to_list() == [
        "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
        None,
        None,
        "1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=",
        None,
    ]
    assert found["uid"][1] == hashlib.sha256(b"s|||0").hexdigest()[:24]
    assert found["uid"][4] == hashlib.sha256(b"s|||1").hexdigest()[:24]
    # Columns of many chunks, and of none.
    chunked = pl.concat([flows, flows.clear(), flows], rechunk=False)
    assert_frame_equal(ids_of(chunked, "s"), pl.concat([found, found]))
    assert ids_of(flows.clear(), "s").height == 0


def test_ids_refuse_columns_that_do_not_fit() -> None:
    text, port = pl.Series(["10.0.0.1"]), pl.Series([1], dtype=pl.UInt16)
    ts, part = pl.Series([1]), pl.Series([0], dtype=pl.UInt32)
    with pytest.raises(TypeError, match="orig_p"):
        _core.flow_ids("s", text, text, pl.Series([1]), port, text, ts, part)
    with pytest.raises(ValueError, match="resp_h has 2 rows"):
        _core.flow_ids("s", text, pl.concat([text, text]), port, port, text, ts, part)
    with pytest.raises(TypeError, match="arrow_c_stream"):
        _core.flow_ids("s", text, text, port, port, text, ts, 5)  # type: ignore[arg-type]


def test_compressed_captures_are_the_same(capture: Path, tmp_path: Path) -> None:
    packed = tmp_path / "web.pcap.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))
    assert_frame_equal(read(capture)[0], read(packed)[0])
    assert _core.read_head(packed, 4) == capture.read_bytes()[:4]
    assert _core.decompress(packed, 100) == (capture.read_bytes()[:100], False)


@pytest.mark.parametrize("content", [None, b"", b"no capture at all, but long enough to be one"])
def test_unusable_inputs_raise_one_clear_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "input"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(_core.InputError, match="input") as caught:
        _core.CaptureReader(path)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(_core.InputError):
        _core.CaptureReader(tmp_path)
    with pytest.raises(_core.InputError):
        _core.read_head(tmp_path / "absent", 4)


def test_a_cut_capture_gives_what_came_before(capture: Path) -> None:
    capture.write_bytes(capture.read_bytes()[:-5])
    reader = _core.CaptureReader(capture)
    assert sum(len(batch.flows) for batch in reader if batch.flows is not None) == 2
    assert reader.losses()["capture_cut_short"] == 1
    assert reader.packets == 7


def test_parts_follow_the_active_timeout(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    path.write_bytes(pcap([(1e9 + 10 * i, udp(CLIENT, b"x")) for i in range(10)]))
    flows, _ = read(path, active_timeout_s=45.0)
    assert flows["part"].to_list() == [0, 1]
    assert flows["total_packets"].to_list() == [5, 5]
    assert flows["uid"].n_unique() == 2


def test_the_specification_is_the_one_of_the_package() -> None:
    assert _core.spec_hash() == FEATURES_DIGEST
    assert sum(feature["tier"] == "packet" for feature in FEATURES) >= 80


def test_a_waiting_reader_can_be_interrupted(tmp_path: Path, capture: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = threading.Event()

    def feed() -> None:
        with pipe.open("wb") as out:
            out.write(capture.read_bytes() + b"\0" * 2_000_000)
            out.flush()
            time.sleep(0.3)
            os.kill(os.getpid(), signal.SIGINT)
            done.wait(10)

    feeder = threading.Thread(target=feed)
    # Who is started in the background by a shell inherits that the signal is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    feeder.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            for _ in _core.CaptureReader(pipe):
                pass
    finally:
        signal.signal(signal.SIGINT, before)
        done.set()
        feeder.join()


ENDS = st.tuples(
    st.integers(1, 3), st.sampled_from([53, 80, 40_000]), st.integers(1, 3), st.integers(1, 3)
)
FRAMES = st.lists(
    st.tuples(
        st.floats(1e9, 1e9 + 4000),
        st.one_of(
            st.builds(tcp, ENDS, st.integers(0, 63), st.integers(0, 500), st.binary(max_size=40)),
            st.builds(udp, ENDS, st.binary(max_size=60)),
            st.binary(max_size=80),
        ),
    ),
    max_size=60,
)


@settings(max_examples=40, deadline=None)
@given(frames=FRAMES, tail=st.binary(max_size=64))
def test_any_bytes_are_counted_and_threads_agree(
    tmp_path_factory: pytest.TempPathFactory, frames: list[Frame], tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.pcap"
    path.write_bytes(pcap(sorted(frames, key=lambda frame: frame[0])) + tail)
    alone = _core.CaptureReader(path, threads=1)
    packets = sum(
        pl.DataFrame(batch.flows)["total_packets"].sum()
        for batch in alone
        if batch.flows is not None
    )
    losses = alone.losses()
    assert packets == losses.get("packets", 0)
    one, one_events = read(path, threads=1)
    many, many_events = read(path, threads=4)
    assert_frame_equal(one, many)
    assert one_events.keys() == many_events.keys()
    for name, table in one_events.items():
        assert_frame_equal(table, many_events[name])


def test_real_captures_balance_and_do_not_depend_on_threads(shared_data: Path) -> None:
    paths = sorted((shared_data / "protocol-pcaps").rglob("*.pcap*"))[::12]
    assert paths
    for path in paths:
        try:
            one, _ = read(path, threads=1)
        except _core.InputError as error:
            assert path.name in str(error)
            continue
        reader = _core.CaptureReader(path, threads=3)
        frames = [pl.DataFrame(batch.flows) for batch in reader if batch.flows is not None]
        assert_frame_equal(one, pl.concat([one.clear(), *frames]))
        assert one["total_packets"].sum() == reader.losses().get("packets", 0)
        assert one["uid"].is_unique().all()


def test_addresses_become_numbers_and_what_is_none_stays_empty() -> None:
    texts = [
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "2001:db8::1%eth0",
        None,
        "192.0.2.01",
        "",
        "1.2.3.4%a",
    ]
    told = pl.DataFrame(_core.parse_addresses(pl.Series(texts, dtype=pl.String)))
    assert told["v4"].to_list() == [0xC0000201, 0xC0000201, *[None] * 5]
    assert told["v6_high"].to_list() == [None, None, 0x20010DB8 << 32, *[None] * 4]
    assert told["v6_low"].to_list() == [None, None, 1, *[None] * 4]
    with pytest.raises(TypeError, match="texts"):
        _core.parse_addresses(pl.Series([1]))
