"""What of the last minutes is needed for what is found now: processes, and what was lost."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import polars as pl

from lynceus.account import Account
from lynceus.ingest.feeds.seal import Seal
from lynceus.ingest.pseudonym import Pseudonyms
from lynceus.inventory.presence import LOGIN_SCHEMA, logins
from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, Batch
from lynceus.trust import Losses

MINUTES = 10
"""Losses of so many minutes lower what is found now."""
MOST_ROWS = 200_000
_TOLD = ("missed_bytes", "total_bytes", "proto", "sampling_rate")


class Recently:
    """Accounts, gaps and processes of the last minutes."""

    def __init__(self, pseudonyms: Path | None = None) -> None:
        """Raises `lynceus.ingest.pseudonym.PseudonymError` on a file that is no key."""
        self._names = Pseudonyms.load(pseudonyms) if pseudonyms else None
        self._accounts: deque[tuple[int, Account]] = deque()
        self._flows: deque[pl.DataFrame] = deque()
        self.processes = pl.DataFrame(schema=EVENT_SCHEMAS["process"])
        """What endpoints told last of processes behind flows."""
        self.logins = pl.DataFrame(schema=LOGIN_SCHEMA)
        """Who logged in last, and from where."""

    @property
    def seal(self) -> Seal | None:
        """What sources seal with that they write down before names are replaced."""
        return Seal(self._names.seal_key) if self._names else None

    def without_names(self, batch: Batch) -> Batch:
        """The batch with other names for the people of the site, where a key is named."""
        return self._names.batch(batch) if self._names else batch

    def account(self, account: Account, now_ns: int) -> None:
        """What came in, and what of it was lost."""
        minute = now_ns // (60 * NS)
        if not self._accounts or self._accounts[-1][0] != minute:
            self._accounts.append((minute, Account()))
        self._accounts[-1][1].merge(account)
        while self._accounts[0][0] < minute - MINUTES:
            self._accounts.popleft()

    def take(self, batch: Batch) -> None:
        """Rows of now."""
        if batch.flows.height:
            self._flows.append(batch.flows.select(_TOLD))
            while sum(one.height for one in self._flows) > MOST_ROWS and len(self._flows) > 1:
                self._flows.popleft()
        if (told := batch.events.get("process")) is not None:
            self.processes = pl.concat([self.processes, told]).tail(MOST_ROWS)
        if (came := logins(batch.events)).height:
            self.logins = pl.concat([self.logins, came]).tail(MOST_ROWS)

    def losses(self) -> Losses:
        """What was lost of late."""
        total = Account()
        for _, account in self._accounts:
            total.merge(account)
        none = pl.DataFrame(schema={"sampling_rate": pl.UInt32})
        return Losses.of(total, pl.concat(self._flows) if self._flows else none)
