"""Log lines of firewalls, proxies, routers and clouds, each line read by the family that knows it.

Lines of traffic are flows; every line is a row of `device_log` with what a flow has no column for
(action, rule, user ...), and what a device detected is an `alert`. Lines may come with or without
a header of syslog and from several products in one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, cast

import polars as pl

from lynceus.ingest.delimited import pieces
from lynceus.ingest.detections import FAMILIES as DETECTIONS
from lynceus.ingest.device_flows import events, flows_of, typed
from lynceus.ingest.devices import FAMILIES as DEVICES
from lynceus.ingest.devices import ROW, Claiming, Family
from lynceus.ingest.endpoints import FAMILIES as ENDPOINTS
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, ReadOptions, text_head
from lynceus.ingest.json_records import one_a_line
from lynceus.ingest.servers import FAMILIES as SERVERS
from lynceus.ingest.servers import LAST, iis
from lynceus.ingest.syslog import headers
from lynceus.records import EVENT_SCHEMAS, Account, Batch, conform

__all__ = ["DeviceLog", "rows_of"]

FAMILIES: tuple[Family | Claiming, ...] = (*DETECTIONS, *ENDPOINTS, *SERVERS, *DEVICES, *LAST)
"""All families, in the order in which lines are shown to them."""

HEAD_LINES = 400
"""Lines by which an input is recognised."""


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
        if not text:
            return 0.0
        lines = written_lines(text.encode()).head(HEAD_LINES)
        if lines.is_empty():
            return 0.0
        share = int(families(headed_lines(lines)).is_not_null().sum()) / lines.len()
        return 0.5 + 0.45 * share if share else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> DeviceLog:
        """The lines of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows and events as one batch. Raises `InputError` where it cannot be read."""
        told = [rows_of(written_lines(piece), self.account)
                for piece in iis.with_fields(pieces(self._given.text(self.account)))]  # fmt: skip
        rows = typed(pl.concat([pl.DataFrame(schema=ROW), *told]), self.account)
        rows = rows.with_columns(input_digest=pl.lit(self._given.digest))
        flows = flows_of(rows, self.account)
        flows = identified(flows, site=self._site, source=self.name, account=self.account)
        tables = events(rows, flows)
        yield Batch(
            flows,
            {
                name: conform(frame.with_columns(site=pl.lit(self._site)), EVENT_SCHEMAS[name])
                for name, frame in tables.items()
                if frame.height
            },
        )


def written_lines(data: bytes) -> pl.Series:
    """The lines that say something, each JSON object on one."""
    lines = pl.read_lines(one_a_line(data))["line"] if data else pl.Series("line", [], pl.String)
    lines = lines.filter(lines.str.contains(r"\S"))
    return lines.str.replace_all("[\x1e\x1f]", " ")


def headed_lines(lines: pl.Series) -> pl.DataFrame:
    """The lines taken apart, each with the whole of it as `text`."""
    return headers(lines).with_columns(text=lines).rechunk()


def families(headed: pl.DataFrame) -> pl.Series:
    """The place in `FAMILIES` of the first that knows each line; null for no one's."""
    message = content(headed)
    found = pl.Series("family", [None], dtype=pl.UInt8).new_from_index(0, message.len())
    for place, family in enumerate(FAMILIES):
        rest = found.is_null()
        if not rest.any():
            break
        if mark := getattr(family, "MARK", None):
            knows = rest & message.str.contains(mark)
        else:
            knows = rest & cast("Claiming", family).claims(headed)
        found = found.zip_with(~knows, pl.Series([place], dtype=pl.UInt8))
    return found


def content(headed: pl.DataFrame) -> pl.Series:
    """What tells whose line it is: the message, where there is structured data this before it."""
    whole = pl.concat_str(
        pl.col("msg_id").fill_null(""), "structured_data", "message", separator=" "
    )
    return headed.select(message=pl.coalesce(whole, "message"))["message"]


def rows_of(lines: pl.Series, account: Account) -> pl.DataFrame:
    """The rows of lines in `ROW`, in the order of the lines; lines of no one are counted."""
    headed = headed_lines(lines).with_row_index("line").with_columns(pl.col("line").cast(pl.UInt32))
    whose = families(headed)
    account.received += lines.len()
    account.drop("line_of_no_known_device", int(whose.null_count()))
    frames = [pl.DataFrame(schema=ROW)]
    for place, family in enumerate(FAMILIES):
        # Text expressions of Polars may panic over cut frames of which a chunk is empty.
        own = headed.filter((whose == place).fill_null(value=False)).rechunk()
        if own.height:
            frames.append(_rows(family, own))
    rows = pl.concat(frames).sort("line", maintain_order=True)
    kept = rows["line"].n_unique()
    account.drop("line_without_content", int(whose.len() - whose.null_count()) - kept)
    account.received += rows.height - kept
    account.kept += rows.height
    return rows


def _rows(family: Family | Claiming, own: pl.DataFrame) -> pl.DataFrame:
    """What a family says of its lines, and the header where it says nothing."""
    read = family.read(own)
    if "line" not in read.columns:
        read = read.with_columns(own["line"])
    told = conform(read, pl.Schema(ROW))
    header = told.select("line").join(own, on="line", how="left", maintain_order="left")
    return told.with_columns(
        pl.col("written").fill_null(header["written"]),
        # An empty text says that the name in the header is none.
        pl.col("sensor").fill_null(header["hostname"]).replace("", None),
        *(pl.col(name).replace("", None) for name in ("domain", "hostname", "username")),
    )
