"""The door of every channel, and the ways in which a service may not take a message."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from lynceus.notify.notice import Notice, Reference, Said
from lynceus.secret import FOLDER, Secret, SecretError


def _there(path: Path, info: ValidationInfo) -> Path:
    found = Path((info.context or {}).get(FOLDER, ".")) / path
    if not found.is_file():
        raise ValueError("there is no such file")
    return found


def _beside(path: Path, info: ValidationInfo) -> Path:
    return Path((info.context or {}).get(FOLDER, ".")) / path


PemFile = Annotated[Path, AfterValidator(_there)]
"""A file of certificates that is there, looked for beside the configuration."""
OutFile = Annotated[Path, AfterValidator(_beside)]
"""A file to write, beside the configuration."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class ChannelError(Exception):
    """A message that was not taken; the text says why and holds no secret."""


class Unavailable(ChannelError):  # noqa: N818 - the service is, not the program
    """Not now: time-out, lost connection, 5xx, 429. Sent again later."""

    def __init__(self, reason: str, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.after_s = after_s
        """How long the service wants to be left alone, in seconds; None: it did not say."""


class Locked(ChannelError):  # noqa: N818
    """Not with these settings: a wrong token, an expired certificate, no such room. Nothing will
    be taken before a person mends it, so the channel rests and is tried again later."""


class Refused(ChannelError):  # noqa: N818
    """Not this message: the service took it for wrong. Sending it again would change nothing."""


class Channel(BaseModel, ABC):
    """Where alerts go. One class a service; its fields are its table in the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    for_people: ClassVar[bool] = True
    """Whether people read it: only the important updates, and no floods."""

    name: str
    most: int = Field(default=10, ge=0, le=100_000, strict=True)
    """Most messages in `within_min`; what is more is told in one of them. 0: no limit."""
    within_min: int = Field(default=10, ge=1, le=24 * 60, strict=True)

    @field_validator("name")
    @classmethod
    def _is_a_plain_word(cls, value: str) -> str:
        if not NAME.fullmatch(value):
            raise ValueError("expected 1 to 64 small letters, digits, - and _")
        return value

    @abstractmethod
    def send(self, notice: Notice) -> Said:
        """Tells what is new. Raises `ChannelError`."""

    def update(self, notice: Notice, before: Reference) -> Said:
        """Tells that an incident grew, where it was told before. Raises `ChannelError`."""
        return self.send(notice)

    def acknowledge(self, notice: Notice, before: Reference) -> Said:
        """Tells that somebody looks at it. Raises `ChannelError`."""
        return self.send(notice)

    def resolve(self, notice: Notice, before: Reference) -> Said:
        """Tells that it is over. Raises `ChannelError`."""
        return self.send(notice)

    def test(self, notice: Notice) -> Said:
        """Tells nothing but that the channel works. Raises `ChannelError`."""
        return self.send(notice)

    def tell(self, notice: Notice, before: Reference) -> Said:
        """Tells it in the way that its kind asks for. Raises `ChannelError`."""
        if notice.kind == "test":
            return self.test(notice)
        if notice.kind == "acknowledge":
            return self.acknowledge(notice, before)
        if notice.kind == "resolve":
            return self.resolve(notice, before)
        if notice.kind in ("update", "escalate") and before:
            return self.update(notice, before)
        return self.send(notice)

    def revealed(self, secret: Secret) -> str:
        """A secret of the channel's. Raises `Locked` where it is not there."""
        try:
            return secret.reveal()
        except SecretError as error:
            raise Locked(str(error)) from None

    def secrets(self) -> Iterator[Secret]:
        """Every secret among its fields."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for one in value.values() if isinstance(value, dict) else (value,):
                if isinstance(one, Secret):
                    yield one
