"""The table `[rewrite]` of the configuration: a language model that may rephrase. Off by default.

[rewrite]
url = "http://127.0.0.1:11434/v1"     # an address that speaks as OpenAI's chat completions do
model = "llama3.1"
key = { env = "REWRITE_KEY" }         # where it asks for one
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lynceus.own.toml_file import TomlFile, nearest
from lynceus.records import Severity
from lynceus.secret import FOLDER, Secret

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class RewriteSettings(BaseModel):
    """Who is asked, for what, and what may leave."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    """The address before `/chat/completions`."""
    model: str = Field(min_length=1, max_length=200)
    key: Secret | None = None
    ca: Path | None = None
    """Authorities that are trusted instead of the machine's."""
    mask: bool = True
    """Addresses and names leave as placeholders, and come back as they were."""
    severity: Severity = "medium"
    """Incidents from this one on are rewritten."""
    most: int = Field(default=20, ge=1, le=10_000, strict=True)
    """So many of an analysis, the most urgent first."""
    timeout_s: float = Field(default=60.0, gt=0, le=3_600)
    """For one incident."""
    wait_s: float = Field(default=5.0, ge=0, le=30)
    """So long an alert of a run waits for it; then the original goes out."""

    @field_validator("url")
    @classmethod
    def _is_one(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError("expected an address such as https://host/v1")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("beyond this machine it has to be https")
        return value.rstrip("/")


def rewrite_settings(file: TomlFile, given: Any) -> RewriteSettings | None:
    """What the table says, None without one. Raises `lynceus.own.OwnFileError`."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise file.refused(f"rewrite {given!r}: expected a table [rewrite]", "rewrite")
    try:
        told = RewriteSettings.model_validate(given, context={FOLDER: file.path.parent})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0]) if first["loc"] else ""
        reason = str(first["msg"]).removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            reason = f"no such key{nearest(key, RewriteSettings.model_fields)}"
        raise file.refused(f"[rewrite] {key}: {reason}", key, heading="[rewrite") from None
    return told.model_copy(update={"ca": file.path.parent / told.ca}) if told.ca else told
