"""Secrets by reference: a variable of the environment or a file says what must not stand in a text.

A secret is read when it is used, so that one that was changed counts at once, and shows itself
nowhere: not in `repr`, not in an error, not in what is written down.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

HIDDEN = "***"
MOST_BYTES = 64 * 1024
"""A larger file is no secret."""
FOLDER = "folder"
"""The key of the validation context that says where files are looked for."""


class SecretError(ValueError):
    """A secret that is not there; the text says where it was looked for."""


class Secret(BaseModel):
    """Where a secret is: `{ env = "NAME" }` or `{ file = "name" }`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_a_table(cls, value: object) -> object:
        if isinstance(value, str):
            raise ValueError(
                'a secret does not stand here: expected { env = "NAME" } or { file = "name" }'
            )
        return value

    @field_validator("file")
    @classmethod
    def _beside_the_configuration(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get(FOLDER)
        return folder / value if value is not None and folder is not None else value

    @model_validator(mode="after")
    def _in_one_place(self) -> Secret:
        if bool(self.env) == bool(self.file):
            raise ValueError('expected either { env = "NAME" } or { file = "name" }')
        return self

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return f"environment variable {self.env}" if self.env else f"file {self.file}"

    def reveal(self) -> str:
        """The secret, without blanks at its ends. Raises `SecretError` where there is none."""
        if self.env:
            found = os.environ.get(self.env, "")
        else:
            assert self.file is not None  # noqa: S101 - one of the two is always there
            found = _read(self.file)
        if not found.strip():
            raise SecretError(f"{self.place}: holds no secret")
        if not found.strip().isprintable():
            raise SecretError(f"{self.place}: expected one line of printable characters")
        return found.strip()


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise SecretError(f"file {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretError(f"file {path}: is no text in UTF-8") from None


def without_secrets(text: str, secrets: Iterable[Secret]) -> str:
    """The text with every secret in it replaced."""
    for secret in secrets:
        try:
            text = text.replace(secret.reveal(), HIDDEN)
        except SecretError:
            continue
    return text
