"""What sources write down before names become pseudonyms, unreadable without the key of these.

AES-256 in GCM under a key made of the pseudonyms' own, a nonce drawn anew each time: who has that
key can read what waits on the disk, as he can reveal every name, and nobody else can.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class SealError(ValueError):
    """What was sealed with another key, or was changed since."""


class Seal:
    """Closes and opens contents."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes."""
        self._cipher = AESGCM(key)

    def closed(self, content: bytes) -> bytes:
        """The content, sealed."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def opened(self, sealed: bytes) -> bytes:
        """The content again. Raises `SealError`."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise SealError("sealed with another key, or changed since") from error
