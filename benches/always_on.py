"""`lynceus run` collecting NetFlow 9: what it loses, what it holds, and how late it speaks.

    python benches/always_on.py --rate 50000 --seconds 2400 --spike 10 --write docs/soak.md

A process of its own sends datagrams of 24 records over loopback, both directions of each flow one
behind the other, at an even rate; every few seconds a host among those inside sweeps a network.
Each flow is told of within `--told-s` of its end, or, one in three, `--inactive-s` after it, as by
an exporter's inactive time-out. In the middle the rate is `--spike` times as high for a minute. The
run is asked for its status every second, and its ledger in the end for when findings were told.
"""

from __future__ import annotations

import argparse
import atexit
import itertools
import json
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from collect import FIELDS, RECORD_BYTES, RECORDS

TICK_S = 0.1
SWEEP_S = 5.0
SWEPT = 250
SPIKE_S = 60.0
DRAIN_S = 180.0
"""So long after the last datagram the run may work off what waits."""
LAG_S = 5.0
QUIET = 60
SOAK_S = 2_400.0
INSIDE = 0x0A000000
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class Exporter:
    """Makes datagrams of flows that have just ended."""

    def __init__(self, seed: int, told_s: float, inactive_s: float) -> None:
        self._dice = np.random.default_rng(seed)
        self._told_ms, self._inactive_ms = int(told_s * 1000), int(inactive_s * 1000)
        self._booted_s = time.time_ns() / 1e9 - 3_600.0
        self._sent = 0
        self._swept_s = 0.0
        told = b"".join(struct.pack("!HH", *one) for one in FIELDS)
        self._template = struct.pack("!HHHH", 0, 8 + len(told), 256, len(FIELDS)) + told
        # A few sites have most of the traffic, as everywhere.
        self._sites = self._dice.integers(0x0B000000, 0xDF000000, 50_000)

    def datagrams(self, flows: int, now_s: float) -> list[bytes]:
        """So many flows, and a sweep now and then; a template first."""
        rows = [self._visits(flows, now_s)]
        if now_s - self._swept_s >= SWEEP_S:
            self._swept_s = now_s
            rows.append(self._sweep(now_s))
        record = np.concatenate(rows)[: sum(map(len, rows)) // RECORDS * RECORDS]
        data = struct.pack("!HH", 256, 4 + RECORDS * RECORD_BYTES)
        parts = record.reshape(-1, RECORDS * RECORD_BYTES)
        template = self._head(now_s, 1) + self._template
        return [template, *(self._head(now_s, RECORDS) + data + p.tobytes() for p in parts)]

    def _head(self, now_s: float, count: int) -> bytes:
        self._sent += 1
        number = (self._sent - 1) & 0xFFFFFFFF
        return struct.pack("!HHIIII", 9, count, self._uptime_ms(now_s), int(now_s), number, 1)

    def _uptime_ms(self, now_s: float) -> int:
        return int((now_s - self._booted_s) * 1000)

    def _visits(self, flows: int, now_s: float) -> np.ndarray:
        dice = self._dice
        client = INSIDE + dice.integers(0, 1 << 14, flows)
        # Each host has favourites of its own, and goes to the first of them most of the time.
        favourite = (client * 31 + np.minimum(dice.zipf(1.5, flows), 200) * 7_919) % 50_000
        server = self._sites[favourite]
        client_p = dice.integers(32_768, 61_000, flows)
        server_p = dice.choice([443, 443, 443, 443, 80, 53, 123, 993], flows)
        late = np.where(dice.random(flows) < 1 / 3, self._inactive_ms, 0)
        end = self._uptime_ms(now_s) - late - dice.integers(0, self._told_ms + 1, flows)
        begin = end - dice.exponential(3_000, flows).astype(np.int64)
        packets, answers = dice.geometric(0.08, flows), dice.geometric(0.06, flows)
        size = dice.integers(60, 1_400, (2, flows))
        there = self._rows(
            client, server, client_p, server_p, packets, packets * size[0], begin, end
        )
        back = self._rows(
            server, client, server_p, client_p, answers, answers * size[1], begin, end
        )
        return np.stack([there, back], axis=1).reshape(-1, RECORD_BYTES)

    def _sweep(self, now_s: float) -> np.ndarray:
        """A host inside asks many neighbours that do not answer."""
        dice, one = self._dice, np.ones(SWEPT, np.int64)
        end = self._uptime_ms(now_s) - dice.integers(0, self._told_ms + 1, SWEPT)
        scanner = INSIDE + (1 << 20) + int(now_s / SWEEP_S) % 4_000
        there = INSIDE + (2 << 16) + dice.permutation(1 << 14)[:SWEPT]
        ports = dice.integers(32_768, 61_000, SWEPT)
        return self._rows(one * scanner, there, ports, one * 445, one, one * 60, end, end, flags=2)

    def _rows(self, *columns: np.ndarray, flags: int = 0x1B) -> np.ndarray:
        src, dst, src_p, dst_p, packets, size, begin, end = columns
        record = np.zeros((len(src), RECORD_BYTES), np.uint8)
        places = ((0, 4, src), (4, 4, dst), (8, 2, src_p), (10, 2, dst_p),
                  (14, 4, packets), (18, 4, size), (22, 4, begin), (26, 4, end))  # fmt: skip
        for at, width, values in places:
            wide = values.astype(">u4").view(np.uint8).reshape(-1, 4)
            record[:, at : at + width] = wide[:, 4 - width :]
        record[:, 12:14] = (6, flags)
        return record


def send(
    port: int, rates: list[tuple[float, int]], exporter: Exporter,
    told: multiprocessing.connection.Connection,
) -> None:  # fmt: skip
    """Sends at each rate (records a second) for so many seconds, in turn; tells how many went."""
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        due = time.monotonic()
        for seconds, rate in rates:
            owed = 0.0
            for _ in range(round(seconds / TICK_S)):
                owed += rate * TICK_S / 2
                flows = int(owed)
                owed -= flows
                made = exporter.datagrams(flows, time.time_ns() / 1e9)
                # A tenth of a second is sent as evenly as a hundredth can be slept.
                for at in range(0, len(made), max(len(made) // 10, 1)):
                    for datagram in made[at : at + max(len(made) // 10, 1)]:
                        sender.send(datagram)
                    due += TICK_S / 10
                    time.sleep(max(due - time.monotonic(), 0))
                due = max(due, time.monotonic() - 1)
                sent += (len(made) - 1) * RECORDS
    told.send(sent)


@dataclass
class Watched:
    """What was seen of a run, a row a second."""

    seconds: list[float] = field(default_factory=list)
    lag_s: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)

    def look(self, watch: str, begun_s: float) -> None:
        """Asks once; a run that is too busy to answer is asked again a second later."""
        try:
            with urllib.request.urlopen(f"http://{watch}/status", timeout=5) as answer:
                self.last = json.load(answer)
        except (urllib.error.URLError, OSError):
            return
        self.seconds.append(time.monotonic() - begun_s)
        self.lag_s.append(self.last["lag_s"] or 0.0)
        self.memory_mib.append(self.last["memory_bytes"] / 2**20)
        self.received.append(self.last["received"])

    def settled(self, since_s: float) -> bool:
        """Whether nothing more came in the last `QUIET` looks, all of them after a time: what is
        missing then was shed."""
        last = self.received[-QUIET:]
        return len(last) == QUIET and self.seconds[-QUIET] > since_s and len({*last}) == 1


def free_port(kind: int) -> int:
    """A port that nobody listens at now."""
    with socket.socket(socket.AF_INET, kind) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def cpu_s(pid: int) -> float:
    """Processor seconds of a process so far."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / CLOCK_TICKS


def findings_told(ledger: Path) -> np.ndarray:
    """For each finding: when its window ended and when it was told, s since 1970."""
    with sqlite3.connect(ledger) as connection:
        ends = dict(connection.execute("select id, window_end_ns from finding"))
        rows = connection.execute("select at_ns, body from incident order by at_ns").fetchall()
    told: dict[str, int] = {}
    for at_ns, body in rows:
        for one in json.loads(body)["findings"]:
            told.setdefault(one["id"], at_ns)
    pairs = [(ends[one] / 1e9, at_ns / 1e9) for one, at_ns in told.items() if ends.get(one)]
    return np.array(pairs).reshape(-1, 2)


def run(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """One run; gives what was measured."""
    port, watch = free_port(socket.SOCK_DGRAM), f"127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    configuration = folder / "lynceus.toml"
    configuration.write_text(
        f'home = ["10.0.0.0/8"]\n[run]\nwatch = "{watch}"\n'
        f'[[source]]\nkind = "exporters"\nlisten = ["127.0.0.1:{port}"]\n'
        + "".join(f"{line}\n" for line in given.option)
    )
    half = given.seconds / 2
    rates = [(half, given.rate), (SPIKE_S, given.rate * given.spike), (half, given.rate)]
    if given.spike <= 1:
        rates = [(given.seconds, given.rate)]
    program = str(Path(sys.executable).with_name("lynceus"))
    with (folder / "said.txt").open("w") as said:
        lynceus = subprocess.Popen(
            [program, "run", "-c", configuration, "--json"],
            stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
    # Whatever ends this, what it started ends with it.
    atexit.register(lynceus.kill)
    watched, begun = Watched(), time.monotonic()
    while not watched.last:
        watched.look(watch, begun)
        time.sleep(0.2)
        if lynceus.poll() is not None:
            raise SystemExit((folder / "said.txt").read_text())
    here, there = multiprocessing.Pipe()
    exporter = Exporter(1, given.told_s, given.inactive_s)
    sender = multiprocessing.get_context("spawn").Process(
        target=send, args=(port, rates, exporter, there), daemon=True
    )
    loaded = os.getloadavg()[0]
    before_s, begun = cpu_s(lynceus.pid), time.monotonic()
    watched = Watched()
    sender.start()
    sent, done_s = None, 0.0
    while sent is None or (
        watched.received[-1] < sent
        and time.monotonic() - done_s < given.drain_s
        and not watched.settled(done_s - begun)
    ):
        time.sleep(1.0)
        watched.look(watch, begun)
        if sent is None and here.poll():
            sent, done_s = here.recv(), time.monotonic()
    done_s = done_s or time.monotonic()
    used_s = cpu_s(lynceus.pid) - before_s
    asked = time.monotonic()
    lynceus.send_signal(signal.SIGTERM)
    lynceus.wait()
    return {
        "sent": sent, "watched": watched, "cpu_s": used_s, "stopped_in_s": time.monotonic() - asked,
        "caught_up_s": asked - done_s, "said": (folder / "said.txt").read_text(),
        "load": [*os.getloadavg(), loaded],
        "findings": findings_told(folder / "state" / "ledger.db"), "rates": rates,
        "lake_bytes": sum(p.stat().st_size for p in (folder / "state" / "lake").rglob("*.parquet")),
    }  # fmt: skip


def _end(told: dict[str, Any]) -> str:
    """Whether all that was sent was taken in at the end."""
    after_s = told["caught_up_s"]
    if told["watched"].last["received"] >= told["sent"]:
        return f"all taken in {after_s:.1f} s after the last was sent"
    if told["watched"].settled(0.0):
        return f"all that was not shed taken in {after_s - QUIET:.1f} s after the last was sent"
    return f"stopped {after_s:.0f} s after the last was sent, before all was taken in"


def _spike(at: np.ndarray, lag: np.ndarray, given: argparse.Namespace) -> str:
    """What the spike did, and when it was over."""
    end = given.seconds / 2 + SPIKE_S
    over = at[(at > end) & (lag > LAG_S)]
    behind = f"under {LAG_S:.0f} s again {over[-1] - end if over.size else 0:.0f} s after it"
    if lag[-1] > LAG_S:
        behind = f"not under {LAG_S:.0f} s again {at[-1] - end:.0f} s after it"
    most = lag[at > given.seconds / 2].max()
    return (
        f"spike: {given.spike} times the rate for {SPIKE_S:.0f} s; most lag {most:.1f} s, {behind}"
    )


def lines(told: dict[str, Any], given: argparse.Namespace) -> list[str]:
    """What was measured, a line each."""
    watched: Watched = told["watched"]
    last, sent, memory = watched.last, told["sent"], np.array(watched.memory_mib)
    at, lag = np.array(watched.seconds), np.array(watched.lag_s)
    dropped = {**last["dropped"], **last["sources"]["exporters"]["dropped"]}
    rows = [
        f"offered: {given.rate:,} NetFlow 9 records a second, {given.seconds:.0f} s; "
        f"sent {sent:,}, taken in {last['received']:,}, late {last['late']:,}, "
        f"dropped {dropped or 0} (`shed`: datagrams of {RECORDS} records); "
        "what is neither waits in the journal",
        f"processor: {told['cpu_s']:.0f} s, {told['cpu_s'] / max(last['received'], 1) * 1e6:.1f} s "
        f"a million records; by stage {last['seconds']}",
        f"{_end(told)}; stopped in {told['stopped_in_s']:.1f} s after SIGTERM",
    ]
    if given.option:
        rows.append(f"options of the source: {', '.join(f'`{option}`' for option in given.option)}")
    if given.spike > 1:
        rows.append(_spike(at, lag, given))
    quarters = np.array_split(memory, 4)
    rows.append(
        "memory, MiB: "
        + ", ".join(f"{t.mean():.0f}" for t in quarters if t.size)
        + f" (means of the quarters), most {memory.max():.0f}"
    )
    parts = {part: round(size / 2**20) for part, size in sorted(last["memory"].items())}
    rows.append(f"of that, at the end, by part: {parts}; groups forgotten: "
                f"{sum(last['forgotten_groups'].values()):,}")  # fmt: skip
    findings = told["findings"]
    late = findings[:, 1] - findings[:, 0]
    if late.size:
        half, most = np.percentile(late, [50, 99])
        rows.append(
            f"{late.size:,} findings, told after the end of their window: median {half:.2f} s, "
            f"p99 {most:.2f} s, most {late.max():.2f} s"
        )
    return rows


def page(told: dict[str, Any], given: argparse.Namespace) -> str:
    """The page of a soak: what was done, and what came of it."""
    watched: Watched = told["watched"]
    took_s = sum(seconds for seconds, _ in told["rates"])
    at, whole = np.array(watched.seconds), took_s / 60
    rows = [
        f"| {begin:.1f} to {end:.1f} | {lag.max():.1f} | {memory.max():,.0f} | {came:,.0f} |"
        for begin, end, lag, memory, came in _stretches(at, watched, whole)
    ]
    busy = max(told["load"])
    return "\n".join([
        "# Soak: what a run does for a long time",
        "",
        "Written by `make soak` (`DURATION=` seconds, 2,400 unless told otherwise, and a minute at "
        f"{given.spike} times the rate",
        f"in the middle). This one lasted {whole:.0f} minutes"
        + (", shortened" if given.seconds < SOAK_S else "")
        + f", on {os.cpu_count()} processors; the load average of the machine,",
        f"sender and all others included, was up to {busy:.0f}.",
        "",
        *(f"- {line}" for line in lines(told, given)),
        "",
        "| minutes | most lag, s | most memory, MiB | records taken in a second |",
        "|---|---|---|---|",
        *rows,
        "",
    ])  # fmt: skip


def _stretches(
    at: np.ndarray, watched: Watched, minutes: float
) -> Iterator[tuple[float, float, np.ndarray, np.ndarray, float]]:
    """Ten stretches of a run: begin and end in minutes, lag, memory, records a second."""
    lag, memory = np.array(watched.lag_s), np.array(watched.memory_mib)
    came = np.array(watched.received)
    for begin, end in itertools.pairwise(np.linspace(0, minutes, 11)):
        there = np.flatnonzero((at >= begin * 60) & (at < end * 60))
        if there.size > 1:
            seconds = at[there[-1]] - at[there[0]]
            rate = (came[there[-1]] - came[there[0]]) / seconds
            yield begin, end, lag[there], memory[there], rate


def main() -> None:
    """Runs once and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=int, default=50_000, help="records a second")
    parser.add_argument("--seconds", type=float, default=120.0, help="without the spike")
    parser.add_argument("--spike", type=int, default=1, help="times the rate, for a minute")
    parser.add_argument("--told-s", type=float, default=0.5)
    parser.add_argument("--inactive-s", type=float, default=0.0)
    parser.add_argument("--option", action="append", default=[], help="a line of the source")
    parser.add_argument("--drain-s", type=float, default=DRAIN_S)
    parser.add_argument("--write", type=Path, help="the page that is written of it")
    parser.add_argument("--keep", type=Path, help="folder of the run, kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        told = run(given, folder)
    print("\n".join(lines(told, given)))
    if given.write:
        given.write.write_text(page(told, given), encoding="utf-8")
    print(told["said"], file=sys.stderr)


if __name__ == "__main__":
    main()
