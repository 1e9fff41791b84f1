"""The time of day, for commands that a person gives: traffic is judged by its own times."""

from __future__ import annotations

import time


def now_ns() -> int:
    """Now, in ns since 1970."""
    return time.time_ns()
