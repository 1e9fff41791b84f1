"""The words in which doubles of services say what they take, and what all of them are.

Each double checks method, path, headers and body of every request; what its specification does not
name is refused. The page that says so stands beside each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jsonschema import Draft202012Validator, FormatChecker

from notify.doubles import Reply, Request

TOKEN = "s3cret-token-of-the-channel"  # noqa: S105 - of no service
SECRET = {"env": "CHANNEL_TOKEN"}
STAMP = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"

Schema = dict[str, Any]


def text(most: int | None = None, pattern: str | None = None, least: int = 0) -> Schema:
    """A string within bounds."""
    schema: Schema = {"type": "string", "minLength": least}
    return (
        schema | ({"maxLength": most} if most else {}) | ({"pattern": pattern} if pattern else {})
    )


def one_of(*values: Any) -> Schema:
    """One of these values."""
    return {"enum": list(values)}


def some(item: Schema, least: int = 0, most: int = 10_000) -> Schema:
    """A list."""
    return {"type": "array", "items": item, "minItems": least, "maxItems": most}


def table(needed: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    """An object of these fields and no others."""
    return {
        "type": "object",
        "properties": {**needed, **(more or {})},
        "required": list(needed),
        "additionalProperties": False,
    }


FREE: Schema = {"type": "object"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}


def check(value: Any, schema: Schema) -> None:
    """Complains where a value does not agree."""
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(value)


def same(found: object, wanted: object, what: str) -> None:
    """Complains where they differ."""
    if found != wanted:
        raise ValueError(f"{what}: {found!r}, expected {wanted!r}")


def bearer(request: Request) -> None:
    """Complains where the token is not the bearer's."""
    same(request.headers.get("authorization"), f"Bearer {TOKEN}", "authorization")


@dataclass
class Service(ABC):
    """A service with a memory, so that what comes twice shows."""

    settings: ClassVar[dict[str, Any]]
    """Of its channel's table, all but name, kind and url."""
    path: ClassVar[str] = ""
    made: dict[str, Any] = field(default_factory=dict)
    """What it holds, by the name under which the service tells things apart."""
    state: dict[str, str] = field(default_factory=dict)
    """What became of each."""

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """Checks a request and answers it."""
