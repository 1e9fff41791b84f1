"""Values as a TOML file has them."""

from __future__ import annotations

import json
from collections.abc import Mapping


def toml(value: object) -> str:
    """A value as TOML has it: texts, numbers, truths, lists and tables in a line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(v)}" for key, v in value.items()) + " }"
    if isinstance(value, frozenset):
        return toml(sorted(value))
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)
