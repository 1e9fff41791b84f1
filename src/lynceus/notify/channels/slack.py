"""Slack by its Web API: one message an incident, what follows in its thread.

Every text from traffic stands in `plain_text`, which Slack does not read for markup; the fallback
for notifications is escaped. Source: docs.slack.dev, `chat.postMessage`, `chat.update`, Block Kit.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from lynceus.notify.channel import Locked, Refused, Unavailable
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

HEADER, SECTION, FIELD, FIELDS = 150, 3000, 2000, 10
"""Most characters of a header, a section and a field, and most fields of a section."""
OF_THE_MESSAGE = frozenset(
    {"msg_too_long", "no_text", "invalid_blocks", "invalid_arguments", "too_many_attachments"}
)
PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
    }
)


class Slack(HttpChannel):
    """A channel of Slack, written to as an app with the scope `chat:write`."""

    url: str | Secret = "https://slack.com/api"
    token: Secret
    to: str = Field(min_length=1, max_length=80)
    """The id or name of the channel."""

    def headers(self) -> dict[str, str]:
        """The bot's token."""
        return {"Authorization": f"Bearer {self.token.reveal()}"}

    def send(self, notice: Notice) -> Said:
        """A message of its own."""
        return self._said(self._call("chat.postMessage", self._message(notice)))

    def update(self, notice: Notice, before: Reference) -> Said:
        """The message is brought up to date, and its thread says so."""
        if "ts" not in before:
            return self.send(notice)
        there = {"channel": before["channel"], "ts": before["ts"]}
        self._call("chat.update", self._message(notice) | there)
        return self._reply(notice, before)

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """A line in the thread."""
        return self._reply(notice, before) if "ts" in before else self.send(notice)

    resolve = acknowledge

    def _reply(self, notice: Notice, before: Reference) -> Said:
        lines = "\n".join((notice.line, *notice.paragraphs[:1]))
        said = self._call(
            "chat.postMessage",
            {
                "channel": before["channel"],
                "thread_ts": before["ts"],
                "text": _escaped(notice.line),
                "blocks": [_section(lines)],
                "metadata": _metadata(notice),
            },
        )
        return Said(f"in the thread {before['ts']}: {said.get('ts')}", dict(before))

    def _message(self, notice: Notice) -> dict[str, Any]:
        facts = [
            {"type": "plain_text", "text": cut(f"{name}: {value}", FIELD), "emoji": False}
            for name, value in list(notice.facts.items())[:FIELDS]
        ]
        blocks: list[dict[str, Any]] = [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": cut(notice.title, HEADER), "emoji": False},
            }
        ]
        if notice.paragraphs:
            blocks.append(_section("\n".join(notice.paragraphs)))
        blocks.append({"type": "section", "fields": facts})
        if notice.actions:
            blocks.append(_section("\n".join(notice.actions)))
        return {
            "channel": self.to,
            "text": _escaped(notice.line),
            "blocks": blocks,
            "metadata": _metadata(notice),
            "unfurl_links": False,
            "unfurl_media": False,
        }

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.ask("POST", method, body=body)
        told = answer.json if isinstance(answer.json, dict) else {}
        if told.get("ok") is True:
            return told
        error = answer.field("error")
        if error in PASSING or not error:
            raise Unavailable(f"Slack: {error or answer.told}")
        if error in OF_THE_MESSAGE:
            raise Refused(f"Slack: {error}")
        raise Locked(f"Slack: {error}")

    def _said(self, told: dict[str, Any]) -> Said:
        ts, channel = str(told.get("ts", "")), str(told.get("channel", self.to))
        return Said(f"ok, message {ts}", {"ts": ts, "channel": channel} if ts else {})


def _section(text: str) -> dict[str, Any]:
    return {
        "type": "section",
        "text": {"type": "plain_text", "text": cut(text, SECTION), "emoji": False},
    }


def _metadata(notice: Notice) -> dict[str, Any]:
    payload = {"key": notice.key, "kind": notice.kind, "incident": notice.id}
    return {"event_type": "lynceus_alert", "event_payload": payload}


def _escaped(text: str) -> str:
    """Text without control sequences of Slack; `<!channel>` would call everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
