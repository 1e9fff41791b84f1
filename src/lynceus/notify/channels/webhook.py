"""A signed webhook after the Standard Webhooks specification: the whole incident as JSON.

`webhook-signature` is `v1,` and the HMAC-SHA-256 of id, time and body, so that a receiver knows who
wrote it and can throw away what comes twice by its `webhook-id`. Source: standardwebhooks.com.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import ClassVar

from lynceus.notify.channel import Locked
from lynceus.notify.notice import Notice, Said
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

PREFIX = "whsec_"
"""How secrets begin that are written in base64."""


class Webhook(HttpChannel):
    """An address that takes JSON."""

    secret: Secret | None = None
    """With which it is signed; left out, nothing is."""
    for_people: ClassVar[bool] = False
    most: int = 0

    def send(self, notice: Notice) -> Said:
        """One request a message."""
        body = json.dumps(content(notice), ensure_ascii=False, sort_keys=True).encode()
        seconds = str(notice.sent_ns // 10**9)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.key,
            "webhook-timestamp": seconds,
            "Idempotency-Key": notice.key,
        }
        if self.secret:
            secret = _bytes(self.revealed(self.secret), self.name)
            headers["webhook-signature"] = signature(secret, notice.key, seconds, body)
        return Said(self.ask("POST", content=body, headers=headers).told)


def content(notice: Notice) -> dict[str, object]:
    """A message as JSON has it: what is told, and the incidents whole."""
    return {
        "schema_version": 1,
        "type": f"incident.{notice.kind}",
        "key": notice.key,
        "timestamp": notice.at,
        "site": notice.site,
        "title": notice.title,
        "severity": notice.severity,
        "counts": dict(notice.counts),
        "said_by": notice.said_by,
        "why": notice.why,
        "incidents": [one.model_dump(mode="json") for one in notice.incidents],
    }


def signature(secret: bytes, key: str, seconds: str, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = hmac.new(secret, f"{key}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _bytes(secret: str, name: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise Locked(f"{name}: its secret begins with {PREFIX} but is no base64") from None
