"""Splunk by its HTTP Event Collector, with indexer acknowledgement.

A message counts as told when the indexers say that it is written. Source: docs.splunk.com, "Format
events for HTTP Event Collector" and "About HTTP Event Collector Indexer Acknowledgment".
"""

from __future__ import annotations

import time
import uuid
from typing import ClassVar

from pydantic import Field

from lynceus.notify.channel import Locked, Refused, Unavailable
from lynceus.notify.flat import flat
from lynceus.notify.notice import Notice, Said
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

CHANNEL = uuid.UUID("6c796e63-6575-5000-8000-616c65727473")
"""The name space of the channels; acknowledgements are counted within one."""
WAIT_S = 0.5
OF_THE_TOKEN = {1, 2, 3, 4, 7, 10, 11, 14}
"""Codes of the collector: token disabled, required, invalid or without this index or channel."""


class SplunkHec(HttpChannel):
    """An HTTP Event Collector, by its address without a path."""

    token: Secret
    for_people: ClassVar[bool] = False
    most: int = 0
    index: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,79}$")
    sourcetype: str = "lynceus:incident"
    acknowledged: bool = True
    """Whether the token has indexer acknowledgement, and it is waited for."""
    acknowledged_within_s: float = Field(default=10.0, gt=0, le=60, allow_inf_nan=False)

    def headers(self) -> dict[str, str]:
        """Token and channel."""
        return {
            "Authorization": f"Splunk {self.token.reveal()}",
            "X-Splunk-Request-Channel": self._channel,
        }

    @property
    def _channel(self) -> str:
        return str(uuid.uuid5(CHANNEL, self.name))

    def send(self, notice: Notice) -> Said:
        """One event."""
        event = {
            "time": round(notice.at_ns / 1e9, 3),
            "host": notice.site,
            "source": "lynceus",
            "sourcetype": self.sourcetype,
            "event": {**flat(notice), "actions": list(notice.actions)},
            "fields": {"key": notice.key, "kind": notice.kind, "severity": notice.severity},
        }
        if self.index:
            event["index"] = self.index
        answer = self.ask("POST", "services/collector/event", body=event, fine={400, 401, 403})
        code = answer.json.get("code") if isinstance(answer.json, dict) else None
        if answer.status != 200 or code != 0:
            if answer.status in (401, 403) or code in OF_THE_TOKEN:
                raise Locked(answer.told)
            raise Refused(answer.told)
        if not self.acknowledged:
            return Said(answer.told)
        number = answer.field("ackId")
        if not number:
            raise Locked(f"{answer.told}: no ackId: acknowledgement is off for this token")
        return self._written(number)

    def _written(self, number: str) -> Said:
        """Waits until the indexers say so. Raises `Unavailable` where they do not in time."""
        until = time.monotonic() + self.acknowledged_within_s
        while True:
            answer = self.ask(
                "POST", "services/collector/ack", body={"acks": [int(number)]},
                params={"channel": self._channel},
            )  # fmt: skip
            acks = answer.json.get("acks") if isinstance(answer.json, dict) else None
            if isinstance(acks, dict) and acks.get(number) is True:
                return Said(f"written, acknowledgement {number}", {"ack": number})
            if time.monotonic() + WAIT_S > until:
                raise Unavailable(f"not acknowledged within {self.acknowledged_within_s:g} s")
            time.sleep(WAIT_S)
