"""Log lines of firewalls, proxies, routers and clouds, each line read by the family that knows it.

Lines of traffic are flows; every line is a row of `device_log` with what a flow has no column for
(action, rule, user ...), and what a device detected is an `alert`. Lines may come with or without
a header of syslog and from several products in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.delimited import pieces
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, ReadOptions, text_head
from lynceus.ingest.octet_framing import unframed
from lynceus.records import EVENT_SCHEMAS, Batch, conform

HEAD_LINES = 400
"""Lines by which an input is recognised."""

OTHERS = ("#separator", "#fields", "StartTime,", "orig_h,", "ts,te,td")
"""Beginnings of inputs that other sources know."""


class DeviceLog:
    """Flows, log lines and detections of network devices."""

    name: ClassVar[str] = "device_log"
    expects: ClassVar[str] = "logs of firewalls, proxies, routers or clouds (syslog, CEF, JSON ...)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        self._given = given
        self._site = options.site

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether some line is one of a known device; the surer the more are."""
        del path
        text = text_head(head)
        if not text or text.startswith(OTHERS):
            return 0.0
        # The families are many and most inputs are none of theirs: they are loaded when needed.
        from lynceus.ingest import log_lines

        lines = log_lines.written_lines(unframed(text.encode())).head(HEAD_LINES)
        if lines.is_empty():
            return 0.0
        known = log_lines.families(log_lines.headed_lines(lines)).is_not_null()
        share = int(known.sum()) / lines.len()
        return 0.5 + 0.45 * share if share else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> DeviceLog:
        """The lines of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows and events as one batch. Raises `InputError` where it cannot be read."""
        from lynceus.ingest import log_lines
        from lynceus.ingest.devices import ROW
        from lynceus.ingest.servers import iis

        text = unframed(self._given.text(self.account), self.account)
        told = [log_lines.rows_of(log_lines.written_lines(piece), self.account)
                for piece in iis.with_fields(pieces(text))]  # fmt: skip
        rows = pl.concat([pl.DataFrame(schema=ROW), *told])
        yield batch_of(rows, self._site, self._given.digest, self.account)


def batch_of(rows: pl.DataFrame, site: str, digest: str, account: Account) -> Batch:
    """Flows and events of rows in `ROW`."""
    from lynceus.ingest import device_flows

    rows = device_flows.typed(rows, account).with_columns(input_digest=pl.lit(digest))
    flows = device_flows.flows_of(rows, account)
    flows = identified(flows, site=site, source=DeviceLog.name, account=account)
    tables = device_flows.events(rows, flows)
    return Batch(
        flows,
        {
            name: conform(frame.with_columns(site=pl.lit(site)), EVENT_SCHEMAS[name])
            for name, frame in tables.items()
            if frame.height
        },
    )


def batch_of_arrived(arrived: pl.DataFrame, site: str, digest: str, account: Account) -> Batch:
    """Flows and events of lines that came just now: `line`, `peer`, `arrived_ns`.

    A line without a host is of its sender. What a time leaves out is told by when it came.
    """
    from lynceus.ingest import arrival_times, device_flows, log_lines

    rows = log_lines.rows_of(arrived["line"], account)
    came = arrived.drop("line").with_row_index("line").with_columns(pl.col("line").cast(pl.UInt32))
    rows = rows.join(came, on="line", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("sensor").fill_null(pl.col("peer")))
    rows = arrival_times.by_arrival(rows.drop("peer", "arrived_ns"), rows["arrived_ns"], account)
    return batch_of(device_flows.without_begins(rows, account), site, digest, account)
