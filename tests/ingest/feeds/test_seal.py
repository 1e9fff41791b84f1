"""What sources write down is unreadable without the key of the pseudonyms."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.feeds.taking import room
from lynceus.ingest.feeds import FeedError
from lynceus.ingest.feeds.arrivals import Arrivals
from lynceus.ingest.feeds.seal import Seal, SealError
from lynceus.ingest.pseudonym import KEY_BYTES, Pseudonyms

SECRET = b"ada@10.1.2.3 logged in"
SEAL = Seal(Pseudonyms(b"k" * KEY_BYTES).seal_key)


def arrived(folder: Path, seal: Seal | None, *contents: bytes) -> None:
    arrivals = Arrivals(replace(room(folder), seal=seal))
    assert arrivals.put(contents) == len(contents)
    arrivals.close()


def waiting(folder: Path, seal: Seal | None) -> list[bytes]:
    arrivals = Arrivals(replace(room(folder), seal=seal))
    try:
        stop = threading.Event()
        found: list[bytes] = []
        end = arrivals._journal.end
        for stretch in arrivals.stretches(None, stop):
            found += stretch.contents
            if stretch.place >= end:
                break
        return found
    finally:
        arrivals.close()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_was_sealed_is_had_again_with_the_same_key_alone() -> None:
    sealed = SEAL.closed(SECRET)
    assert SECRET not in sealed
    assert sealed != SEAL.closed(SECRET), "a nonce of its own each time"
    assert Seal(Pseudonyms(b"k" * KEY_BYTES).seal_key).opened(sealed) == SECRET
    for other in (sealed[:-1], sealed[:5], b"", bytes([sealed[0] ^ 1]) + sealed[1:]):
        with pytest.raises(SealError):
            SEAL.opened(other)
    with pytest.raises(SealError):
        Seal(Pseudonyms(b"o" * KEY_BYTES).seal_key).opened(sealed)


def test_a_journal_holds_no_names_and_is_read_again(tmp_path: Path) -> None:
    arrived(tmp_path, SEAL, SECRET, b"", b"more")
    assert SECRET not in on_disk(tmp_path)
    assert waiting(tmp_path, SEAL) == [SECRET, b"", b"more"]


def test_what_lay_there_in_the_clear_is_read_on(tmp_path: Path) -> None:
    arrived(tmp_path, None, b"before")
    arrived(tmp_path, SEAL, SECRET)
    assert waiting(tmp_path, SEAL) == [b"before", SECRET]


@pytest.mark.parametrize("seal", [None, Seal(b"o" * 32)])
def test_without_its_key_a_journal_is_refused_in_one_line(
    tmp_path: Path, seal: Seal | None
) -> None:
    arrived(tmp_path, SEAL, SECRET)
    with pytest.raises(FeedError, match="source: what waits there is sealed"):
        waiting(tmp_path, seal)
