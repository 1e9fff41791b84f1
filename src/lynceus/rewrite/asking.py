"""One question to a language model behind an address that speaks as OpenAI's does."""

from __future__ import annotations

import json
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

from lynceus.rewrite.settings import RewriteSettings
from lynceus.secret import SecretError, without_secrets
from lynceus.shown import shown

MOST_BYTES = 512 * 1024
"""Of an answer, so much is read."""
TOLD = 120


class AskingError(Exception):
    """There is no answer that can be used; the text says why, for people."""


def answer(settings: RewriteSettings, messages: list[dict[str, str]]) -> str:
    """What the model says to a conversation. Raises `AskingError`."""
    import httpx

    host = urlsplit(settings.url).hostname
    try:
        headers = {"Authorization": f"Bearer {settings.key.reveal()}"} if settings.key else {}
        trusted = ssl.create_default_context(cafile=str(settings.ca)) if settings.ca else True
    except (SecretError, OSError, ssl.SSLError) as error:
        raise AskingError(f"{host}: cannot be asked: {error}") from None
    question = {"model": settings.model, "messages": messages, "temperature": 0, "stream": False}
    until = time.monotonic() + settings.timeout_s
    try:
        with (
            httpx.Client(verify=trusted, timeout=settings.timeout_s, trust_env=False) as client,
            client.stream(
                "POST", f"{settings.url}/chat/completions", json=question, headers=headers
            ) as response,
        ):
            body = b""
            for part in response.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise AskingError(f"{host}: its answer is too long")
                if time.monotonic() > until:
                    raise AskingError(f"{host}: no answer within {settings.timeout_s:g} s")
            status = response.status_code
    except httpx.TimeoutException:
        raise AskingError(f"{host}: no answer within {settings.timeout_s:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AskingError(
            f"{host}: {_said(settings, str(error) or type(error).__name__)}"
        ) from None
    if status != httpx.codes.OK:
        text = _said(settings, body.decode("utf-8", "replace"))
        raise AskingError(f"{host}: answered {status} {text}".rstrip())
    return _content(body, host)


def _content(body: bytes, host: str | None) -> str:
    try:
        found: Any = json.loads(body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise AskingError(f"{host}: its answer is no chat completion") from None
    if not isinstance(found, str):
        raise AskingError(f"{host}: its answer holds no text")
    return found


def _said(settings: RewriteSettings, text: str) -> str:
    return shown(without_secrets(text, [settings.key] if settings.key else [])[:TOLD])
