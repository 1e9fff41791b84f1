"""What a listener proves itself with, and what it asks of its peers: TLS and a token."""

from __future__ import annotations

import hashlib
import hmac
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.listening import Address

PEERS = "certificates of its peers (tls_client_ca)"
"""What proves peers where their protocol knows no token."""


def tls_context(source: str, cert: str, key: str, client_ca: str) -> ssl.SSLContext | None:
    """TLS 1.2 or later with this certificate; None where none is named.

    Peers must show a certificate of `client_ca`, where that is named. Raises `FeedError`.
    """
    if not certified(source, cert, key, client_ca):
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    at = cert
    try:
        context.load_cert_chain(cert, key or None, password="")
        if client_ca:
            at = client_ca
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise FeedError(f"{source}: TLS: {at}: {reason}") from None
    return context


def certified(source: str, cert: str, key: str, client_ca: str) -> bool:
    """Whether TLS is spoken. Raises `FeedError` where half of what it needs is named."""
    if not cert and (key or client_ca):
        raise FeedError(f"{source}: tls_key and tls_client_ca need tls_cert")
    return bool(cert)


def demand(source: str, listen: Sequence[Address], *, tls: bool, proof: bool, what: str) -> None:
    """Whoever can be reached by others needs TLS and `what` proves them. Raises `FeedError`."""
    open_to_all = [str(address) for address in listen if not address.loopback]
    if open_to_all and not tls:
        raise FeedError(f"{source}: listen {open_to_all[0]}: needs TLS (tls_cert, tls_key)")
    if open_to_all and not proof:
        raise FeedError(f"{source}: listen {open_to_all[0]}: needs {what}")


@dataclass(frozen=True, repr=False)
class Token:
    """A secret that peers must know; only its digest is kept."""

    _digest: bytes

    @staticmethod
    def of(source: str, env: str, file: str) -> Token | None:
        """The token of an environment variable or of a file's first line. Raises `FeedError`."""
        if not env and not file:
            return None
        where = f"${env}" if env else file
        try:
            text = os.environ[env] if env else Path(file).read_text(encoding="utf-8")
        except (KeyError, OSError, UnicodeDecodeError):
            raise FeedError(f"{source}: token: {where} cannot be read") from None
        lines = text.split("\n")
        token = lines[0].strip()
        if len(token) < 16:
            raise FeedError(f"{source}: token: {where}: shorter than 16 characters")
        return Token(hashlib.sha256(token.encode()).digest())

    def known(self, told: bytes) -> bool:
        """Whether this is the token; takes equally long whatever is told."""
        return hmac.compare_digest(hashlib.sha256(told).digest(), self._digest)
