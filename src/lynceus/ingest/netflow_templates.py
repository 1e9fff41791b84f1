"""Templates of NetFlow 9 and IPFIX: what the records of a set are made of.

A layout is what a template says, whoever says it; sets of one layout are decoded together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lynceus.ingest.export_datagrams import IPFIX, NETFLOW5, NETFLOW9
from lynceus.ingest.export_elements import BY_ID, REVERSE, REVERSE_PEN, WIDTHS

VARIABLE = 65_535
"""Length of a field that tells its length in each record."""

MOST_LAYOUTS = 4_096
MOST_FIELDS = 1_024
MOST_OF_A_SESSION = 1_024
"""Templates that one exporter's domain may have at a time."""

BEFORE = -1
"""The place of what was told in a block before."""

V9_SCOPE_INTERFACE = 2
NO_ELEMENT = -1


class Field(NamedTuple):
    """One field of a record: element, its enterprise (0: of IANA) and its bytes."""

    element: int
    enterprise: int
    length: int

    @property
    def column(self) -> str | None:
        """The column it fills; None for what is not read."""
        known = BY_ID.get(self.element) if self.enterprise in (0, REVERSE_PEN) else None
        if known is None or not 0 < self.length < VARIABLE:
            return None
        if WIDTHS.get(known.unit, self.length) != self.length:
            return None
        return (REVERSE if self.enterprise else "") + known.column

    @property
    def unit(self) -> str:
        """Unit of the element."""
        return BY_ID[self.element].unit


class Layout(NamedTuple):
    """The fields of a record; `options` where they speak of the exporter and not of a flow."""

    fields: tuple[Field, ...]
    options: bool = False

    @property
    def varies(self) -> bool:
        """Whether some field tells its own length."""
        return any(f.length == VARIABLE for f in self.fields)

    @property
    def least_bytes(self) -> int:
        """Length of the shortest record."""
        return sum(1 if f.length == VARIABLE else f.length for f in self.fields)


NETFLOW5_LAYOUT = Layout(
    tuple(
        Field(element, 0, size)
        for element, size in (
            (8, 4), (12, 4), (15, 4), (10, 2), (14, 2), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2),
            (11, 2), (NO_ELEMENT, 1), (6, 1), (4, 1), (5, 1), (16, 2), (17, 2), (9, 1), (13, 1),
            (NO_ELEMENT, 2),
        )
    )
)  # fmt: skip
"""A record of NetFlow 5 in the terms of templates."""


