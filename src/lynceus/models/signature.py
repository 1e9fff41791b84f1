"""Who stands for a model: Ed25519 signatures over its manifest.

A private key is 32 bytes in hexadecimal in a file of its own, readable by its owner alone; a
public key is one line `<64 hex digits> <name>`. The public keys in `trusted.keys` ship with the
package; a user adds his own in the same form.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE_BYTES = 64


class SigningKeyError(ValueError):
    """A key that cannot be used; the text names the file and line."""


def new_key(path: Path) -> str:
    """Makes a private key in a new file and gives its public half in hexadecimal.

    Raises SigningKeyError where the file is there already or cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key.private_bytes_raw().hex() + "\n")
    except OSError as error:
        raise SigningKeyError(f"{path}: cannot be made: {error.strerror}") from None
    return key.public_key().public_bytes_raw().hex()


def private_key(path: Path) -> Ed25519PrivateKey:
    """The private key of a file. Raises SigningKeyError."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SigningKeyError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        text = ""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise SigningKeyError(f"{path}: is no private key; expected 64 hexadecimal digits")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))


def public_half(key: Ed25519PrivateKey) -> str:
    """The public key that belongs to a private one, in hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def public_keys(path: Path) -> dict[str, str]:
    """Public keys of a file: key in hexadecimal to the name beside it. Raises SigningKeyError."""
    try:
        return _keys(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise SigningKeyError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SigningKeyError(f"{path}: is no text in UTF-8") from None


def shipped_keys() -> dict[str, str]:
    """The public keys that ship with the package."""
    text = resources.files("lynceus.models").joinpath("trusted.keys").read_text(encoding="utf-8")
    return _keys(text, "trusted.keys")


def _keys(text: str, where: str) -> dict[str, str]:
    keys = {}
    for number, line in enumerate(text.splitlines(), 1):
        told = line.split("#", 1)[0].split(maxsplit=1)
        if not told:
            continue
        if not re.fullmatch(r"[0-9a-f]{64}", told[0]):
            raise SigningKeyError(f"{where}:{number}: expected 64 hexadecimal digits and a name")
        keys[told[0]] = told[1].strip() if len(told) > 1 else told[0][:8]
    return keys


def signed(message: bytes, key: Ed25519PrivateKey) -> bytes:
    """The signature of a message, 64 bytes."""
    return key.sign(message)


def signer(message: bytes, signature: bytes, trusted: Iterable[str]) -> str | None:
    """The trusted key whose signature this is, in hexadecimal; None where it is nobody's."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key in trusted:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, message)
        except InvalidSignature:
            continue
        return key
    return None
