"""Elements of an XML document one after the other, within bounds and without entities.

Documents come from strangers: what a document type declares (entities above all) is refused, so
that nothing is expanded, fetched or read from this machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from lynceus.intel.web import Web

MOST_DEPTH = 60
"""Elements within each other."""
MOST_TEXT = 1 << 20
"""Characters of one text; what is longer is cut."""
_PIECE = 1 << 18


@dataclass
class Element:
    """An element that was asked for, with all that stands in it."""

    name: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def all(self, *path: str) -> Iterator[Element]:
        """The elements at a path below this one."""
        if not path:
            yield self
            return
        for child in self.children:
            if child.name == path[0]:
                yield from child.all(*path[1:])

    def first(self, *path: str) -> Element | None:
        """The first at a path; None where there is none."""
        return next(self.all(*path), None)

    def told(self, *path: str) -> str | None:
        """The text of the first at a path; None where there is none."""
        one = self.first(*path)
        return ("".join(one.pieces).strip() or None) if one else None

    def has(self, attribute: str) -> str | None:
        """The value of an attribute; None where there is none, or nothing in it."""
        return self.attributes.get(attribute, "").strip() or None


class _Refused(Exception):  # noqa: N818 - it is told as an error of the feed
    pass


class _Reader:
    """Builds the elements that are wanted; others are walked through and forgotten."""

    def __init__(self, root: Collection[str], wanted: Collection[str]) -> None:
        self._root, self._wanted = root, wanted
        self._open: list[Element] = []
        self._depth = 0
        self.seen_root: str | None = None
        self.done: list[Element] = []
        parser = self.parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._entity

    def _entity(self, *_: Any) -> int:
        raise _Refused("declares entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self.seen_root is None:
            self.seen_root = name
            if name not in self._root:
                raise _Refused(f"is a document <{name[:40]}>, expected {_either(self._root)}")
        if self._depth > MOST_DEPTH:
            raise _Refused("is nested too deeply")
        if self._open or name in self._wanted:
            one = Element(name, self.parser.CurrentLineNumber, attributes)
            if self._open:
                self._open[-1].children.append(one)
            self._open.append(one)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._open and len(self._open) == 1:
            self.done.append(self._open[0])
        if self._open:
            self._open.pop()

    def _text(self, text: str) -> None:
        if self._open:
            pieces = self._open[-1].pieces
            if sum(map(len, pieces)) < MOST_TEXT:
                pieces.append(text[:MOST_TEXT])


def _either(names: Collection[str]) -> str:
    return " or ".join(f"<{name}>" for name in names)


def elements(
    web: Web, text: str, root: Collection[str], wanted: Collection[str]
) -> Iterator[Element]:
    """The elements of these names, each once it has ended; one within another is part of it.

    Raises `FeedError` naming the line where the document is none, has another root or declares
    entities.
    """
    reader = _Reader(root, wanted)
    # What was decoded already is UTF-8 now, whatever its first line says.
    content = text.encode("utf-8", "replace")
    try:
        for at in range(0, len(content), _PIECE):
            reader.parser.Parse(content[at : at + _PIECE], at + _PIECE >= len(content))
            yield from reader.done
            reader.done.clear()
        if not content:
            raise web.error("is empty, expected XML")
    except _Refused as refused:
        raise web.error(f"line {reader.parser.CurrentLineNumber}: {refused}") from None
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise web.error(f"line {error.lineno}: is no XML: {reason}") from None
