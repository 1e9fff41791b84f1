"""Placeholders for what must not leave: addresses, names and long numbers of a site."""

from __future__ import annotations

import re
from collections.abc import Iterable

_PLACEHOLDER = re.compile(r"\bX(\d+)X\b")
_ADDRESS = re.compile(
    r"\b(?:\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?"  # IPv4 and its networks
    r"|(?:[0-9a-fA-F]{1,4}:|:){2,7}(?:[0-9a-fA-F]{1,4}|:)?(?:/\d{1,3})?"  # IPv6, MAC
    r"|(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}"
    r"|(?:[\w-]{1,63}\.){1,12}[A-Za-z][\w-]{1,62})"  # names with dots
)


class Mask:
    """One placeholder for each thing, the same all through an incident."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """`names` are hidden besides what has the form of an address or domain."""
        known = sorted({name for name in names if len(name) > 1}, key=lambda n: (-len(n), n))
        either = [re.escape(name) for name in known]
        own = rf"(?<![\w.-])(?:{'|'.join(either)})(?![\w-]|\.\w)|" if either else ""
        self._hidden = re.compile(own + _ADDRESS.pattern)
        self._placeholders: dict[str, str] = {}

    @staticmethod
    def nothing() -> Mask:
        """One that hides nothing."""
        made = Mask()
        made._hidden = re.compile(r"(?!)")
        return made

    def hide(self, text: str) -> str:
        """The text with placeholders; one that is in it already is hidden too."""
        guarded = _PLACEHOLDER.sub(lambda found: self._placeholder(found[0]), text)
        parts = re.split(r"(\bX\d+X\b)", guarded)
        return "".join(
            part if place % 2 else self._hidden.sub(lambda f: self._placeholder(f[0]), part)
            for place, part in enumerate(parts)
        )

    def show(self, text: str) -> str:
        """The text with what the placeholders stand for; those nobody made stay as they are."""
        back = {placeholder: thing for thing, placeholder in self._placeholders.items()}
        return _PLACEHOLDER.sub(lambda found: back.get(found[0], found[0]), text)

    def _placeholder(self, thing: str) -> str:
        return self._placeholders.setdefault(thing, f"X{len(self._placeholders) + 1}X")
