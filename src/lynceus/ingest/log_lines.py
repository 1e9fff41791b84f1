"""Lines of logs, each read by the family that knows it: devices, servers, endpoints, detections."""

from __future__ import annotations

from typing import cast

import polars as pl

from lynceus.account import Account
from lynceus.ingest.detections import FAMILIES as DETECTIONS
from lynceus.ingest.devices import FAMILIES as DEVICES
from lynceus.ingest.devices import ROW, Claiming, Family
from lynceus.ingest.devices.logins import with_logins
from lynceus.ingest.endpoints import FAMILIES as ENDPOINTS
from lynceus.ingest.endpoints import elastic_network
from lynceus.ingest.json_records import one_a_line
from lynceus.ingest.servers import FAMILIES as SERVERS
from lynceus.ingest.servers import LAST
from lynceus.ingest.syslog import headers
from lynceus.records import conform

FAMILIES: tuple[Family | Claiming, ...] = (
    *DETECTIONS,
    *ENDPOINTS,
    *SERVERS,
    *DEVICES,
    *LAST,
    elastic_network,
)
"""All families, in the order in which lines are shown to them."""


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
    told = told.with_columns(
        pl.col("written").fill_null(header["written"]),
        # An empty text says that the name in the header is none.
        pl.col("sensor").fill_null(header["hostname"]).replace("", None),
        *(pl.col(name).replace("", None) for name in ("domain", "hostname", "username")),
    )
    return with_logins(told, own) if family in DEVICES else told
