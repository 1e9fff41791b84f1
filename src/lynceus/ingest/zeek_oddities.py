"""What Zeek could not make sense of: weird.log, dpd.log and analyzer.log, counted by kind.

Such rows tell of odd stacks and of loss far more than of attacks: they are shown and accuse nobody.
"""

from __future__ import annotations

import polars as pl

from lynceus.account import Account

KINDS = {
    "weird": ("weird", "name"),
    "dpd": ("analyzer_violations", "analyzer"),
    "analyzer": ("analyzer_violations", "analyzer_name"),
}
"""By log: the note, and the column that names the kind."""

ODDITY_COLUMNS = ("addl", "analyzer", "analyzer_name", "failure_reason")


def oddity_log(path: str | None, columns: set[str]) -> str | None:
    """Which of these logs it is, by its name, or by its columns where it states none."""
    if path is not None:
        return path if path in KINDS else None
    marks = (
        ("analyzer", {"analyzer_name", "failure_reason"}),
        ("dpd", {"analyzer", "failure_reason"}),
        ("weird", {"name", "addl", "notice"}),
    )
    return next((log for log, mark in marks if mark <= columns), None)


def note_oddities(log: str, frame: pl.DataFrame, height: int, account: Account) -> None:
    """Counts the rows of one such log by what they tell."""
    account.kept += height
    note, column = KINDS[log]
    if column in frame.columns:
        kinds = frame.group_by(kind=pl.col(column).fill_null("unnamed").str.to_lowercase()).len()
        account.note_by_kind(note, dict(kinds.rows()))
    else:
        account.note(note, height)
