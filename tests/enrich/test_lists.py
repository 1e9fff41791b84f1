from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from lynceus.enrich import lists
from lynceus.enrich.lists import ListError, read_list


def test_plain_gzip_members_and_encodings(tmp_path: Path) -> None:
    file = tmp_path / "list"
    for content in (
        b"a\nb\n",
        gzip.compress(b"a\n") + gzip.compress(b"b\n"),
        "a\nb\n".encode("utf-8-sig"),
        "a\nb\n".encode("utf-16"),
    ):
        file.write_bytes(content)
        assert read_list(file) == "a\nb\n"
    file.write_bytes(b"caf\xe9\n")
    assert read_list(file) == "caf\ufffd\n"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "bad.gz"
    with pytest.raises(ListError, match=r"bad\.gz"):
        read_list(file)
    with pytest.raises(ListError, match="folder"):
        read_list(tmp_path)
    whole = gzip.compress(b"x" * 1000)
    for content, reason in (
        (whole[:-9], "too early"),
        (b"\x1f\x8b\x08\x00garbage garbage", "broken gzip"),
        (b"ELF\x00\x01\x02", "binary"),
    ):
        file.write_bytes(content)
        with pytest.raises(ListError, match=reason):
            read_list(file)


def test_a_bomb_is_refused_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_BYTES", 1000)
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"1.2.3.4\n" * 100_000))
    with pytest.raises(ListError, match="more than"):
        read_list(file)
