"""The journal: what was appended comes back in order, and only what is whole."""

from __future__ import annotations

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from lynceus.ingest.feeds.journal import HEAD, Journal


def all_of(journal: Journal, at: int = 0) -> list[bytes]:
    found = []
    while True:
        records, behind = journal.read(at)
        if behind == at:
            return found
        found += records
        at = behind


@given(st.lists(st.binary(max_size=300), max_size=60), st.integers(1, 2_000))
def test_records_come_back_in_order_over_any_files(
    tmp_path_factory: object, records: list[bytes], segment: int
) -> None:
    folder = tmp_path_factory.mktemp("journal")  # type: ignore[attr-defined]
    journal = Journal(folder, segment_bytes=segment)
    assert journal.append(records) == len(records)
    assert all_of(journal) == records
    journal.close()
    again = Journal(folder, segment_bytes=segment)
    assert again.torn_bytes == 0
    assert all_of(again) == records


def test_a_record_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([b"x" * 10_000, b"y"])
    records, at = journal.read(0, most_bytes=100)
    assert records == [b"x" * 10_000]
    assert journal.read(at, most_bytes=100) == ([b"y"], journal.end)


def test_a_torn_end_is_cut_off_and_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([b"whole", b"torn in the middle"])
    journal.close()
    (path,) = tmp_path.glob("*.journal")
    path.write_bytes(path.read_bytes()[:-4])
    again = Journal(tmp_path)
    assert again.torn_bytes == HEAD.size + len(b"torn in the middle") - 4
    assert all_of(again) == [b"whole"]
    again.append([b"next"])
    assert all_of(again) == [b"whole", b"next"]


def test_what_is_forgotten_is_gone_and_offsets_stay(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=64)
    journal.append([b"%03d" % n + b"." * 20 for n in range(20)])
    first, at = journal.read(0)
    journal.forget(at)
    assert journal.start == at
    assert all_of(journal)[0].startswith(b"%03d" % len(first))
    journal.forget(journal.end)
    assert (journal.start, all_of(journal)) == (journal.end, [])
    end = journal.end
    journal.close()
    again = Journal(tmp_path, segment_bytes=64)
    assert (again.start, again.end) == (end, end)


def test_its_size_is_bounded(tmp_path: Path) -> None:
    journal = Journal(tmp_path, limit_bytes=100, segment_bytes=50)
    taken = journal.append([b"." * 10] * 20)
    assert taken == 5
    assert journal.append([b"."]) == 1
    assert journal.append([b"." * 10]) == 0
    journal.forget(journal.end)
    assert journal.append([b"." * 10]) == 1


def test_who_waits_is_woken(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(journal.wait(0, 10)))
    waiting.start()
    journal.append([b"there"])
    waiting.join()
    assert seen == [True]
    assert not journal.wait(journal.end, 0)


def test_a_damaged_file_is_passed_over_and_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, segment_bytes=1)
    journal.append([b"first", b"second", b"third"])
    _, damaged, _ = sorted(tmp_path.glob("*.journal"))
    damaged.write_bytes(bytes(len(damaged.read_bytes())))
    assert all_of(journal) == [b"first", b"third"]
    assert journal.damaged_bytes == HEAD.size + len(b"second")
