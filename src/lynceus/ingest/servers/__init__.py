"""Log lines of servers: who logged in, what was asked of them. One file a product.

A family is what `lynceus.ingest.devices` calls one; where the words of a line alone do not tell
whose it is, it has `claims(lines)` instead of a `MARK`.
"""

from __future__ import annotations

from lynceus.ingest.devices import Claiming, Family
from lynceus.ingest.servers import (
    haproxy,
    iis,
    openvpn,
    pulse_connect,
    sshd,
    web_access,
    web_errors,
)

FAMILIES: tuple[Family | Claiming, ...] = (
    sshd,
    web_errors,
    web_access,
    iis,
    haproxy,
    pulse_connect,
)
"""In the order in which lines are shown to them."""

LAST: tuple[Claiming, ...] = (openvpn,)
"""Families that know their lines by everyday words, which others may use too."""
