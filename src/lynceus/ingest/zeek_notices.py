"""Zeek's notices: those of capture loss are taken note of, the others are its detections."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from lynceus.ingest.zeek_application_tables import SPOKEN_OF
from lynceus.ingest.zeek_losses import NOTICES
from lynceus.ingest.zeek_rows import Rows

FAULTLESS = (
    r"^(?:SSL|Weird|PacketFilter|Software|Notice|Reporter|Conn|CaptureLoss|ProtocolDetector"
    r"|Known|Stats)::|^SSH::Interesting_Hostname_Login$"
)
"""Notices of the sensor, of tallies and of hygiene, not of an attack."""


def detections(rows: Rows) -> Rows:
    """The rows that are not of capture loss, their ends as far as they are told."""
    frame = rows.frame
    flat = {f"id_{name}": f"id.{name}" for name in ("orig_h", "orig_p", "resp_h", "resp_p")}
    frame = frame.rename({old: new for old, new in flat.items() if old in frame.columns})
    frame = frame.filter(pl.col("note").ne_missing(NOTICES))
    frame = frame.with_columns(
        pl.coalesce(name for name in pair if name in frame.columns).alias(pair[0])
        for pair in SPOKEN_OF.items()
        if pair[1] in frame.columns
    )
    return replace(rows, frame=frame, height=frame.height)
