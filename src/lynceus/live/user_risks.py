"""How risky the users are, by what the ledger holds of them: it is read every hour."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from lynceus.inventory.user_risk import history, risks
from lynceus.moments import NS, rfc3339
from lynceus.store.ledger import Ledger

EVERY_S = 3_600.0
HALVES = 6
"""After so many times `risk_days` what happened counts less than a fiftieth: it is not read."""


class UserRisks:
    """The history of accounts, without what goes on: an incident does not make itself graver."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._history: pl.DataFrame | None = None
        self._read_ns = 0

    def at(self, now_ns: int, risk_days: float, going_on: Collection[str]) -> pl.DataFrame:
        """The risk of each account. Raises `LedgerError` where the history cannot be read."""
        if self._history is None or now_ns - self._read_ns >= EVERY_S * NS:
            since = rfc3339(now_ns - int(HALVES * risk_days * 86_400 * NS))
            said = {one.incident: one.verdict for one in self._ledger.verdicts()}
            self._history = history(self._ledger.going_on(since), said)
            self._read_ns = now_ns
        past = self._history.filter(~pl.col("incident").is_in(list(going_on)))
        return risks(past, now_ns, risk_days)
