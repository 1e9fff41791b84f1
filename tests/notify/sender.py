"""What a process that delivers, and is killed, runs."""

from __future__ import annotations

from pathlib import Path

from lynceus.notify.channels.ocsf import Ocsf
from lynceus.notify.channels.pagerduty import Pagerduty
from lynceus.notify.channels.webhook import Webhook
from lynceus.notify.delivery import Delivery
from lynceus.notify.routing import Route, Routing
from lynceus.notify.settings import NotifySettings
from lynceus.secret import Secret
from lynceus.store.ledger import Ledger


def told(url: str, folder: Path) -> NotifySettings:
    """Three channels, and a route that takes everything."""
    channels = (
        Webhook(name="hook", url=f"{url}/hook"),
        Pagerduty(name="pager", url=f"{url}/v2/enqueue", most=0, routing_key=Secret(env="HOME")),
        Ocsf(name="file", path=folder / "alerts.jsonl"),
    )
    route = Route(name="all", to=tuple(channel.name for channel in channels))
    return NotifySettings(
        channels={channel.name: channel for channel in channels}, routing=Routing((route,))
    )


def deliver(file: Path, url: str, folder: Path, now_ns: int) -> None:
    """One turn."""
    with Ledger(file) as ledger:
        Delivery(ledger, told(url, folder)).turn(now_ns)
