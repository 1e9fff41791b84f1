"""A table of a TOML file checked against the dataclass whose fields are its keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from lynceus.own.toml_file import TomlFile, nearest


def table_of(kind: type, /, **more: Any) -> type[BaseModel]:
    """The fields of a dataclass as a table: numbers are finite and no less than 0; what has no
    default must be there."""
    parts: dict[str, Any] = {}
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        for one in fields(kind):
            number = hints[one.name] in (int, float)
            needed = one.default is MISSING and one.default_factory is MISSING
            default = ... if needed else None
            value: Any = default
            if number:
                value = Field(default=default, ge=0, allow_inf_nan=False, strict=True)
            parts[one.name] = (hints[one.name], value)
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **parts, **more)


def checked(
    file: TomlFile, model: type[BaseModel], table: object, heading: str, number: int = 1
) -> dict[str, Any]:
    """The values of a table that were set. Complains about the first that cannot be.

    `heading` is how the table begins in the file, without the last brackets; of several such
    tables it is the nth. Raises `lynceus.own.OwnFileError`.
    """
    close = "]]" if heading.startswith("[[") else "]"
    if not isinstance(table, dict):
        name = heading.strip("[").rpartition(".")[2]
        raise file.refused(f"{name} {table!r}: expected a table {heading}{close}", name)
    try:
        return model.model_validate(table).model_dump(exclude_unset=True)
    except ValidationError as error:
        # A key that is lacking is often there under a wrong name.
        errors = error.errors(include_url=False)
        first = min(errors, key=lambda one: one["type"] != "extra_forbidden")
        key = str(first["loc"][0]) if first["loc"] else ""
        if first["type"] == "extra_forbidden":
            reason = f"{heading}{close} has no {key!r}{nearest(key, model.model_fields)}"
        elif first["type"] == "missing":
            reason = f"{heading}{close} lacks {key!r}"
        else:
            reason = f"{heading}{close} {key} {first['input']!r}: {_expected(first)}"
        raise file.refused(reason, key, heading=heading, number=number) from None


def _expected(error: Mapping[str, Any]) -> str:
    return str(error["msg"]).replace("Input should be", "expected")
