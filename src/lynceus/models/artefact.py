"""A trained model as it lies on disk: `NAME-VERSION/` with manifest, payload and signature.

Whatever is wrong with one (truncated, of another specification, unsigned, tampered with) is told by
`ModelRefused` and nothing of it is used.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from lynceus.models import signature as signatures
from lynceus.models.manifest import Manifest
from lynceus.models.specification import SpecificationError, hash_of

MANIFEST, SIGNATURE = "manifest.json", "signature"
MOST_BYTES = 256 * 1024 * 1024
"""A payload file beyond this is no model of ours."""


class ModelRefused(ValueError):  # noqa: N818 - says what happened to the model
    """A model that is not served; the text names the file and the reason."""


@dataclass(frozen=True)
class Artefact:
    """A manifest and the payload it speaks of."""

    manifest: Manifest
    payload: Mapping[str, bytes] = field(repr=False)
    """File name to content: `trees.parquet`, `net.onnx`, `weights.npz`, ..."""
    signed_by: str | None = None
    """The trusted public key (hexadecimal) whose signature it bears."""

    @staticmethod
    def of(manifest: Manifest, payload: Mapping[str, bytes]) -> Artefact:
        """A new artefact; the manifest gets the hashes of its files."""
        hashes = {name: _sha256(content) for name, content in sorted(payload.items())}
        told = manifest.model_dump() | {"files": hashes}
        return Artefact(Manifest.model_validate(told), dict(payload))

    def write(self, parent: Path, key: Path | None = None) -> Path:
        """Writes it to `parent/NAME-VERSION`, signed where a private key is named.

        Gives the folder. Raises FileExistsError where this version is there already,
        SigningKeyError on a bad key.
        """
        folder = parent / self.manifest.label
        if folder.exists():
            raise FileExistsError(f"{folder}: there is such a version already")
        signer = signatures.private_key(key) if key else None
        new = parent / f".{self.manifest.label}.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        for name, content in self.payload.items():
            (new / name).write_bytes(content)
        text = self.manifest.bytes()
        (new / MANIFEST).write_bytes(text)
        if signer:
            (new / SIGNATURE).write_text(signatures.signed(text, signer).hex() + "\n")
        new.rename(folder)
        return folder


def sign(folder: Path, key: Path) -> str:
    """Signs the artefact of a folder anew; gives the public key in hexadecimal.

    Raises ModelRefused where it is damaged, SigningKeyError on a bad key.
    """
    signer = signatures.private_key(key)
    opened(folder, None)
    text = (folder / MANIFEST).read_bytes()
    (folder / SIGNATURE).write_text(signatures.signed(text, signer).hex() + "\n")
    return signatures.public_half(signer)


def opened(folder: Path, trusted: Collection[str] | None) -> Artefact:
    """The artefact of a folder, after every check.

    `trusted` are public keys in hexadecimal, of which one must have signed; None takes an unsigned
    one too (to look at, to sign; never to serve). Raises ModelRefused.
    """
    text = _read(folder / MANIFEST)
    signed_by = None if trusted is None else _signer(folder, text, trusted)
    manifest = _manifest(folder, text)
    if folder.name != manifest.label:
        raise ModelRefused(f"{folder}: the manifest speaks of {manifest.label}")
    payload = {name: _read(folder / name) for name in manifest.files}
    for name, content in payload.items():
        if _sha256(content) != manifest.files[name]:
            raise ModelRefused(f"{folder / name}: is not the file that the manifest speaks of")
    _check_specification(folder, manifest)
    return Artefact(manifest, payload, signed_by)


def _manifest(folder: Path, text: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        field_name = ".".join(map(str, first["loc"])) or "the manifest"
        raise ModelRefused(f"{folder / MANIFEST}: {field_name}: {first['msg']}") from None


def _signer(folder: Path, text: bytes, trusted: Collection[str]) -> str:
    path = folder / SIGNATURE
    if not path.exists():
        raise ModelRefused(f"{folder}: is not signed")
    try:
        told = bytes.fromhex(_read(path).decode("ascii").strip())
    except ValueError:
        told = b""
    if len(told) != signatures.SIGNATURE_BYTES:
        raise ModelRefused(f"{path}: is no signature; expected 128 hexadecimal digits")
    key = signatures.signer(text, told, trusted)
    if key is None:
        raise ModelRefused(f"{folder}: no trusted key has signed this manifest")
    return key


def _check_specification(folder: Path, manifest: Manifest) -> None:
    try:
        ours = hash_of(manifest.tier, manifest.inputs)
    except SpecificationError as error:
        raise ModelRefused(f"{folder}: {error}") from None
    if ours != manifest.spec_hash:
        raise ModelRefused(
            f"{folder}: was made on another feature specification "
            f"({manifest.spec_hash[:12]}; this version has {ours[:12]})"
        )


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelRefused(f"{path}: is larger than {MOST_BYTES // 2**20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
