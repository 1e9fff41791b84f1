"""A channel that keeps what it is told, and settings around it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from pydantic import PrivateAttr

from lynceus.notify.channel import Channel
from lynceus.notify.notice import Notice, Reference, Said
from lynceus.notify.routing import Maintenance, Route, Routing
from lynceus.notify.settings import NotifySettings


def _nothing(_: Notice) -> None:
    pass


class Recorder(Channel):
    """Keeps notices with what the channel knew before; fails as often as it is told to."""

    _told: list[tuple[Notice, Reference]] = PrivateAttr(default_factory=list)
    _failures: deque[Exception] = PrivateAttr(default_factory=deque)
    _on_send: Callable[[Notice], None] = PrivateAttr(default_factory=lambda: _nothing)

    def send(self, notice: Notice) -> Said:
        return self._taken(notice, {})

    def update(self, notice: Notice, before: Reference) -> Said:
        return self._taken(notice, before)

    acknowledge = update
    resolve = update

    def _taken(self, notice: Notice, before: Reference) -> Said:
        if self._failures:
            raise self._failures.popleft()
        self._on_send(notice)
        self._told.append((notice, before))
        return Said("ok", {"thread": before.get("thread", notice.key)})

    @property
    def told(self) -> list[Notice]:
        return [notice for notice, _ in self._told]

    @property
    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.told]

    @property
    def before(self) -> list[Reference]:
        return [before for _, before in self._told]

    def fail(self, *errors: Exception) -> None:
        self._failures.extend(errors)


def settings(channels: list[Channel], routes: list[dict[str, Any]], **more: Any) -> NotifySettings:
    """Settings of these channels and routes; a route without a name or channels gets them."""
    names = [channel.name for channel in channels]
    made = tuple(
        Route.model_validate({"name": f"route {number}", "to": names, **one})
        for number, one in enumerate(routes)
    )
    windows = tuple(Maintenance.model_validate(one) for one in more.pop("maintenance", ()))
    return NotifySettings(
        channels={channel.name: channel for channel in channels},
        routing=Routing(made, windows, **more),
    )
