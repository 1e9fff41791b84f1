"""Files that grow, are rotated, cut off, copied and compressed: every line once, none twice."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.taking import at_least, nothing_more, room, rows, same, take, whole
from lynceus.ingest import blocks, open_inputs
from lynceus.ingest.feeds import kinds
from lynceus.ingest.feeds.cuts import Cuts
from lynceus.ingest.feeds.feed import Chunk, FeedError
from lynceus.ingest.feeds.files import Files, Following
from lynceus.ingest.feeds.followed import LINE_BYTES, Followed, clock_ns

HEAD = (
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
    "#open\t2026-01-01-00-00-{at:02d}\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\t"
    "orig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
)


def conn(*numbers: int) -> str:
    return "".join(
        f"{1767225600 + n}.5\tC{n}\t10.0.0.{n % 250 + 1}\t{40000 + n}\t192.0.2.1\t443\ttcp\t-\t"
        f"0.25\t100\t200\tSF\t4\t5\n"
        for n in numbers
    )


def dns(*numbers: int) -> str:
    return "".join(
        json.dumps(
            {"ts": 1767225600.0 + n, "uid": f"C{n}", "id.orig_h": f"10.0.0.{n % 250 + 1}",
             "id.orig_p": 40000 + n, "id.resp_h": "192.0.2.53", "id.resp_p": 53, "proto": "udp",
             "query": f"host{n}.example.com", "qtype_name": "A", "_path": "dns"}
        ) + "\n"
        for n in numbers
    )  # fmt: skip


def following(
    folder: Path, *paths: object, said: list[str] | None = None, **more: object
) -> Following:
    options = Files(tuple(map(str, paths)), poll_s=0.02, grace_s=0.05, **more)  # type: ignore[arg-type]
    return options.open(room(folder, said))


def uids(batch_flows: pl.DataFrame) -> list[str]:
    return sorted(batch_flows["source_uid"], key=lambda uid: int(uid[1:]))


def named(numbers: Sequence[int]) -> list[str]:
    return [f"C{n}" for n in sorted(numbers)]


def add(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


LINES = [dns(1), conn(1), "#fields\tts\tuid\n", "{\n", '{"a":1}\n', "\x00\n", "a,b\n"]


def test_it_is_a_kind_of_source() -> None:
    assert kinds()["files"] is Files


def test_what_is_written_is_read_and_the_header_is_remembered(tmp_path: Path) -> None:
    log = tmp_path / "conn.log"
    log.write_text(HEAD.format(at=1) + conn(1, 2), encoding="utf-8")
    reading = following(tmp_path, log)
    first = take(reading, until=at_least(2))
    add(log, conn(3)[:40])
    assert not nothing_more(reading, first[-1].place, 0.2), "a half line waits"
    more = take(
        reading,
        first[-1].place,
        until=at_least(2),
        meanwhile=lambda: add(log, conn(3)[40:] + conn(4)),
    )
    batch, account = whole(first + more)
    assert uids(batch.flows) == named([1, 2, 3, 4])
    assert account.balanced
    assert account.received == account.kept == 4
    assert batch.flows["end_ns"].to_list() == [
        1767225600_000000000 + n * 1_000_000_000 + 750_000_000 for n in (1, 2, 3, 4)
    ]
    assert more[-1].batch.watermark_ns == batch.flows["end_ns"].max() - 330 * 10**9


def test_a_directory_of_logs_joins_events_to_flows_and_makes_none_of_them(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "conn.log").write_text(HEAD.format(at=1) + conn(1, 2), encoding="utf-8")
    (logs / "dns.log").write_text(dns(7), encoding="utf-8")
    (logs / "stderr.log").write_text("listening on eth0\n", encoding="utf-8")
    reading = following(tmp_path, logs)
    batch, account = whole(take(reading, until=at_least(3)))
    assert uids(batch.flows) == named([1, 2])
    assert batch.events["dns"]["query"].to_list() == ["host7.example.com"]
    assert account.balanced
    derived = following(tmp_path / "other", logs / "dns.log", flows_of_events=True)
    batch, _ = whole(take(derived, until=at_least(2)))
    assert uids(batch.flows) == named([7])


def test_a_renamed_file_is_read_to_its_end_and_the_new_one_from_its_begin(tmp_path: Path) -> None:
    log, old = tmp_path / "conn.log", tmp_path / "conn.2026-01-01.log"
    log.write_text(HEAD.format(at=1) + conn(1), encoding="utf-8")
    reading = following(tmp_path, log)
    first = take(reading, until=at_least(1))

    def rotate() -> None:
        log.rename(old)
        add(old, conn(2) + conn(3).rstrip("\n"))
        log.write_text(HEAD.format(at=2) + conn(4), encoding="utf-8")

    stop = at_least(3)
    more = take(reading, first[-1].place, until=stop, meanwhile=rotate)
    batch, account = whole(first + more)
    assert uids(batch.flows) == named([1, 2, 3, 4])
    assert account.balanced


@pytest.mark.parametrize("packed", [False, True])
def test_what_was_rotated_while_nobody_read_is_found(tmp_path: Path, packed: bool) -> None:
    log = tmp_path / "conn.log"
    log.write_text(HEAD.format(at=1) + conn(1), encoding="utf-8")
    first = take(following(tmp_path, log), until=at_least(1))
    add(log, conn(2, 3))
    away = tmp_path / "archive"
    away.mkdir()
    if packed:
        (away / "conn.00.log.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
    else:
        log.rename(away / "conn.00.log")
    log.write_text(HEAD.format(at=2) + conn(4), encoding="utf-8")
    again = following(tmp_path, log, rotated=(str(away / "*"),))
    batch, account = whole(first + take(again, first[-1].place, until=at_least(3)))
    assert uids(batch.flows) == named([1, 2, 3, 4])
    assert not account.notes


def test_what_nobody_finds_again_is_said_and_noted(tmp_path: Path) -> None:
    log = tmp_path / "conn.log"
    log.write_text(HEAD.format(at=1) + conn(1), encoding="utf-8")
    first = take(following(tmp_path, log), until=at_least(1))
    log.unlink()
    log.write_text(HEAD.format(at=2) + conn(4), encoding="utf-8")
    said: list[str] = []
    (chunk, *_) = take(following(tmp_path, log, said=said), first[-1].place, until=at_least(1))
    assert chunk.account.notes["files_rotated_away_unread"] == 1
    assert any("conn.log" in line for line in said)


def test_a_copy_of_what_was_read_is_not_read_again(tmp_path: Path) -> None:
    log = tmp_path / "conn.log"
    log.write_text(HEAD.format(at=1) + conn(*range(60)), encoding="utf-8")
    reading = following(tmp_path, tmp_path / "conn.log*")
    first = take(reading, until=at_least(60))

    def rotate() -> None:
        add(log, conn(61))
        shutil.copy(log, tmp_path / "conn.log.1")
        (tmp_path / "conn.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
        log.write_text(HEAD.format(at=2) + conn(62), encoding="utf-8")

    more = take(reading, first[-1].place, until=at_least(2), meanwhile=rotate)
    more += nothing_more(reading, more[-1].place)
    batch, account = whole(first + more)
    assert uids(batch.flows) == named([*range(60), 61, 62])
    assert "files_rotated_away_unread" not in account.notes
    assert account.balanced


def test_equal_chunks_come_again_after_a_crash(tmp_path: Path) -> None:
    log = tmp_path / "logs"
    log.mkdir()
    (log / "conn.log").write_text(HEAD.format(at=1) + conn(1, 2), encoding="utf-8")
    reading = following(tmp_path, log)
    first = take(reading, until=at_least(2))

    def rotated() -> None:
        (log / "conn.log").rename(tmp_path / "gone.log")
        add(log / "conn.log", HEAD.format(at=3) + conn(5))

    steps = [
        lambda: add(log / "conn.log", conn(3, 4)),
        lambda: add(log / "dns.log", dns(9) + dns(10)[:30]),
        rotated,
        lambda: add(log / "dns.log", dns(10)[30:]),
    ]
    given = list(first)
    for step in steps:
        given += take(reading, given[-1].place, meanwhile=step, until=bool)
    reading.kept(first[-1].place)
    reading.close()
    resumed = following(tmp_path, log, rotated=(str(tmp_path / "gone.log"),))
    count = len(given) - len(first)
    again = take(resumed, first[-1].place, until=lambda chunks: len(chunks) >= count)
    assert same(again, given[len(first) :])
    more = take(
        resumed,
        again[-1].place,
        until=at_least(1),
        meanwhile=lambda: add(log / "conn.log", conn(6)),
    )
    batch, _ = whole(first + again + more)
    assert uids(batch.flows) == named([1, 2, 3, 4, 5, 6])
    assert sorted(batch.events["dns"]["query"]) == ["host10.example.com", "host9.example.com"]


def test_cuts_are_forgotten_once_kept_and_a_torn_one_is_left(tmp_path: Path) -> None:
    path = tmp_path / "cuts.jsonl"
    cuts = Cuts(path)
    cuts.made(None, {"a": 1})
    cuts.made({"a": 1}, {"a": 2})
    cuts.kept({"a": 1})
    assert cuts.after(None) is None
    path.write_text(path.read_text(encoding="utf-8") + '["{\\"a\\": 2}", {"a"', encoding="utf-8")
    opened = Cuts(path)
    assert opened.after({"a": 1}) == {"a": 2}
    assert opened.after({"a": 2}) is None


def test_a_line_that_is_too_long_is_passed_over_and_counted(tmp_path: Path) -> None:
    log = tmp_path / "dns.log"
    log.write_text(dns(1) + "x" * (LINE_BYTES + 5_000_000) + "\n" + dns(2), encoding="utf-8")
    batch, account = whole(take(following(tmp_path, log), until=at_least(2)))
    assert sorted(batch.events["dns"]["query"]) == ["host1.example.com", "host2.example.com"]
    assert account.dropped == {"line_too_long": 1}
    assert account.balanced


def test_several_logs_are_read_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lynceus.ingest.feeds.files.BLOCK_BYTES", 4000)
    monkeypatch.setattr("lynceus.ingest.feeds.files.CHUNK_BYTES", 8000)
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "conn.log").write_text(HEAD.format(at=1) + conn(*range(600)), encoding="utf-8")
    (logs / "dns.log").write_text(dns(*range(0, 600, 10)), encoding="utf-8")
    reading = following(tmp_path, logs, lateness_s=60.0)
    past = None
    chunks = take(reading, until=at_least(660))
    for chunk in chunks:
        ends = [
            chunk.batch.flows["end_ns"].min(),
            *(e["ts_ns"].min() for e in chunk.batch.events.values()),
        ]
        assert past is None or all(end is None or end >= past for end in ends)
        past = chunk.batch.watermark_ns if chunk.batch.watermark_ns is not None else past
    assert len(chunks) > 5


def test_lines_of_no_kind_are_said_once_and_left(tmp_path: Path) -> None:
    log, said = tmp_path / "noise.log", list[str]()
    log.write_text("nothing that anybody knows\n" * 4000, encoding="utf-8")
    chunks = take(following(tmp_path, log, said=said), until=bool)
    assert rows(chunks) == 0
    assert chunks[0].account.notes == {"files_not_used": 1}
    assert len(said) == 1


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    log, said = tmp_path / "dns.log", list[str]()
    reading = following(tmp_path, log, said=said)
    chunks = take(reading, until=at_least(1), meanwhile=lambda: add(log, dns(1)))
    assert rows(chunks) == 1
    assert len(said) <= 1


@pytest.mark.parametrize("options", [{"paths": ()}, {"paths": ("x",), "format": "capture"}])
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(FeedError, match="source: "):
        Files(**options).open(room(tmp_path))  # type: ignore[arg-type]


def test_the_clock_of_a_line() -> None:
    assert clock_ns(conn(1).encode()) == 1767225601_500000000
    assert clock_ns(dns(2).encode()) == 1767225602_000000000
    assert clock_ns(b'{"timestamp":"2026-01-01T00:00:03.5+0000"}\n') == 1767225603_000000000
    assert clock_ns(b"no time at all\n") is None


@settings(max_examples=40)
@given(st.binary(max_size=600), st.lists(st.integers(1, 80), max_size=12))
def test_any_bytes_in_any_pieces_are_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, sizes: list[int]
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "log"
    path.write_bytes(b".." + data)  # Not taken for a gzip.
    followed = Followed(path)
    got = b""
    for size in [*sizes, 1000]:
        lines, long = followed.take(size)
        assert not long
        assert not lines or lines.endswith(b"\n")
        got += lines
    assert (b".." + data).startswith(got)
    assert b"\n" not in (b".." + data)[len(got) :]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(LINES), max_size=6), st.sampled_from(list(blocks.KINDS)))
def test_no_lines_break_a_reading_and_all_are_accounted_for(lines: list[str], kind: str) -> None:
    data = "".join(lines).encode()
    header = blocks.header_after(kind, b"", data, first=True)
    block = blocks.Block.of_lines(header + data, "some.log")
    batch, account = blocks.batch_of([(kind, block)], blocks.ReadOptions())
    assert account.balanced
    assert blocks.last_end_ns(batch) is None or batch.flows.height or batch.events


def test_reading_as_it_grows_gives_what_reading_the_whole_gives(
    shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "stratosphere" / "slips" / "test9-mixed-zeek-dir"
    logs = tmp_path / "logs"
    logs.mkdir()
    contents = {p.stem: gzip.decompress(p.read_bytes()) for p in sorted(source.glob("*.log.gz"))}
    reading = following(tmp_path, logs)
    chunks: list[Chunk] = []
    for step in range(1, 4):
        for name, data in contents.items():
            (logs / name).write_bytes(data[: len(data) * step // 3])
        chunks += nothing_more(reading, chunks[-1].place if chunks else None, 0.3)
    once = blocks.together(open_inputs([logs]).batches())
    if rest := rows([Chunk(once)]) - rows(chunks):
        chunks += take(reading, chunks[-1].place if chunks else None, until=at_least(rest))
    batch, account = whole(chunks)
    assert account.balanced
    told = ["source_uid", "orig_h", "orig_p", "resp_h", "resp_p", "ts_ns", "end_ns", "orig_bytes"]
    assert batch.flows.select(told).sort(told).equals(once.flows.select(told).sort(told))
    for name, frame in once.events.items():
        assert batch.events[name].height == frame.height, name
