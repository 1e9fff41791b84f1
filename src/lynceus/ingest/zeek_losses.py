"""What Zeek says that it missed: capture_loss.log, stats.log and its notices of capture loss."""

from __future__ import annotations

import polars as pl

from lynceus.records import Account

COUNTED = {
    "capture_loss": {"gaps": "sensor_tcp_gaps", "acks": "sensor_tcp_acks"},
    "stats": {"pkts_proc": "sensor_packets", "pkts_dropped": "sensor_packets_dropped"},
}
"""By log: the columns that are summed, each row telling of a time of its own, and their notes."""

LOSS_LOGS = (*COUNTED, "notice")

LOSS_COLUMNS = ("gaps", "acks", "percent_lost", "pkts_proc", "pkts_dropped", "note")

NOTICES = "CaptureLoss::Too_Much_Loss"


def loss_log(path: str | None, columns: set[str]) -> str | None:
    """Which log of losses it is, by its name, or by its columns where it states none."""
    if path is not None:
        return path if path in LOSS_LOGS else None
    marks = (("capture_loss", "percent_lost"), ("stats", "pkts_proc"), ("notice", "note"))
    return next((log for log, mark in marks if mark in columns), None)


def note_losses(log: str, frame: pl.DataFrame, height: int, account: Account) -> None:
    """Notes what the rows of one such log say; other notices are not used."""
    if log == "notice":
        told = int((frame["note"] == NOTICES).sum()) if "note" in frame.columns else 0
        account.note("notices_of_capture_loss", told)
        account.note("rows_of_logs_not_used", height - told)
        account.received -= height - told
        account.kept += told
        return
    account.kept += height
    for theirs, note in COUNTED[log].items():
        if theirs in frame.columns:
            count = frame[theirs].cast(pl.UInt64, strict=False).sum()
            account.note(note, int(count or 0))
