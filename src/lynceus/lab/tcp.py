"""One TCP connection, played from both ends as the capture point sees it.

States: new -> open -> closed. `send` cuts data into segments, paced by the link and by a growing
congestion window; the receiver acknowledges every second segment at once and the last one with
its answer, or 40 ms later. Now and then a segment is lost beyond the capture point and sent again.
All times are seconds since the start of the capture.
"""

from __future__ import annotations

import struct
from typing import Literal

from lynceus.lab.hosts import Host
from lynceus.lab.scene import Scene
from lynceus.lab.wire import ACK, FIN, PSH, RST, SYN, Lane

Side = Literal[0, 1]
ORIG: Side = 0
RESP: Side = 1

_DELAYED_ACK_S = 0.04
_RETRY_S = (1.0, 3.0, 7.0)
"""When an unanswered SYN is tried again, since the first (RFC 6298, as most systems do)."""
_FIRST_WINDOW = 10
_MOST_WINDOW = 48
_SEQ = 0xFFFFFFFF


class Tcp:
    """A connection of `orig` to `port` of `resp`, beginning at `t`."""

    def __init__(self, scene: Scene, orig: Host, resp: Host, port: int, t: float) -> None:
        dice = scene.dice
        self.scene, self.t, self.port = scene, t, port
        self.hosts = (orig, resp)
        self.sport = scene.source_port(orig)
        v6 = scene.speaks_ip6(orig, resp)
        self._lanes = (Lane(orig, resp, v6), Lane(resp, orig, v6))
        self._ports = ((self.sport, port), (port, self.sport))
        self._seq = [dice.whole(0, _SEQ), dice.whole(0, _SEQ)]
        self._stamps = orig.stack.timestamps and resp.stack.timestamps
        self._stamp_base = [dice.whole(1 << 20, 1 << 31), dice.whole(1 << 20, 1 << 31)]
        self._stamp_seen = [0, 0]
        self._scaled = orig.stack.wscale is not None and resp.stack.wscale is not None
        self._mss = 1460 - (20 if v6 else 0) - (12 if self._stamps else 0)
        if scene.merged_bytes:
            self._mss *= max(1, scene.merged_bytes // self._mss)
        self._turn = tuple(h.rtt_s + dice.uniform(2e-5, 1.2e-4) for h in self.hosts)
        self._room = [max(2, (s.window * 2 if self._scaled else s.window) // self._mss)
                      for s in (orig.stack, resp.stack)]  # fmt: skip
        """Segments that fit into the receiver's window."""
        self._gap_s = self._mss * 8 / scene.rate_bps(orig, resp)
        self._lossy = not (orig.inside and resp.inside)
        self._last: Side = ORIG
        self._owed: float | None = None
        """When data arrived that the other side has not acknowledged yet."""
        self._cwnd = _FIRST_WINDOW
        self.sent_bytes = [0, 0]

    def open(self) -> Tcp:
        """The three-way handshake."""
        self._emit(ORIG, self.t, SYN, options=self._syn_options(ORIG))
        self._seq[ORIG] = (self._seq[ORIG] + 1) & _SEQ
        self.t += self._turn[RESP]
        self._emit(RESP, self.t, SYN | ACK, options=self._syn_options(RESP))
        self._seq[RESP] = (self._seq[RESP] + 1) & _SEQ
        self.t += self._turn[ORIG]
        self._emit(ORIG, self.t, ACK)
        return self

    def unanswered(self, tries: int = 3) -> float:
        """SYN into silence, tried again with growing waits; returns the time of the last."""
        options = self._syn_options(ORIG)
        start = self.t
        for wait in (0.0, *_RETRY_S[: tries - 1]):
            self.t = start + wait
            self._emit(ORIG, self.t, SYN, options=options)
        return self.t

    def refused(self) -> float:
        """SYN answered by RST."""
        self._emit(ORIG, self.t, SYN, options=self._syn_options(ORIG))
        self._seq[ORIG] = (self._seq[ORIG] + 1) & _SEQ
        self.t += self._turn[RESP]
        self._seq[RESP] = 0
        self._emit(RESP, self.t, RST | ACK)
        return self.t

    def send(self, side: Side, data: bytes, after: float = 0.0) -> float:
        """`side` sends data, `after` seconds of its own after it could; returns the time."""
        peer: Side = RESP if side == ORIG else ORIG
        t = self.t + after + (self._turn[side] if side != self._last else 2e-6)
        self._settle(side, t)
        self._last = side
        mss, gap, ack_after = self._mss, self._gap_s, self._turn[peer]
        round_trip = sum(self._turn)
        flight_start, in_flight, unacked, total = t, 0, 0, len(data)
        for start in range(0, total, mss):
            chunk = data[start : start + mss]
            end = start + mss >= total
            if in_flight >= min(self._cwnd, self._room[peer]):
                t = max(t, flight_start + round_trip)
                flight_start, in_flight = t, 0
                self._cwnd = min(self._cwnd * 2, _MOST_WINDOW)
            elif start:
                t += gap
            self._emit(side, t, ACK | PSH if end else ACK, payload=chunk)
            if self._lossy and self.scene.lost():
                t += max(0.2, 1.5 * round_trip)
                self._emit(side, t, ACK | PSH if end else ACK, payload=chunk)
                flight_start, in_flight = t, 0
                self._cwnd = max(2, self._cwnd // 2)
            self._seq[side] = (self._seq[side] + len(chunk)) & _SEQ
            in_flight += 1
            unacked += 1
            if unacked == 2 and not end:
                self._emit(peer, t + ack_after, ACK)
                unacked = 0
        self._owed = t
        self.t = t
        self.sent_bytes[side] += total
        return t

    def wait(self, seconds: float) -> float:
        """Nothing is said for a while."""
        self.t += seconds
        return self.t

    def close(self, side: Side = ORIG, after: float = 0.0) -> float:
        """An orderly end begun by `side`: FIN, FIN, ACK."""
        peer: Side = RESP if side == ORIG else ORIG
        t = self.t + after + (self._turn[side] if side != self._last else 2e-6)
        self._settle(side, t)
        self._emit(side, t, FIN | ACK)
        self._seq[side] = (self._seq[side] + 1) & _SEQ
        t += self._turn[peer]
        self._emit(peer, t, FIN | ACK)
        self._seq[peer] = (self._seq[peer] + 1) & _SEQ
        t += self._turn[side]
        self._emit(side, t, ACK)
        self.t = t
        return t

    def reset(self, side: Side = ORIG, after: float = 0.0) -> float:
        """`side` cuts the connection."""
        t = self.t + after + (self._turn[side] if side != self._last else 2e-6)
        self._settle(side, t)
        self._emit(side, t, RST | ACK)
        self.t = t
        return t

    def _settle(self, side: Side, t: float) -> None:
        """The acknowledgement still owed: with the answer if that is soon, else on its own."""
        if self._owed is None:
            return
        receiver: Side = RESP if self._last == ORIG else ORIG
        due = self._owed + self._turn[receiver] + _DELAYED_ACK_S
        if t > due or side == self._last:
            self._emit(receiver, min(due, max(t, self._owed + self._turn[receiver])), ACK)
        self._owed = None

    def _emit(
        self, side: Side, t: float, flags: int, options: bytes = b"", payload: bytes = b""
    ) -> None:
        stack = self.hosts[side].stack
        if flags & SYN:
            window = stack.window
        elif self._scaled and stack.wscale:
            window = (stack.window * 2) >> stack.wscale
        else:
            window = stack.window
        if flags & RST:
            window = 0
        elif self._stamps and not options:
            options = b"\x01\x01" + self._stamp(side, t)
        ack = 0 if flags == SYN else self._seq[1 - side]
        self.scene.tape.put(
            t,
            self._lanes[side].tcp(
                self._ports[side], self._seq[side], ack, flags, window, options, payload
            ),
        )

    def _stamp(self, side: Side, t: float) -> bytes:
        now = (self._stamp_base[side] + int(t * 1000)) & _SEQ
        echo = self._stamp_seen[1 - side]
        self._stamp_seen[side] = now
        return struct.pack("!BBII", 8, 10, now, echo)

    def _syn_options(self, side: Side) -> bytes:
        stack = self.hosts[side].stack
        v6 = self._lanes[0].v6
        mss = struct.pack("!BBH", 2, 4, 1440 if v6 else 1460)
        scale = b"" if stack.wscale is None else bytes((1, 3, 3, stack.wscale))
        if side == RESP and not self._scaled:
            scale = b""
        offers = stack.timestamps if side == ORIG else self._stamps
        if not offers:
            return mss + scale + b"\x01\x01\x04\x02"
        stamp = self._stamp(side, self.t)
        if stack.name == "macos":
            return mss + scale + b"\x01\x01" + stamp + b"\x04\x02\x00\x00"
        return mss + b"\x04\x02" + stamp + scale
