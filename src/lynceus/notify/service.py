"""HTTP services as channels ask them: bounded in time and size, errors sorted by what helps."""

from __future__ import annotations

import email.utils
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from lynceus.notify.channel import (
    Channel,
    ChannelError,
    Locked,
    PemFile,
    Refused,
    Unavailable,
)
from lynceus.secret import Secret, SecretError, without_secrets
from lynceus.shown import shown

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 256 * 1024
"""Of an answer, so much is read."""
TOLD = 200
"""Most characters of an answer that are kept."""
LOCKED = {401, 402, 403, 407, 421}
"""Statuses that speak of the settings, not of the message."""
AGAIN = {408, 409, 423, 425, 429}
"""Statuses below 500 of what may pass by itself."""


@dataclass(frozen=True)
class Answer:
    """What a service answered."""

    status: int
    text: str

    @cached_property
    def json(self) -> Any:
        """The answer as JSON; None where it is none."""
        import json

        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def field(self, name: str) -> str:
        """A text or number of the answer's object; empty where there is none."""
        value = self.json.get(name) if isinstance(self.json, dict) else None
        return str(value) if isinstance(value, str | int) else ""

    @property
    def told(self) -> str:
        """Status and the begin of the answer in one line."""
        return f"{self.status} {shown(' '.join(self.text.split()))[:TOLD]}".strip()


class HttpChannel(Channel):
    """A channel that speaks HTTP."""

    url: str | Secret
    """Where the service is; a secret where knowing the address is enough to write."""
    timeout_s: float = Field(default=10.0, gt=0, le=60, allow_inf_nan=False)
    """For connecting, writing and each wait for bytes; three times as long for all together."""
    ca: PemFile | None = None
    """Certificates of authorities to trust instead of the usual ones, in PEM."""
    proxy: str | None = None

    @field_validator("url", "proxy", mode="after")
    @classmethod
    def _is_an_address(cls, value: str | Secret | None) -> str | Secret | None:
        if isinstance(value, str):
            _checked(value)
        return value

    def headers(self) -> Mapping[str, str]:
        """What every request carries; this is where tokens are revealed."""
        return {}

    def ask(  # noqa: PLR0913 - the parts of a request
        self,
        method: str,
        path: str = "",
        *,
        body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        fine: frozenset[int] | set[int] = frozenset(),
    ) -> Answer:
        """Asks the service at `path` below its address.

        Statuses outside 200 to 299 are errors unless they are `fine`. Raises `ChannelError`.
        """
        try:
            address = self.url.reveal() if isinstance(self.url, Secret) else self.url
            _checked(address)
            carried = {**self.headers(), **(headers or {})}
        except SecretError as error:
            raise Locked(str(error)) from None
        except ValueError:
            raise Locked(f"{self.name}: its address is none of HTTP") from None
        if path.startswith(("http://", "https://")):
            address = path
        elif path:
            address = f"{address.rstrip('/')}/{path.lstrip('/')}"
        try:
            answer = self._asked(
                method, address, json=body, content=content, headers=carried, params=params,
                data=form,
            )  # fmt: skip
        except ChannelError as error:
            error.args = (without_secrets(str(error), self.secrets()),)
            raise
        return self._sorted(answer, fine)

    def _asked(self, method: str, address: str, **what: Any) -> tuple[Answer, Mapping[str, str]]:
        import httpx

        host = urlsplit(address).hostname or ""
        until = time.monotonic() + 3 * self.timeout_s
        given = {name: value for name, value in what.items() if value is not None}
        try:
            with self._client.stream(method, address, **given) as response:
                body = b""
                for part in response.iter_bytes():  # as they come: one that drips shows
                    body += part
                    if len(body) >= MOST_BYTES:
                        break
                    if time.monotonic() > until:
                        raise Unavailable(f"{host}: too slow: {len(body):,} bytes came in time")
                text = body[:MOST_BYTES].decode("utf-8", "replace")
                return Answer(response.status_code, text), response.headers
        except httpx.ConnectError as error:
            if "certificate" in str(error).lower():
                raise Locked(f"{host}: its certificate cannot be trusted: {_why(error)}") from None
            raise Unavailable(f"{host}: no connection: {_why(error)}") from None
        except httpx.TimeoutException:
            raise Unavailable(f"{host}: no answer within {self.timeout_s:g} s") from None
        except httpx.TransportError as error:
            raise Unavailable(f"{host}: the connection was lost: {_why(error)}") from None
        except (httpx.InvalidURL, httpx.HTTPError, ValueError, OSError) as error:
            raise Locked(f"{host}: cannot be asked: {_why(error)}") from None

    def _sorted(
        self, came: tuple[Answer, Mapping[str, str]], fine: frozenset[int] | set[int]
    ) -> Answer:
        raw, headers = came
        answer = Answer(raw.status, without_secrets(raw.text, self.secrets()))
        status = answer.status
        if 200 <= status < 300 or status in fine:
            return answer
        if status in LOCKED:
            raise Locked(answer.told)
        if status >= 500 or status in AGAIN:
            raise Unavailable(answer.told, _wanted_rest(headers))
        if 300 <= status < 400:
            raise Locked(f"{status}: it sends elsewhere; expected its final address")
        raise Refused(answer.told)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses
        ca = str(self.ca) if self.ca else None
        verify = ssl.create_default_context(cafile=ca) if ca else _usual_authorities()
        return httpx.Client(
            timeout=self.timeout_s, verify=verify, proxy=self.proxy, trust_env=False,
            follow_redirects=False, headers={"User-Agent": "Lynceus"},
        )  # fmt: skip


@cache
def _usual_authorities() -> ssl.SSLContext:
    """What the machine trusts; read once, for it takes longer than a message."""
    return ssl.create_default_context()


def _checked(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not address.isprintable():
        raise ValueError("expected an address such as https://host/path")
    if parts.username or parts.password:
        raise ValueError("a user or password does not stand in an address")


def _why(error: Exception) -> str:
    return shown(str(error).splitlines()[0])[:TOLD] if str(error) else type(error).__name__


def _wanted_rest(headers: Mapping[str, str]) -> float | None:
    """Seconds of `Retry-After`; a date counts from the answer's own `Date`."""
    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told[:9])
    try:
        until = email.utils.parsedate_to_datetime(told)
        since = email.utils.parsedate_to_datetime(headers.get("date", ""))
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError):
        return None
