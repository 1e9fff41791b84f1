"""How a Kafka cluster is reached: addresses, TLS, the secret from a file or the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from lynceus.ingest.feeds.feed import FeedError

MESSAGE_BYTES = 8 << 20
"""Longest message that is taken."""


class Access(Protocol):
    """The options by which a cluster is reached."""

    @property
    def brokers(self) -> str:
        """`host:port`, several with commas between."""
        ...

    @property
    def tls(self) -> bool:
        """Whether the connection is TLS."""
        ...

    @property
    def ca_file(self) -> str:
        """The certificates that are trusted, where not those of the system."""
        ...

    @property
    def username(self) -> str:
        """The name to log in with (SASL SCRAM-SHA-512); empty: none."""
        ...

    @property
    def password_file(self) -> str:
        """The file that holds the password."""
        ...

    @property
    def password_env(self) -> str:
        """The environment variable that holds the password."""
        ...


def library() -> Any:
    """confluent-kafka. Raises `FeedError` where the extra is not installed."""
    try:
        import confluent_kafka
    except ImportError:
        raise FeedError("Kafka needs the extra `kafka`: pip install 'lynceus[kafka]'") from None
    return confluent_kafka


def guarded(access: Access) -> None:
    """Raises `FeedError` where no broker is named, or a password would go without TLS."""
    if not access.brokers:
        raise FeedError("no brokers named: expected host:port")
    if access.username and not access.tls:
        raise FeedError("a password is sent over TLS alone: tls = true")


def reached_by(access: Access, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The settings of librdkafka for these options. Raises `FeedError`."""
    guarded(access)
    settings: dict[str, Any] = {
        "bootstrap.servers": access.brokers,
        "message.max.bytes": MESSAGE_BYTES,
        "security.protocol": ("SASL_" if access.username else "")
        + ("SSL" if access.tls else "PLAINTEXT"),
    }
    if access.ca_file:
        settings["ssl.ca.location"] = access.ca_file
    if access.username:
        settings["sasl.mechanism"] = "SCRAM-SHA-512"
        settings["sasl.username"] = access.username
        settings["sasl.password"] = _secret(access, environment)
    return settings


def _secret(access: Access, environment: Mapping[str, str]) -> str:
    if access.password_file:
        try:
            return Path(access.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise FeedError(f"password_file {access.password_file}: cannot be read") from None
    secret = environment.get(access.password_env, "") if access.password_env else ""
    if not secret:
        raise FeedError("no password: password_file or password_env must name one")
    return secret


def complaining(say: Callable[[str], None], name: str) -> dict[str, Any]:
    """Settings by which the library's errors become lines of the log, each once in a row."""
    said: list[str] = []

    def error(told: Any) -> None:
        line = f"{name}: {told.str()}"
        if said[-1:] != [line]:
            said[:] = [line]
            say(line)

    return {"error_cb": error, "logger": _silent()}


def _silent() -> Any:
    """The library's own lines go nowhere: what matters of them comes as errors."""
    import logging

    logger = logging.getLogger("lynceus.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
