"""`secret.py`: where secrets are, and that they show nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from lynceus.secret import FOLDER, Secret, SecretError, without_secrets

WORD = "s3cret-word"


def test_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", f" {WORD}\n")
    (tmp_path / "token").write_text(f"{WORD}\n", encoding="utf-8")
    beside = Secret.model_validate({"file": "token"}, context={FOLDER: tmp_path})
    assert (Secret(env="A_SECRET").reveal(), beside.reveal()) == (WORD, WORD)
    assert WORD not in f"{beside!r} {beside} {beside.model_dump()}"


def test_one_that_was_changed_counts_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(env="A_SECRET")
    for word in ("one", "two"):
        monkeypatch.setenv("A_SECRET", word)
        assert secret.reveal() == word


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", b"\xff\xfe", b"a\x00b"])
def test_what_holds_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SecretError, match="token: "):
        Secret(file=tmp_path / "token").reveal()


def test_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SECRET", raising=False)
    with pytest.raises(SecretError, match="environment variable NO_SECRET: holds no secret"):
        Secret(env="NO_SECRET").reveal()
    with pytest.raises(SecretError, match="cannot be read: No such file"):
        Secret(file=tmp_path / "none").reveal()


@pytest.mark.parametrize("wrong", [WORD, {}, {"env": "A", "file": "b"}, {"evn": "A"}])
def test_a_secret_does_not_stand_in_a_configuration(wrong: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Secret.model_validate(wrong)
    assert all(WORD not in error["msg"] for error in refused.value.errors())


def test_a_text_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", WORD)
    text = without_secrets(f"you sent {WORD}!", [Secret(env="NO_SECRET"), Secret(env="A_SECRET")])
    assert text == "you sent ***!"
