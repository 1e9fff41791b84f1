from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.indicator_text import Entry, entries


def texts(text: str) -> list[tuple[int, str]]:
    return [(e.line, e.text) for e in entries(text)]


def test_plain_lists() -> None:
    assert texts(
        "# a comment\n\n192.0.2.1\n192.0.2.0/24 ; SBL1\n192.0.2.2\t7\n0.0.0.0 bad.example\n"
        "||ads.example^\n! adblock\n// c\nbad.example # why\n"
    ) == [
        (3, "192.0.2.1"),
        (4, "192.0.2.0/24"),
        (5, "192.0.2.2"),
        (6, "bad.example"),
        (7, "ads.example^"),
        (10, "bad.example"),
    ]


def test_a_field_beyond_all_bounds_is_no_header() -> None:
    assert len(list(entries("x" * 200_000 + ",y\n192.0.2.1\n"))) <= 2


def test_a_header_names_the_columns() -> None:
    text = 'first,IOC Value,Malware,Confidence-Level,Reporter\nx,192.0.2.1,"A, B",75,me\n\nshort\n'
    assert list(entries(text)) == [Entry(2, "192.0.2.1", "A, B", "me", "75")]


def test_a_header_written_as_a_comment() -> None:
    text = '# feed\n# "id", "ioc_value", "tags"\n"1", "bad.example", "t"\n'
    assert list(entries(text)) == [Entry(3, "bad.example", "t", tags=("t",))]


def test_how_many_lists_know_an_address_says_how_sure_they_are() -> None:
    text = "# feed\n#\n# IP\tnumber of (black)lists\n#\n192.0.2.1\t1\n192.0.2.2\t3\n192.0.2.3\n"
    assert [(e.line, e.text, e.confidence) for e in entries(text)] == [
        (5, "192.0.2.1", "0.2500"),
        (6, "192.0.2.2", "0.5781"),
        (7, "192.0.2.3", None),
    ]


def test_what_a_table_knows_of_times_tags_and_techniques() -> None:
    text = (
        "ioc_value,tags,techniques,first_seen_utc,last_seen_utc,valid_until\n"
        'bad.example,"a, b;c","T1071.001, T1573",2024-01-01,2024-01-02,2024-02-01\n'
    )
    (entry,) = entries(text)
    assert (entry.tags, entry.techniques) == (("a", "b", "c"), ("T1071.001", "T1573"))
    assert (entry.first_seen, entry.last_seen) == ("2024-01-01", "2024-01-02")
    assert entry.valid_until == "2024-02-01"


def test_several_indicator_columns_and_other_separators() -> None:
    assert texts("ip;domain;description\n192.0.2.1;bad.example;x\n") == [
        (2, "192.0.2.1"),
        (2, "bad.example"),
    ]
    assert texts("ja3\n" + "0" * 32 + "\n") == [(2, "0" * 32)]


def test_line_numbers_survive_comments_and_blank_lines() -> None:
    assert texts("ip,name\n# c\n\n192.0.2.1,x\n# d\n192.0.2.2,y\n") == [
        (4, "192.0.2.1"),
        (6, "192.0.2.2"),
    ]


@settings(deadline=None)
@given(st.text(), st.sampled_from(["", "ip,name\n", "# ioc_value\tx\n", 'domain|"tags"\n']))
def test_any_text_is_survived(text: str, header: str) -> None:
    for entry in entries(header + text):
        assert entry.line >= 1
