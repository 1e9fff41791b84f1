"""Where a source listens, who may send to it, and what it says of those who may not."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field

from lynceus.ingest.feeds.feed import FeedError, Room

SAY_S = 30.0
"""The same thing is said again no sooner."""


@dataclass(frozen=True)
class Address:
    """An address of this machine and a port (0: any that is free)."""

    host: str
    port: int

    @staticmethod
    def of(text: str, source: str) -> Address:
        """`192.0.2.1:2055` or `[2001:db8::1]:2055`. Raises `FeedError` naming the source."""
        host, colon, port = text.rpartition(":")
        try:
            if not colon or not port.isascii() or not 0 <= int(port) <= 65_535:
                raise ValueError
            return Address(str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))),
                           int(port))  # fmt: skip
        except ValueError:
            example = 'expected an address and a port such as "127.0.0.1:2055" or "[::1]:2055"'
            raise FeedError(f"{source}: listen {text!r}: {example}") from None

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def addresses(texts: Sequence[str], source: str) -> list[Address]:
    """The addresses a source listens at. Raises `FeedError` where there is none."""
    if not texts:
        raise FeedError(f"{source}: listen: no address given")
    return [Address.of(text, source) for text in texts]


def networks(texts: Sequence[str], source: str) -> list[str]:
    """The networks that may send, as they are written usually. Raises `FeedError`."""
    try:
        return [str(ipaddress.ip_network(text, strict=False)) for text in texts]
    except ValueError as error:
        raise FeedError(f"{source}: allow: {error}") from None


@dataclass
class Refusals:
    """Lines for the log about peers: of each reason one every `SAY_S`, the others counted."""

    room: Room
    _said_ns: dict[str, int] = field(default_factory=dict)
    _more: dict[str, int] = field(default_factory=dict)

    def say(self, reason: str, detail: str = "", count: int = 1) -> None:
        """Says that something was refused, unless the same was said just now."""
        now = self.room.clock()
        if reason in self._said_ns and now - self._said_ns[reason] < SAY_S * 1e9:
            self._more[reason] = self._more.get(reason, 0) + count
            return
        more = self._more.pop(reason, 0) + count - 1
        self._said_ns[reason] = now
        others = f" (and {more} more)" if more > 0 else ""
        self.room.say(f"{self.room.name}: {reason}{': ' if detail else ''}{detail}{others}")
