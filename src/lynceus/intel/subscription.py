"""What a person wants of a feed: where it is, how often, and with which secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lynceus.secret import Secret

_UNITS_S = {"m": 60, "h": 3_600, "d": 86_400}


def seconds(every: str) -> int:
    """Seconds of `15m`, `6h`, `1d`. Raises ValueError on anything else."""
    match = re.fullmatch(r"(\d{1,4})([mhd])", every)
    if not match or not int(match[1]):
        raise ValueError("expected a number and m, h or d, as in 6h")
    return int(match[1]) * _UNITS_S[match[2]]


def _is_span(every: str) -> str:
    seconds(every)
    return every


def _is_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise ValueError("expected small letters, digits, - and _, at most 64")
    return name


class Subscription(BaseModel):
    """One feed, as `feeds.toml` has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, AfterValidator(_is_name)]
    """What it is called: the source of its indicators."""
    format: str
    """Which feed it is: a name of `lynceus intel formats`."""
    url: str = Field(min_length=1, repr=False)
    """Where it is: an address of HTTP, or a file."""
    every: Annotated[str, AfterValidator(_is_span)] = "1d"
    """How often it is asked."""
    confidence: float | None = Field(None, ge=0, le=1)
    """Of its entries that tell none, 0..1."""
    lifetime_days: float | None = Field(None, gt=0, le=36_500)
    """Days after which an entry that it does not say again has run out, where it tells none."""
    collection: str | None = None
    """What of it: a TAXII collection (id or title), a table of a CMDB, a base in a directory."""
    key: Secret | None = None
    """A token, an API key or a password."""
    user: str | None = None
    """The name that goes with the password, or the access id."""
    proxy: str | None = None
    ca: Path | None = None
    """Certificates of authorities to trust instead of the usual ones, in PEM."""
    timeout_s: float = Field(30.0, gt=0, le=600)

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What must not be told."""
        return (self.key,) if self.key else ()
