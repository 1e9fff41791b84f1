"""`quarantine`: what an entry is, and why it is left out."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.enrich import quarantine
from lynceus.enrich.indicator import INDICATOR_SCHEMA, Entry
from lynceus.enrich.quarantine import judged

DIGEST = "ab" * 20


def kinds(*entries: Entry) -> list[tuple[str, str]]:
    return judged(entries, "s").good.select(pl.col("kind").cast(pl.String), "key").rows()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("198.51.100.0/24", [("address", "198.51.100.0/24")]),
        ("hxxp://198.51.100.7:8080/a.exe", [("address", "198.51.100.7"),
                                            ("url", "198.51.100.7/a.exe")]),
        ("http://bad.example?x=1", [("domain", "bad.example"), ("url", "bad.example/?x=1")]),
        ("https://bad.example/", [("domain", "bad.example")]),
        ("BAD[.]example", [("domain", "bad.example")]),
        ("0" * 32, [("ja3", "0" * 32)]),
        ("t13d1516h2_8daaf6152771_b186095e22b6", [("ja4", "t13d1516h2_8daaf6152771_b186095e22b6")]),
        ("https://github.io/x", [("url", "github.io/x")]),
    ],
)  # fmt: skip
def test_what_an_entry_is(text: str, rows: list[tuple[str, str]]) -> None:
    assert kinds(Entry(1, text)) == rows


def test_a_digest_needs_to_be_told_of_what() -> None:
    assert kinds(Entry(1, DIGEST.upper(), kind="certificate")) == [("certificate", DIGEST)]
    bad = judged([Entry(4, DIGEST), Entry(5, DIGEST, kind="file")], "s").bad
    assert bad["line"].to_list() == [4, 5]
    assert "unknown which" in bad["reason"][0]
    assert "file" in bad["reason"][1]


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("2024-01-05", 1_704_412_800),
        ("2024-01-05 10:00", 1_704_448_800),
        ("2024-01-05 10:00:00 UTC", 1_704_448_800),
        ("2024-01-05T10:00:00.123Z", 1_704_448_800),
        ("2024-01-05T12:00:00+02:00", 1_704_448_800),
        ("2024-01-05T06:00:00-0400", 1_704_448_800),
        ("1704448800", 1_704_448_800),
        ("yesterday", None),
        ("2024-13-45", None),
        ("0", None),
        ("", None),
    ],
)
def test_times_as_lists_write_them(text: str, ns: int | None) -> None:
    row = judged([Entry(1, "198.51.100.1", first_seen=text)], "s").good.row(0, named=True)
    assert row["first_seen_ns"] == (ns and ns * 10**9)


def test_rows_have_the_schema_and_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry(n, f"198.51.100.{n}", tags=("x",), confidence="70") for n in range(1, 8)]
    whole = judged(entries, "s")
    monkeypatch.setattr(quarantine, "PIECE", 3)
    parts = judged(entries, "s")
    assert whole.good.schema == INDICATOR_SCHEMA
    assert parts.good.equals(whole.good)
    assert (parts.entries, parts.bad.height) == (7, 0)
    assert judged([], "s").good.schema == INDICATOR_SCHEMA
