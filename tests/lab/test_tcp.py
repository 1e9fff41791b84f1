"""Connections are checked by playing the receiver: what arrives, and what was acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from lab.reading import Packet, right_checksums
from lynceus.lab.hosts import EMBEDDED, LINUX, WINDOWS, Host
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import ORIG, RESP, Tcp

Frames = Callable[[], list[tuple[float, bytes]]]
SYN, ACK, FIN, RST = 2, 16, 1, 4


def packets(frames: Frames) -> list[Packet]:
    return [Packet(int(t * 1e9), data, len(data)) for t, data in frames()]


def received(seen: list[Packet], sport: int) -> bytes:
    """The stream of one side, put together by sequence numbers."""
    mine = [p for p in seen if p.ports[0] == sport]
    start = next(p.seq_ack[0] for p in mine if p.flags & SYN) + 1
    stream: dict[int, bytes] = {
        (p.seq_ack[0] - start) % 2**32: p.payload for p in mine if p.payload
    }
    out = b""
    for offset in sorted(stream):
        assert offset == len(out), "a hole or an overlap"
        out += stream[offset]
    return out


def ends(scene: Scene, outside: bool) -> tuple[Host, Host]:
    client = next(h for h in scene.network.clients)
    if outside:
        return client, scene.network.outside("far", "93.184.216.34", 0.04)
    return client, scene.network.role("file_server")


@pytest.mark.parametrize("outside", [False, True])
@pytest.mark.parametrize("loss", [0.0, 0.3])
def test_both_streams_arrive_whole(
    scene: Scene, frames: Frames, outside: bool, loss: float
) -> None:
    scene.loss = loss
    tcp = Tcp(scene, *ends(scene, outside), 443, 1.0).open()
    up, down = scene.dice.noise(30_001), scene.dice.noise(120_000)
    tcp.send(ORIG, up[:500])
    tcp.send(RESP, down, 0.01)
    tcp.send(ORIG, up[500:], 1.0)
    tcp.close()
    seen = packets(frames)
    assert received(seen, tcp.sport) == up
    assert received(seen, 443) == down
    assert all(right_checksums(p.data) for p in seen)


def test_nothing_is_acknowledged_before_it_was_sent(scene: Scene, frames: Frames) -> None:
    tcp = Tcp(scene, *ends(scene, True), 443, 1.0).open()
    tcp.send(ORIG, scene.dice.noise(60_000))
    tcp.send(RESP, scene.dice.noise(60_000), 0.2)
    tcp.close(RESP)
    top: dict[int, int] = {}
    for p in packets(frames):
        seq, ack = p.seq_ack
        side, other = p.ports
        after = (seq + len(p.payload) + bool(p.flags & (SYN | FIN))) % 2**32
        top[side] = after
        if p.flags & ACK:
            assert (top[other] - ack) % 2**32 < 2**31


def test_no_more_is_in_flight_than_the_receiver_takes(scene: Scene, frames: Frames) -> None:
    client = ends(scene, False)[0]
    tiny = replace(scene.network.role("printer"), stack=EMBEDDED)
    tcp = Tcp(scene, client, tiny, 9100, 1.0).open()
    tcp.send(ORIG, scene.dice.noise(40_000))
    sent = acked = 0
    for p in packets(frames):
        if p.ports[1] == 9100 and p.payload:
            sent = p.seq_ack[0] + len(p.payload)
            assert sent - acked <= EMBEDDED.window
        elif p.ports[0] == 9100:
            acked = p.seq_ack[1]


def test_an_orderly_end_has_two_fins_and_a_last_ack(scene: Scene, frames: Frames) -> None:
    Tcp(scene, *ends(scene, False), 80, 1.0).open().close(RESP)
    flags = [p.flags for p in packets(frames)]
    assert flags == [SYN, SYN | ACK, ACK, FIN | ACK, FIN | ACK, ACK]


def test_refused_and_unanswered(scene: Scene, frames: Frames) -> None:
    client, server = ends(scene, False)
    Tcp(scene, client, server, 81, 1.0).refused()
    assert [p.flags for p in packets(frames)] == [SYN, RST | ACK]
    assert packets(frames)[1].seq_ack[1] == packets(frames)[0].seq_ack[0] + 1
    scene.tape.frames.clear()
    Tcp(scene, client, server, 82, 1.0).unanswered()
    seen = packets(frames)
    assert [p.flags for p in seen] == [SYN] * 3
    assert [round((p.ts_ns - seen[0].ts_ns) / 1e9) for p in seen] == [0, 1, 3]
    assert len({p.seq_ack for p in seen}) == 1


def test_time_stamps_are_used_only_when_both_have_them(scene: Scene, frames: Frames) -> None:
    server = scene.network.role("web_server")
    client = ends(scene, False)[0]
    for stack, header in ((WINDOWS, 5), (LINUX, 8)):
        scene.tape.frames.clear()
        Tcp(scene, replace(client, stack=stack), server, 80, 1.0).open()
        assert packets(frames)[-1].data[46] >> 4 == header


def test_segments_keep_to_the_frame_size_unless_merged(scene: Scene, frames: Frames) -> None:
    pair = ends(scene, True)
    Tcp(scene, *pair, 443, 1.0).open().send(ORIG, bytes(100_000))
    assert max(len(data) for _, data in frames()) == 1514
    scene.tape.frames.clear()
    scene.merged_bytes = 62_000
    Tcp(scene, *pair, 443, 1.0).open().send(ORIG, bytes(100_000))
    assert 50_000 < max(len(data) for _, data in frames()) < 65_550
