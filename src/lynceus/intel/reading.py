"""Reads JSON whose types nobody promised: what is not as expected is nothing, never an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lynceus.enrich.indicator import Entry
from lynceus.intel.web import Web

Object = dict[str, Any]


def document(web: Web, text: str) -> Any:
    """The value of a JSON text. Raises `FeedError` naming line and column."""
    try:
        return json.loads(text)
    except RecursionError:
        raise web.error("line 1: nested too deeply, expected JSON of this format") from None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        reason = getattr(error, "msg", "not readable")
        raise web.error(f"line {line}: is no JSON: {reason}") from None


def objects(value: Any) -> Iterator[tuple[int, Object | None]]:
    """The objects of a list, numbered from 1; None in the place of what is none."""
    for number, one in enumerate(value if isinstance(value, list) else [], start=1):
        yield number, one if isinstance(one, dict) else None


def words(value: Any) -> tuple[str, ...]:
    """The texts of a list, or of one text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    return (
        tuple(v.strip() for v in value if isinstance(v, str) and v.strip())
        if isinstance(value, list)
        else ()
    )


def told(value: Any) -> str | None:
    """A text, or a number as text; None for anything else and for nothing."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None


def malformed(number: int, value: Any) -> Entry:
    """An entry in the place of what is none, to be refused with its number."""
    return Entry(number, json.dumps(value, default=str)[:80], kind="malformed")
