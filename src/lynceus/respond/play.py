"""What a play against a phenomenon is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Play:
    """Steps in their order."""

    now: tuple[str, ...]
    follow_up: tuple[str, ...]