@dataclass
class Templates:
    """Every template in the order it came; the last of each number still holds in the next block.

    A template that is told again unchanged is the one that was told before.
    """

    layouts: list[Layout] = field(default_factory=lambda: [NETFLOW5_LAYOUT])
    session: list[int] = field(default_factory=list)
    number: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    """Of the set that told it; `BEFORE` for those of blocks before."""
    layout: list[int] = field(default_factory=list)
    broken: int = 0
    """Templates that could not be read, or were too many."""
    latest: dict[tuple[int, int], int] = field(default_factory=dict)
    """The layout of each session and number that was told last."""
    _numbers: Counter[int] = field(default_factory=Counter)
    _known: dict[Layout, int] = field(default_factory=lambda: {NETFLOW5_LAYOUT: 0})
    _read: dict[tuple[bytes, int, int], list[tuple[int, Layout]]] = field(default_factory=dict)

    def add(self, content: bytes, version: int, set_id: int, session: int, place: int) -> None:
        """Takes the templates of one set, told in `session` at `place` of the stream."""
        key = (content, version, set_id)
        if key not in self._read:
            found, broken = _parsed(content, version, options=set_id in (1, 3))
            self.broken += broken
            if len(self._read) >= MOST_LAYOUTS:
                self._read.clear()
            self._read[key] = found
        for number, layout in self._read[key]:
            self._tell(session, number, layout, place)

    def _tell(self, session: int, number: int, layout: Layout, place: int) -> None:
        told = self._known.get(layout)
        before = self.latest.get((session, number))
        if told is not None and told == before:
            return
        full = before is None and self._numbers[session] >= MOST_OF_A_SESSION
        if full or (told is None and len(self.layouts) >= MOST_LAYOUTS):
            self.broken += 1
            return
        if told is None:
            told = self._known[layout] = len(self.layouts)
            self.layouts.append(layout)
        self._numbers[session] += before is None
        self.latest[session, number] = told
        self.session.append(session)
        self.number.append(number)
        self.place.append(place)
        self.layout.append(told)

    def settle(self, forgotten: Container[int] = ()) -> None:
        """A block is over: the last templates of all sessions that are not forgotten remain."""
        latest = {key: told for key, told in self.latest.items() if key[0] not in forgotten}
        if len(self.layouts) > MOST_LAYOUTS // 2:
            used = sorted({0, *latest.values()})
            renumbered = {old: new for new, old in enumerate(used)}
            self.layouts = [self.layouts[old] for old in used]
            self._known = {layout: at for at, layout in enumerate(self.layouts)}
            latest = {key: renumbered[told] for key, told in latest.items()}
        self.latest = latest
        self._numbers = Counter(session for session, _ in latest)
        self.session = [session for session, _ in latest]
        self.number = [number for _, number in latest]
        self.place = [BEFORE] * len(latest)
        self.layout = list(latest.values())

    def told(self) -> list[list[Any]]:
        """What was told last, as JSON has it: session, number, whether options, fields."""
        return [
            [session, number, self.layouts[at].options, [list(f) for f in self.layouts[at].fields]]
            for (session, number), at in self.latest.items()
        ]

    @staticmethod
    def of(told: Sequence[Sequence[Any]]) -> Templates:
        """The templates that `told` gave."""
        templates = Templates()
        for session, number, options, fields in told:
            layout = Layout(tuple(Field(*f) for f in fields), options)
            templates._tell(session, number, layout, BEFORE)
        templates.settle()
        return templates


def is_template_set(version: int, set_id: int) -> bool:
    """Whether a set of this number holds templates."""
    return set_id in ((0, 1) if version == NETFLOW9 else (2, 3)) and version != NETFLOW5


def _parsed(content: bytes, version: int, *, options: bool) -> tuple[list[tuple[int, Layout]], int]:
    """Templates of one set, and 1 where they end in something that is none."""
    found: list[tuple[int, Layout]] = []
    at, end = 0, len(content)
    while at + (6 if options else 4) <= end:
        number, count = _u16(content, at), _u16(content, at + 2)
        at += 4
        if number < 256:
            return found, int(any(content[at - 4 :]))
        scopes = 0
        if options:
            scopes, at = _u16(content, at), at + 2
            if version == NETFLOW9:
                scopes, count = count // 4, (count + scopes) // 4
        if count == 0:
            continue
        fields, at = _fields(content, at, min(count, MOST_FIELDS + 1), version, scopes)
        layout = Layout(tuple(fields), options)
        if len(fields) < count or not layout.least_bytes:
            return found, 1
        found.append((number, layout))
    return found, 0


def _fields(
    content: bytes, at: int, count: int, version: int, scopes: int
) -> tuple[list[Field], int]:
    """The fields that begin at `at`, fewer than `count` where the content ends before."""
    fields: list[Field] = []
    while len(fields) < count and at + 4 <= len(content):
        element, size, enterprise = _u16(content, at), _u16(content, at + 2), 0
        at += 4
        if version == IPFIX and element & 0x8000:
            if at + 4 > len(content):
                break
            element, enterprise = element & 0x7FFF, int.from_bytes(content[at : at + 4], "big")
            at += 4
            if enterprise == 0:
                element = NO_ELEMENT
        if version == NETFLOW9 and len(fields) < scopes:
            element = 10 if element == V9_SCOPE_INTERFACE else NO_ELEMENT
        fields.append(Field(element, enterprise, size))
    return fields, at


def _u16(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 2], "big")
