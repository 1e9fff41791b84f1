"""The audit trail: what was done, in chains of digests that show where one was changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from lynceus.store.tables import AUDIT

BEGIN = "0" * 64
"""What the first entry of a writer carries in place of the digest of its one before."""

LOCK = 0x6C796E63
"""The name of the lock under which PostgreSQL lets entries be added."""


@dataclass(frozen=True)
class Entry:
    """One thing that was done."""

    writer: str
    number: int
    at_ns: int
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, the digest of the entry before included."""
        told = [self.writer, self.number, self.at_ns, self.action, self.subject, self.detail]
        text = json.dumps([*told, self.previous], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def append(
    connection: Connection,
    writer: str,
    action: str,
    subject: str,
    *,
    at_ns: int,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    """Writes the next entry of a writer; it stands when the transaction does."""
    [entry] = append_all(connection, writer, action, {subject: detail or {}}, at_ns=at_ns)
    return entry


def append_all(
    connection: Connection,
    writer: str,
    action: str,
    details: Mapping[str, Mapping[str, Any]],
    *,
    at_ns: int,
) -> list[Entry]:
    """Writes an entry of a writer for each subject, in order."""
    if connection.dialect.name == "postgresql":  # one at a time; SQLite does so by itself
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    last = connection.execute(
        select(AUDIT.c.number, AUDIT.c.digest)
        .where(AUDIT.c.writer == writer)
        .order_by(AUDIT.c.number.desc())
        .limit(1)
    ).first()
    number, previous = (last.number, last.digest) if last else (0, BEGIN)
    rows, made = [], []
    for subject, detail in details.items():
        number += 1
        entry = Entry(writer, number, at_ns, action, subject, dict(detail), previous)
        previous = entry.digest
        made.append(entry)
        rows.append(vars(entry) | {"digest": previous})
    if rows:
        connection.execute(AUDIT.insert(), rows)
    return made


def entries(connection: Connection) -> Iterator[tuple[Entry, str]]:
    """All entries with their stored digests, by writer and number."""
    rows = connection.execute(select(AUDIT).order_by(AUDIT.c.writer, AUDIT.c.number))
    for row in rows.mappings():
        stored = dict(row)
        digest = stored.pop("digest")
        yield Entry(**stored), digest


def broken(connection: Connection) -> list[str]:
    """What is wrong with the chains, a line each; none where they hold.

    A changed, missing or inserted entry shows. That the last entries of a writer were cut off does
    not show here: compare `heads` with what was noted elsewhere.
    """
    found = []
    expected: dict[str, tuple[int, str]] = {}
    for entry, digest in entries(connection):
        number, previous = expected.get(entry.writer, (1, BEGIN))
        name = f"entry {entry.number} of {entry.writer}"
        if entry.number != number:
            found.append(f"{name}: expected entry {number}: entries are missing before it")
        elif entry.previous != previous:
            found.append(f"{name}: does not follow from the entry before it")
        if entry.digest != digest:
            found.append(f"{name}: was changed after it was written")
        expected[entry.writer] = entry.number + 1, digest
    return found


def heads(connection: Connection) -> dict[str, tuple[int, str]]:
    """The number and digest of each writer's last entry."""
    last = select(AUDIT.c.writer, func.max(AUDIT.c.number).label("number")).group_by(AUDIT.c.writer)
    at = last.subquery()
    rows = connection.execute(
        select(AUDIT.c.writer, AUDIT.c.number, AUDIT.c.digest)
        .join(at, (AUDIT.c.writer == at.c.writer) & (AUDIT.c.number == at.c.number))
        .order_by(AUDIT.c.writer)
    )
    return {row.writer: (row.number, row.digest) for row in rows}
