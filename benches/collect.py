"""NetFlow 9 over loopback into the live source `exporters`: what it holds, and what that costs.

    python benches/collect.py [RECORDS_A_SECOND] [SECONDS]

A process of its own sends datagrams of 24 records at an even rate, both directions of each flow one
behind the other. Here they are received, journaled, decoded and stitched to flows.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import resource
import socket
import struct
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from lynceus.account import Account
from lynceus.ingest.feeds.exporters import Exporters
from lynceus.ingest.feeds.feed import Room

RECORDS = 24
FIELDS = ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (6, 1), (2, 4), (1, 4), (22, 4), (21, 4))
RECORD_BYTES = sum(size for _, size in FIELDS)
UPTIME_MS = 3_600_000
KEPT_S = 2.0


def datagrams(count: int) -> list[bytes]:
    """A template and `count` datagrams of records, of flows between many hosts."""
    told = b"".join(struct.pack("!HH", *field) for field in FIELDS)
    template = struct.pack("!HHHH", 0, 8 + len(told), 256, len(FIELDS)) + told
    dice = np.random.default_rng(1)
    flows = count * RECORDS // 2
    record = np.zeros((flows, 2, RECORD_BYTES), np.uint8)

    def put(at: int, width: int, there: np.ndarray, back: np.ndarray | None = None) -> None:
        for way, values in enumerate((there, there if back is None else back)):
            wide = values.astype(">u4").view(np.uint8).reshape(-1, 4)
            record[:, way, at : at + width] = wide[:, 4 - width :]

    client = 0x0A000000 + dice.integers(0, 1 << 16, flows)
    server = 0xC0A80000 + dice.integers(0, 1 << 16, flows)
    client_p = dice.integers(1_024, 65_536, flows)
    server_p = dice.choice([22, 53, 80, 443], flows)
    begin = UPTIME_MS + dice.integers(0, 8_000, flows)
    put(0, 4, client, server)
    put(4, 4, server, client)
    put(8, 2, client_p, server_p)
    put(10, 2, server_p, client_p)
    record[:, :, 12:14] = (6, 0x1B)
    put(14, 4, dice.integers(1, 1_000, flows))
    put(18, 4, dice.integers(60, 100_000, flows))
    put(22, 4, begin)
    put(26, 4, begin + dice.integers(1, 2_000, flows))
    rows = record.reshape(count, RECORDS * RECORD_BYTES)
    now = time.time_ns() // 1_000_000_000
    head = [struct.pack("!HHIIII", 9, 1, UPTIME_MS + 10_000, now, n, 1) for n in range(count + 1)]
    data = struct.pack("!HH", 256, 4 + rows.shape[1])
    return [
        head[0] + template,
        *(h + data + r.tobytes() for h, r in zip(head[1:], rows, strict=True)),
    ]


def send(port: int, rate: int, seconds: int, ready: multiprocessing.connection.Connection) -> None:
    """Sends at an even rate; tells when it begins, then how many records went in how long."""
    made = datagrams(rate * seconds // RECORDS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        ready.send("ready")
        begin = time.perf_counter()
        for number, datagram in enumerate(made):
            due = begin + number * RECORDS / rate
            while (left := due - time.perf_counter()) > 0:
                time.sleep(min(left, 0.002))
            sender.send(datagram)
        ready.send(((len(made) - 1) * RECORDS, time.perf_counter() - begin))


def main(rate: int = 100_000, seconds: int = 15) -> None:
    """Runs once and prints what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        room = Room("bench", "default", Path(folder))
        reading = Exporters(listen=("127.0.0.1:0",)).open(room)
        here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        arguments = (reading.ports[0], rate, seconds, there)
        sender = context.Process(target=send, args=arguments)
        sender.start()
        here.recv()
        cpu, begin, kept = time.process_time(), time.monotonic(), time.monotonic()
        account, flows, behind, sent = Account(), 0, 0.0, None
        stop = threading.Event()
        for chunk in reading.chunks(None, stop):
            account.merge(chunk.account)
            flows += chunk.rows
            if chunk.rows and chunk.arrived_ns:
                behind = max(behind, (time.time_ns() - chunk.arrived_ns) / 1e9)
            if time.monotonic() - kept > KEPT_S:
                kept = time.monotonic()
                reading.kept(chunk.place)
            sent = here.recv() if sent is None and here.poll() else sent
            if sent and (2 * flows >= sent[0] or time.monotonic() - begin > 4 * seconds + 10):
                stop.set()
        cpu, took = time.process_time() - cpu, time.monotonic() - begin
        reading.close()
        sender.join()
    records, in_s = sent or (0, 1.0)
    dropped = account.notes.get("datagrams_dropped_by_kernel", 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"sent {records:,} records in {in_s:.1f} s: {records / in_s:,.0f} a second")
    print(f"came {account.received:,}, flows {flows:,}, all of them after {took:.1f} s")
    print(f"lost: {account.unseen}, by the kernel {dropped}, dropped {dict(account.dropped)}")
    print(f"cpu {cpu:.1f} s, {cpu / max(account.received, 1) * 1e6:.2f} s a million records")
    print(f"from arrival to flow at most {behind:.2f} s, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
