"""How tense the times are, as a person has set it: a file that keeps who, when and why.

    [[threat_level]]
    level = "elevated"
    from = 2026-12-01T08:00:00Z
    until = 2026-12-08T08:00:00Z
    who = "jana"
    why = "a supplier was broken into"

The last table that holds at a time counts; where none does the level is normal. What happened
before a level was set is judged by the level of its own time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Literal, get_args

from lynceus.moments import NS
from lynceus.own.toml_file import TomlFile, nearest

Level = Literal["normal", "elevated", "severe"]
LEVELS: tuple[Level, ...] = get_args(Level)
TABLE = "threat_level"
KEYS = ("level", "from", "until", "who", "why")
MOST_CHARACTERS = 300


@dataclass(frozen=True)
class ThreatLevel:
    """One level, from when on, until when, and why."""

    level: Level
    start: datetime
    why: str
    who: str
    until: datetime | None = None

    def holds(self, at_ns: int) -> bool:
        """Whether it holds at a time."""
        at = at_ns / NS
        ended = self.until is not None and at >= self.until.timestamp()
        return at >= self.start.timestamp() and not ended

    def told(self) -> str:
        """The whole of it in one line."""
        end = f" until {self.until:%Y-%m-%d %H:%M}" if self.until else ""
        return f"{self.level} from {self.start:%Y-%m-%d %H:%M}{end} UTC, by {self.who}: {self.why}"


@dataclass(frozen=True)
class ThreatLevels:
    """All that were set, in the order of the file."""

    all: Sequence[ThreatLevel] = ()

    @staticmethod
    def load(path: Path) -> ThreatLevels:
        """Those of a file; none where it is not there yet. Raises `lynceus.own.OwnFileError`."""
        if not path.exists():
            return ThreatLevels()
        file = TomlFile.load(path)
        for key in file.tables:
            if key != TABLE:
                raise file.refused(f"{key!r}: expected nothing but [[{TABLE}]]", key)
        tables = file.tables.get(TABLE, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise file.refused(f"{TABLE}: expected tables [[{TABLE}]]", TABLE)
        return ThreatLevels(tuple(_read(file, n, table) for n, table in enumerate(tables, 1)))

    def at(self, at_ns: int) -> Level:
        """The level at a time, in ns since 1970."""
        held = (one.level for one in reversed(self.all) if one.holds(at_ns))
        return next(held, "normal")


def entry(one: ThreatLevel) -> str:
    """A level as it is written in the file."""
    lines = [f"[[{TABLE}]]", f'level = "{one.level}"', f"from = {_stamp(one.start)}"]
    if one.until:
        lines.append(f"until = {_stamp(one.until)}")
    lines += [
        f"{name} = {json.dumps(getattr(one, name), ensure_ascii=False)}" for name in ("who", "why")
    ]
    return "\n".join(lines) + "\n"


def moment(value: object) -> datetime:
    """A time; a day means its first moment, what names no zone is UTC. Raises ValueError."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    raise ValueError("expected a time such as 2026-12-31T18:00:00Z")


def level_of(text: object) -> Level:
    """The level of that name. Raises ValueError."""
    for level in LEVELS:
        if text == level:
            return level
    raise ValueError(f"{text!r}: no threat level{nearest(str(text), LEVELS)}; {', '.join(LEVELS)}")


def _read(file: TomlFile, number: int, table: dict[str, Any]) -> ThreatLevel:
    def refused(reason: str, key: str) -> Exception:
        return file.refused(reason, key, heading=f"[[{TABLE}]]", number=number)

    for key in table:
        if key not in KEYS:
            raise refused(f"[[{TABLE}]] has no {key!r}{nearest(key, KEYS)}", key)
    for key in ("level", "from", "why"):
        if key not in table:
            raise refused(f"[[{TABLE}]] lacks {key!r}", key)
    for key in ("who", "why"):
        text = table.get(key, "somebody")
        if not isinstance(text, str) or not text.isprintable() or len(text) > MOST_CHARACTERS:
            raise refused(f"{key} {text!r}: expected a text in one line", key)
    times = {}
    for key in ("from", "until"):
        if key in table:
            try:
                times[key] = moment(table[key])
            except ValueError:
                raise refused(f"{key} {table[key]!r}: expected a time", key) from None
    try:
        level = level_of(table["level"])
    except ValueError as error:
        raise refused(f"level {error}", "level") from None
    who = table.get("who", "somebody")
    return ThreatLevel(level, times["from"], table["why"], who, times.get("until"))


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
