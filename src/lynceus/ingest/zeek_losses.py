"""What Zeek says that it missed: capture_loss.log, stats.log and its notices of capture loss."""

from __future__ import annotations

import polars as pl

from lynceus.account import Account

COUNTED = {
    "capture_loss": {"gaps": "sensor_tcp_gaps", "acks": "sensor_tcp_acks"},
    "stats": {"pkts_proc": "sensor_packets", "pkts_dropped": "sensor_packets_dropped"},
}
"""By log: the columns that are summed, each row telling of a time of its own, and their notes."""

LOSS_COLUMNS = ("gaps", "acks", "percent_lost", "pkts_proc", "pkts_dropped", "note", "msg")

NOTICES = "CaptureLoss::Too_Much_Loss"
PERCENT = r"loss rate (?:above|of) ([\d.]+)%"
"""How a notice tells the share that was lost."""


def loss_log(path: str | None, columns: set[str]) -> str | None:
    """Which log of losses it is, by its name, or by its columns where it states none."""
    if path is not None:
        return path if path in COUNTED else None
    marks = (("capture_loss", "percent_lost"), ("stats", "pkts_proc"))
    return next((log for log, mark in marks if mark in columns), None)


def note_losses(log: str, frame: pl.DataFrame, height: int, account: Account) -> None:
    """Notes what the rows of one such log say."""
    account.kept += height
    sums = []
    for theirs, note in COUNTED[log].items():
        if theirs in frame.columns:
            count = frame[theirs].cast(pl.UInt64, strict=False).sum()
            account.note(note, int(count or 0))
            sums.append(int(count or 0))
    if len(sums) == len(COUNTED[log]):
        _miss(log, account, *sums)


def note_notices(notices: pl.DataFrame, account: Account) -> None:
    """Notes the notices of capture loss among these; the others are detections."""
    told = notices.filter(pl.col("note") == NOTICES)
    if told.height and "msg" in told.columns:
        shares = told["msg"].str.extract(PERCENT).cast(pl.Float64, strict=False)
        shares = shares.drop_nulls().clip(0, 100)
        lost = int(shares.sum() * 10)
        account.miss("stretches_noticed", 1000 * len(shares) - lost, lost)
    account.note("notices_of_capture_loss", told.height)
    account.kept += told.height


def _miss(log: str, account: Account, first: int, second: int) -> None:
    """Of acknowledgements some are of segments never seen; of packets some were dropped."""
    if log == "capture_loss":
        account.miss("tcp_segments", second - first, first)
    else:
        account.miss("packets", first, second)
