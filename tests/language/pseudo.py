"""A language that nobody speaks: every message in brackets, so that what is not one shows."""

from __future__ import annotations

import gettext
import re

OPEN, CLOSE = "⟦", "⟧"


class Pseudo(gettext.NullTranslations):
    """Notes which messages were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return f"{OPEN}{msgid1 if n == 1 else msgid2}{CLOSE}"


def is_whole(text: str) -> bool:
    """Whether a text is one message from its first letter to its last, whatever is within."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == OPEN) - (letter == CLOSE)
        if not depth and place < len(text) - 1:
            return False
    return text.startswith(OPEN) and not depth


def beside(text: str) -> str:
    """What of a text stands in no message."""
    inner = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
    while inner.search(text):
        text = inner.sub("", text)
    return text
