from __future__ import annotations

import pytest

from lynceus.account import Account
from lynceus.ingest import zeek_rows
from lynceus.ingest.zeek_rows import json_lines, tsv

HEADER = b"#separator \\x09\n#path\tdns\n#fields\tts\tquery\tanswers\n"


def test_escapes_are_undone_in_texts_and_lists() -> None:
    data = HEADER + b"1.5\ta\\x09b\\\\x41\\xc3\\xa9\\xff\tone,t\\x2cwo,\n"
    (rows,) = tsv(data, Account())
    assert rows.texts("query").to_list() == ["a\tb\\x41é\\xff"]
    assert rows.lists("answers").to_list() == [["one", "t,wo", ""]]


def test_what_only_looks_like_an_escape_stays() -> None:
    (rows,) = tsv(HEADER + b"1.5\t\\xZZ\t\\x\n", Account())
    assert rows.texts("query").to_list() == ["\\xZZ"]
    assert rows.lists("answers").to_list() == [["\\x"]]
    assert list(tsv(b"#separator \\xZZ\n1\t2\n", Account())) == []


def test_unset_and_empty_are_told_apart() -> None:
    (rows,) = tsv(HEADER + b"1.5\t-\t-\n2.5\t(empty)\t(empty)\n", Account())
    assert rows.frame["query"].to_list() == [None, ""]
    assert rows.lists("answers").to_list() == [None, []]


def test_equal_headers_are_one_table_and_others_are_not() -> None:
    other = HEADER.replace(b"\tanswers", b"").replace(b"dns", b"http")
    data = HEADER + b"1\ta\tb\n" + other + b"2\tc\n" + HEADER + b"3\td\te\n"
    account = Account()
    tables = list(tsv(data, account))
    assert [(rows.path, rows.frame["ts"].to_list()) for rows in tables] == [
        ("dns", ["1", "3"]),
        ("http", ["2"]),
    ]
    assert account.received == 3


def test_rows_before_any_header_are_counted() -> None:
    account = Account()
    (rows,) = tsv(b"1\t2\t3\n4\t5\t6\n" + HEADER + b"7\t8\t9\n", account)
    assert rows.height == 1
    assert account.dropped == {"rows_without_header": 2}


def test_a_flood_of_headers_ends_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zeek_rows, "HEADERS", 100)
    data = b"".join(b"#fields\tts\tx%d\n1\t2\n" % n for n in range(105))
    account = Account()
    assert sum(1 for _ in tsv(data, account)) == 100
    assert account.dropped == {"rows_without_header": 5}
    assert account.received == 105


def test_mixed_json_is_parted_by_path() -> None:
    lines = b'{"_path":"dns","ts":1}\n{"_path":"conn","ts":2}\n{"ts":3}\n{"_path":"dns","ts":4}\n'
    tables = {rows.path: rows.frame["ts"].to_list() for rows in json_lines(lines, Account())}
    assert tables == {"dns": ["1", "4"], "conn": ["2"], None: ["3"]}
