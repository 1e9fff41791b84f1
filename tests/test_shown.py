"""`shown.py`: text from traffic, made safe to show."""

from __future__ import annotations

from lynceus.shown import shown


def test_shown_keeps_what_is_harmless() -> None:
    assert shown("Zürich 東京 – ok") == "Zürich 東京 – ok"
    assert shown("a\x00b\u200bc\ud800") == "a\\x00b\\u200bc\\ud800"
