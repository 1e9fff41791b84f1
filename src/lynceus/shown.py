"""Text from traffic, made safe to show: nothing in it is invisible or moves the cursor."""

from __future__ import annotations

import re

_HOSTILE = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def shown(text: str) -> str:
    """The text with control, format and line-breaking characters made visible."""
    if text.isprintable():  # most texts; none of the characters is printable
        return text
    return _HOSTILE.sub(lambda m: m[0].encode("unicode_escape").decode("ascii"), text)
