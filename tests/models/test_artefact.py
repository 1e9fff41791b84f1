"""Artefacts: written, signed, opened; refused with the reason when anything is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lynceus.models import Served
from lynceus.models.artefact import MANIFEST, SIGNATURE, ModelRefused, opened, sign
from lynceus.models.signature import SigningKeyError, new_key, public_keys
from models.small_model import artefact, manifest

Key = tuple[Path, str]


def test_what_is_written_is_what_is_opened(tmp_path: Path, key: Key) -> None:
    private, public = key
    made = artefact()
    folder = made.write(tmp_path, private)
    assert folder.name == "floods-1"
    read = opened(folder, [public])
    assert read.manifest == made.manifest and read.payload == made.payload
    assert read.signed_by == public


def test_a_version_is_never_overwritten(tmp_path: Path) -> None:
    artefact().write(tmp_path)
    with pytest.raises(FileExistsError, match="version"):
        artefact().write(tmp_path)


def _change(folder: Path, **changes: Any) -> None:
    told = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(told | changes))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda f: (f / SIGNATURE).unlink(), "is not signed"),
        (lambda f: (f / SIGNATURE).write_text("00"), "is no signature"),
        (lambda f: (f / SIGNATURE).write_text("00" * 64), "no trusted key"),
        (lambda f: _change(f, alert={"dos": 0.1}), "no trusted key"),
        (lambda f: _cut(f / MANIFEST), "no trusted key"),
        (lambda f: (f / MANIFEST).unlink(), "cannot be read"),
        (lambda f: _cut(f / "weights.npz"), "is not the file"),
        (lambda f: (f / "weights.npz").unlink(), "cannot be read"),
        (lambda f: f.rename(f.with_name("floods-2")), "cannot be read|speaks of"),
    ],
    ids=["unsigned", "short signature", "other signature", "tampered", "truncated manifest",
         "no manifest", "truncated payload", "no payload", "renamed"],
)  # fmt: skip
def test_damage_is_refused_with_its_reason(
    tmp_path: Path, key: Key, damage: Callable[[Path], object], reason: str
) -> None:
    private, public = key
    folder = artefact().write(tmp_path, private)
    damage(folder)
    with pytest.raises(ModelRefused, match=reason) as refused:
        opened(folder, [public])
    assert "floods-1" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"spec_hash": "0" * 64}, "another feature specification"),
        ({"inputs": ["duration_s", "orig_packets", "resp_p"]}, "'resp_p' is no number of the flow"),
        ({"inputs": ["duration_s", "orig_packets", "size_bytes_max"]}, "is no number of the flow"),
        ({"surprise": 1}, "surprise"),
        ({"format": 2}, "format"),
        ({"classes": ["benign", "unknown"]}, "reject rule"),
        ({"alert": {"worm": 0.5}}, "'worm'"),
        ({"alert": {"dos": 1.5}}, "alert.dos"),
        ({"shape": [2, 2]}, "does not hold 3 inputs"),
        ({"name": "../floods"}, "name"),
    ],
)  # fmt: skip
def test_a_signed_manifest_must_still_obey(
    tmp_path: Path, key: Key, changes: dict[str, Any], reason: str
) -> None:
    private, public = key
    folder = artefact(expected={}).write(tmp_path, private)
    _change(folder, **changes)
    text = (folder / MANIFEST).read_bytes()
    from lynceus.models.signature import private_key, signed

    (folder / SIGNATURE).write_text(signed(text, private_key(private)).hex())
    with pytest.raises(ModelRefused, match=reason):
        opened(folder, [public])


def test_only_a_trusted_key_counts(tmp_path: Path, key: Key) -> None:
    folder = artefact().write(tmp_path, key[0])
    other = new_key(tmp_path / "other.key")
    with pytest.raises(ModelRefused, match="no trusted key"):
        opened(folder, [other])
    assert sign(folder, tmp_path / "other.key") == other
    assert opened(folder, [key[1], other]).signed_by == other


def test_an_unsigned_one_may_be_looked_at(tmp_path: Path) -> None:
    assert opened(artefact().write(tmp_path), None).signed_by is None


def test_a_payload_that_does_not_fit_its_manifest_is_refused(tmp_path: Path) -> None:
    from lynceus.models.artefact import Artefact

    wide = manifest(classes=("benign", "dos", "scan"))
    with pytest.raises(ModelRefused, match=r"floods-1: weights\.npz: weights: expected"):
        Served(Artefact.of(wide, artefact().payload))
    with pytest.raises(ModelRefused, match="cannot be read"):
        Served(Artefact.of(manifest(), {"weights.npz": b"PK\x03\x04 nothing"}))
    with pytest.raises(ModelRefused, match="holds no"):
        Served(Artefact.of(manifest(), {}))


def test_keys_are_read_line_by_line(tmp_path: Path, key: Key) -> None:
    path = tmp_path / "trusted.keys"
    path.write_text(f"# ours\n{key[1]} us\n\n{'0' * 64}\n")
    assert public_keys(path) == {key[1]: "us", "0" * 64: "00000000"}
    path.write_text(f"{key[1]} us\nnonsense\n")
    with pytest.raises(SigningKeyError, match=r"trusted\.keys:2: expected 64"):
        public_keys(path)
    with pytest.raises(SigningKeyError, match="cannot be made"):
        new_key(key[0])
