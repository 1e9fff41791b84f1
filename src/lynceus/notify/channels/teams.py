"""Microsoft Teams through a workflow that waits for a webhook: an Adaptive Card a message.

Texts from traffic stand in `TextRun`, which knows no markdown. Such a workflow cannot change a
card that was posted, so what follows is a card of its own that names the incident. Source: Adaptive
Cards schema 1.4; learn.microsoft.com, webhooks and connectors.
"""

from __future__ import annotations

from typing import Any

from lynceus.notify.notice import Notice, Said, cut
from lynceus.notify.service import HttpChannel
from lynceus.secret import Secret

MOST_TEXT = 6000
"""A card may have 28 kB as a whole."""
COLOUR = {"critical": "attention", "high": "attention", "medium": "warning", "low": "accent"}


class Teams(HttpChannel):
    """A channel or chat of Teams, by the address of its workflow."""

    url: Secret
    """Who knows the address may post."""

    def send(self, notice: Notice) -> Said:
        """A card."""
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "fallbackText": cut(notice.line, 500),
            "body": [*self._body(notice)],
        }
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card,
        }
        answer = self.ask(
            "POST",
            body={"type": "message", "attachments": [attachment]},
            headers={"Idempotency-Key": notice.key},
        )
        return Said(answer.told)

    def _body(self, notice: Notice) -> list[dict[str, Any]]:
        title = _run(notice.title, weight="bolder", size="large")
        title["color"] = COLOUR.get(notice.severity, "default")
        body = [_rich([title])]
        body += [_rich([_run(cut(part, MOST_TEXT))]) for part in notice.paragraphs[:25]]
        body += [
            _rich([_run(f"{name}: ", weight="bolder"), _run(cut(value, 500))])
            for name, value in notice.facts.items()
        ]
        return body + [_rich([_run(cut(action, 500))]) for action in notice.actions]


def _rich(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, **more: str) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **more}
