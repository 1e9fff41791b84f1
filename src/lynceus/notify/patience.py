"""How long to wait after a failure: of a message, and of a channel as a whole."""

from __future__ import annotations

import hashlib

from lynceus.moments import NS
from lynceus.store.outbox import Circuit

FIRST_S, LONGEST_S = 5, 3600
ATTEMPTS = 12
"""A message that was not taken so often is dead; that is some hours of a channel that works."""
FAILURES = 5
"""So many in a row, and the channel rests."""
REST_S = 60


def pause_ns(key: str, attempts: int) -> int:
    """How long a message waits after so many attempts: twice as long each time, within bounds,
    half to one and a half of it by its key, so that not all come back at one moment."""
    grown = min(FIRST_S * 2 ** min(attempts - 1, 20), LONGEST_S)
    return int(grown * (0.5 + _share(key, attempts)) * NS)


def after_failure(
    channel: str, before: Circuit, reason: str, now_ns: int, *, locked: bool, after_s: float | None
) -> Circuit:
    """How a channel stands after one more failure.

    It rests after several in a row, at once where its settings are wrong, and for as long as the
    service asks.
    """
    failures = max(before.failures + 1, FAILURES if locked else 0)
    rest_s = 0.0
    if failures >= FAILURES:
        grown = min(REST_S * 2 ** min(failures - FAILURES, 20), LONGEST_S)
        rest_s = grown * (0.75 + _share(channel, failures) / 2)
    if after_s is not None:
        rest_s = max(rest_s, min(after_s, 24 * 3600))
    return Circuit(failures, now_ns + int(rest_s * NS), reason)


def _share(name: str, number: int) -> float:
    """A number from 0 to 1, other for each name and number, the same every time."""
    digest = hashlib.sha256(f"{name} {number}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
