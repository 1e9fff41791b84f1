"""The language that people are told in: every message goes through one catalogue.

A message is its English text with named fields, `It was seen at {time}.`; as gettext has it, this
text is its id, so English needs no file and cannot be out of step with the code. Other languages
are `.mo` files made of `lynceus.pot` (`docs/language.md`). What is filled in is the same in all of
them: addresses, names, numbers with their units, times.

One process speaks one language: `use` says which, once, before anything is told.
"""

from __future__ import annotations

import gettext
import re
import struct
from pathlib import Path

__all__ = [
    "ENGLISH",
    "CatalogueError",
    "capital",
    "english",
    "fields",
    "filled",
    "of_file",
    "pieces",
    "say",
    "several",
    "use",
]

ENGLISH = "en"
_FIELD = re.compile(r"\{(\w+)\}")
_COUNTS = 1000
"""The rule of plurals is tried for so many numbers before it is believed."""


class CatalogueError(ValueError):
    """A catalogue that cannot be used; the text names the file and says why."""


_spoken = gettext.NullTranslations()


def use(catalogue: gettext.NullTranslations) -> None:
    """From now on all is told in this language, in the whole process."""
    global _spoken  # noqa: PLW0603 - a process speaks one language
    _spoken = catalogue


def english() -> gettext.NullTranslations:
    """The language of the program: every message as it stands in the code."""
    return gettext.NullTranslations()


def of_file(path: Path) -> gettext.NullTranslations:
    """The catalogue of a `.mo` file. Raises `CatalogueError`."""
    try:
        with path.open("rb") as file:
            told = gettext.GNUTranslations(file)
        for number in range(_COUNTS):
            told.ngettext("{n} host", "{n} hosts", number)
    except (OSError, ValueError, LookupError, ArithmeticError, struct.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogueError(f"{path}: is no catalogue of messages (.mo): {reason}") from None
    return told


def say(message: str, **fields: object) -> str:
    """A message in the language that is spoken, its fields filled in."""
    return filled(_spoken.gettext(message), fields)


def several(one: str, many: str, count: int, **fields: object) -> str:
    """A message that counts, in the form for this number, which fills `{n}`."""
    return filled(_spoken.ngettext(one, many, count), {"n": f"{count:,}", **fields})


def fields(message: str) -> frozenset[str]:
    """The names of what a message is filled with."""
    return frozenset(_FIELD.findall(message))


def pieces(text: str) -> list[tuple[str, str]]:
    """The text cut at its fields: what stands before each, and its name; the last has none."""
    cut = _FIELD.split(text)
    return list(zip(cut[::2], [*cut[1::2], ""], strict=True))


def filled(text: str, fields: dict[str, object]) -> str:
    """The text with each field put in once: braces in the values stay as they are, and so does a
    field that nobody gives."""
    return _FIELD.sub(lambda found: str(fields.get(found[1], found[0])), text)


def capital(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]
