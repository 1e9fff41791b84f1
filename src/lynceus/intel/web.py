"""How feeds are asked: conditionally, patiently, within bounds, and without telling secrets.

A document that is as it was is not fetched again (ETag, Last-Modified; the time of a file). A
service that is busy is asked again after as long as it says, one that is broken after a growing
pause. What comes is bounded, packed and unpacked.
"""

from __future__ import annotations

import base64
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lynceus.enrich.lists import MOST_BYTES, ListError, text_of
from lynceus.intel.subscription import Subscription
from lynceus.secret import SecretError, without_secrets
from lynceus.shown import shown

if TYPE_CHECKING:
    import httpx

TRIES = 3
"""So often a request is made before it has failed."""
PAUSE_S = 1.0
"""The first pause after a failure; each further one is twice as long."""
MOST_PAUSE_S = 60.0
"""A service that wants more patience than this is asked again at another reading."""
MOST_PAGES = 10_000
"""Of a service that gives its indicators in pages."""
AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Statuses that may pass by themselves."""


class FeedError(ValueError):
    """A feed that could not be read; one line that names it, without secrets."""

    def __init__(self, told: str, wait_s: float = 0.0) -> None:
        """`wait_s` is how long its service wants to be left alone."""
        super().__init__(told)
        self.wait_s = wait_s


class Unchanged(Exception):  # noqa: N818 - no error: there is nothing new
    """The document is as it was."""


@dataclass
class Web:
    """Asks for one feed."""

    subscription: Subscription
    validators: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    """By address what its last answer said of its version. Replaced by what the answers say."""
    since_ns: int | None = None
    """When it was last read whole: services that can are asked for what changed since."""
    pause: Callable[[float], None] = time.sleep

    def __enter__(self) -> Web:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if "_client" in self.__dict__:
            self._client.close()

    @property
    def since(self) -> str | None:
        """`since_ns` as services read it: RFC 3339 in UTC with milliseconds."""
        if self.since_ns is None:
            return None
        at = datetime.fromtimestamp(self.since_ns / 1e9, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"

    def basic(self) -> dict[str, str]:
        """The header of a name and password; nothing without a name."""
        if not self.subscription.user:
            return {}
        both = f"{self.subscription.user}:{self.key()}".encode()
        return {"Authorization": f"Basic {base64.b64encode(both).decode()}"}

    def key(self) -> str:
        """The secret of the subscription. Raises `FeedError` where there is none."""
        secret = self.subscription.key
        if secret is None:
            raise self.error("needs a key: set one with --key-env or --key-file")
        try:
            return secret.reveal()
        except SecretError as error:
            raise self.error(str(error)) from None

    def error(self, reason: str, wait_s: float = 0.0) -> FeedError:
        """An error of this feed, with the secrets taken out."""
        told = without_secrets(shown(reason), self.subscription.secrets)
        return FeedError(f"feed {self.subscription.name}: {told}", wait_s)

    def text(self, address: str | None = None, **ask: Any) -> str:
        """A document as text. Raises `FeedError`, `Unchanged`."""
        where = address or self.subscription.url
        try:
            return text_of(self.content(where, **ask), _place(where))
        except ListError as error:
            raise self.error(str(error)) from None

    def content(
        self,
        address: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        conditional: bool = True,
    ) -> bytes:
        """The bytes of a document. Raises `FeedError`, and `Unchanged` where it is as it was."""
        if "://" not in address:
            return self._file(Path(address), conditional)
        for attempt in range(TRIES):
            wait = PAUSE_S * 2**attempt
            last = attempt == TRIES - 1
            try:
                response = self._asked(address, method, headers, params, body, conditional)
            except _Transient as failure:
                wait = failure.wait_s if failure.wait_s is not None else wait
                if last or wait > MOST_PAUSE_S:
                    raise self.error(f"{_place(address)}: {failure}", wait) from None
                self.pause(wait)
            else:
                return response
        raise AssertionError("unreachable")

    def _file(self, path: Path, conditional: bool) -> bytes:
        try:
            about = path.stat()
            version = {"file": f"{about.st_mtime_ns}:{about.st_size}"}
            if conditional and self.validators.get(str(path)) == version:
                raise Unchanged
            if about.st_size > MOST_BYTES:
                raise self.error(f"{path}: more than {MOST_BYTES // 2**20} MiB, expected a list")
            content = path.read_bytes()
        except OSError as error:
            raise self.error(f"{path}: cannot be read: {error.strerror}") from None
        if conditional:
            self.validators[str(path)] = version
        return content

    def _asked(
        self,
        address: str,
        method: str,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        body: Any,
        conditional: bool,
    ) -> bytes:
        import httpx

        known = self.validators.get(address, {}) if conditional else {}
        asked = {
            **{name: known[key] for name, key in _CONDITIONS.items() if key in known},
            **(headers or {}),
        }
        try:
            with self._client.stream(
                method, address, headers=asked, params=params, json=body
            ) as response:
                if response.status_code == 304 and known:
                    raise Unchanged
                if response.status_code in AGAIN:
                    raise _Transient(_status(response), _wanted(response))
                if response.status_code >= 300:
                    raise self.error(f"{_place(address)}: {_status(response)}")
                content = self._bounded(response, address)
                if conditional:
                    names = {key: response.headers.get(key) for key in _CONDITIONS.values()}
                    told = {key: value for key, value in names.items() if value}
                    self.validators[address] = told
                return content
        except httpx.TimeoutException:
            raise _Transient("no answer in time") from None
        except httpx.TooManyRedirects:
            raise self.error(f"{_place(address)}: sends elsewhere without end") from None
        except httpx.DecodingError:
            raise self.error(f"{_place(address)}: the answer cannot be unpacked") from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise self.error(f"{_place(address)}: is no address of HTTP") from None
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            if "certificate" in reason.lower():
                raise self.error(f"{_place(address)}: its certificate cannot be trusted") from None
            raise _Transient(f"no connection: {reason}") from None

    def _bounded(self, response: httpx.Response, address: str) -> bytes:
        parts, size = [], 0
        told = response.headers.get("content-length", "")
        large = told.isdigit() and int(told) > MOST_BYTES
        for part in () if large else response.iter_bytes(1 << 16):
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                large = True
                break
        if large:
            raise self.error(
                f"{_place(address)}: more than {MOST_BYTES // 2**20} MiB, expected a list"
            )
        return b"".join(parts)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log addresses
        ask = self.subscription
        try:
            verify = ssl.create_default_context(cafile=str(ask.ca)) if ask.ca else _usual()
            return httpx.Client(
                timeout=ask.timeout_s,
                proxy=ask.proxy,
                verify=verify,
                follow_redirects=True,
                max_redirects=5,
                headers={"User-Agent": "Lynceus"},
            )
        except (OSError, ssl.SSLError):
            raise self.error(f"{ask.ca}: is no file of certificates") from None
        except (ValueError, httpx.InvalidURL):
            raise self.error("its proxy is no address of HTTP") from None


_CONDITIONS = {"If-None-Match": "etag", "If-Modified-Since": "last-modified"}


@cache
def _usual() -> ssl.SSLContext:
    """The usual authorities, read once."""
    return ssl.create_default_context()


class _Transient(Exception):  # noqa: N818 - it may pass
    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


def _place(address: str) -> str:
    """Host and path: the rest of an address may hold secrets."""
    try:
        parts = urlsplit(address)
        return f"{parts.hostname or ''}{parts.path}"
    except ValueError:
        return "its address"


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def _wanted(response: httpx.Response) -> float | None:
    """Seconds that a service wants to be left alone; None where it does not say."""
    told = response.headers.get("retry-after", "")
    if told.isdigit():
        return float(told)
    try:
        until = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, until.timestamp() - time.time())  # noqa: TID251 - the clock of the service
