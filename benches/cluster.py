"""What a sensor and a worker of a cluster take for a million flows, in CPU seconds and bytes.

Without a broker: rows are parted and written as messages, and the same messages taken by an engine
of each route with all its detectors, time advancing a minute at a time. `make bench-cluster`.
"""

from __future__ import annotations

import time
from itertools import count

import polars as pl
from lake import exported

from lynceus import detect, enrich
from lynceus.cluster.bus import Marker, pieces
from lynceus.cluster.routes import parted, routed
from lynceus.cluster.share import Share
from lynceus.engine import Engine
from lynceus.records import LEAN

FLOWS = 600_000
"""Of five minutes: 2,000 a second."""
HURRIED = 12
"""So many times as fast as they are made."""
PARTITIONS = 2
MINUTE_NS = 60_000_000_000
HOME = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


class Message:
    """As Kafka would hand it over."""

    def __init__(self, value: bytes, offset: int, table: bytes | None) -> None:
        self._value, self._offset, self._table = value, offset, table

    def value(self) -> bytes:
        """The content."""
        return self._value

    def offset(self) -> int:
        """Its place."""
        return self._offset

    def headers(self) -> list[tuple[str, bytes]]:
        """The table of its rows; none for a marker."""
        return [] if self._table is None else [("table", self._table)]


def main() -> None:
    """Prints a line for the sensor and one for each route."""
    flows = exported(FLOWS, 0).select(name for name in LEAN.names()).sort("end_ns")
    begin = int(flows["end_ns"][0])
    hurried = [
        ((pl.col(name) - begin) // HURRIED + begin).alias(name) for name in ("ts_ns", "end_ns")
    ]
    flows = flows.with_columns(hurried)
    minute = (pl.col("end_ns") // MINUTE_NS).alias("minute")
    minutes = flows.with_columns(minute).partition_by("minute", maintain_order=True)
    routes = routed(detect.load())
    million = FLOWS / 1e6
    sent: dict[str, list[tuple[int, bytes, int]]] = {}
    begun = time.process_time()
    for route in routes:
        sent[route] = [
            (number, data, int(rows["minute"][0]))
            for rows in minutes
            for number, part in parted(rows, route, PARTITIONS)
            for data in pieces(part.drop("minute"))
        ]
    used = time.process_time() - begun
    size = sum(len(data) for messages in sent.values() for _, data, _ in messages)
    print(f"sensor, all routes: {used / million:.1f} CPU s and {size / million / 1e6:.0f} MB")
    facts = enrich.enrichers(HOME)
    for route, detectors in routes.items():
        shares = {n: Share(route, n, Engine(detectors, facts), 3600.0) for n in range(PARTITIONS)}
        offsets = count()
        begun, last = time.process_time(), None
        for number, data, at in sent[route]:
            if last is not None and at != last:
                marker = Marker("sensor", at * MINUTE_NS).value()
                for share in shares.values():
                    share.take(Message(marker, next(offsets), None))
            last = at
            shares[number].take(Message(data, next(offsets), b"flows"))
        taken = time.process_time() - begun
        begun = time.process_time()
        saved = sum(len(v or b"") for share in shares.values() for _, v in share.changes())
        used = time.process_time() - begun
        print(
            f"worker, {route} ({len(detectors)} detectors): {taken / million:.0f} CPU s; "
            f"all that is open: {saved / 1e6:.0f} MB in {used:.1f} CPU s"
        )


if __name__ == "__main__":
    main()
