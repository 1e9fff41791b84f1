"""Headers of syslog lines and their times."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.ingest.syslog import COLUMNS, headers, written_times

HEADERS = [
    (
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
        ("2003-10-11T22:14:15.003Z", "mymachine.example.com", "su", None, "'su root' failed"),
    ),
    (
        '<165>1 2003-08-24T05:14:15-07:00 192.0.2.1 evnt 8710 - [x@1 a="b]\\""][y z="1"] text',
        ("2003-08-24T05:14:15-07:00", "192.0.2.1", "evnt", "8710", "text"),
    ),
    ("<34>1 - - - - - -", (None, None, None, None, "")),
    (
        "<34>Oct 11 22:14:15 mymachine su: 'su root' failed",
        ("Oct 11 22:14:15", "mymachine", "su", None, "'su root' failed"),
    ),
    (
        "57 <34>Jan  1 00:00:00 h sshd[12]: m",
        ("Jan  1 00:00:00", "h", "sshd", "12", "m"),
    ),
    (
        "<166>Nov 09 2022 10:01:59: %ASA-6-725007: SSL",
        ("Nov 09 2022 10:01:59", None, None, None, "%ASA-6-725007: SSL"),
    ),
    (
        "Nov 09 2022 10:01:59 fw1 : %ASA-6-725007: SSL",
        ("Nov 09 2022 10:01:59", "fw1", None, None, "%ASA-6-725007: SSL"),
    ),
    (
        "<189>45: edge: *Mar  1 18:46:11.1 CET: %SYS-5-CONFIG_I: x",
        ("Mar  1 18:46:11.1 CET", "edge", None, None, "%SYS-5-CONFIG_I: x"),
    ),
    (
        "<14>Sep 16 10:00:02 SRV-1 1,9/16/19 10:00,18",
        ("Sep 16 10:00:02", "SRV-1", None, None, "1,9/16/19 10:00,18"),
    ),
    (
        "Sep 28 10:38:09 filterlog: 53,,,",
        ("Sep 28 10:38:09", None, "filterlog", None, "53,,,"),
    ),
    (
        "2023-01-02T03:04:05.5+01:00 host a: b",
        ("2023-01-02T03:04:05.5+01:00", "host", "a", None, "b"),
    ),
    ("CEF:0|a|b", (None, None, None, None, "CEF:0|a|b")),
    ("", (None, None, None, None, "")),
]


@pytest.mark.parametrize(("line", "expected"), HEADERS)
def test_takes_a_header_apart(line: str, expected: tuple[str | None, ...]) -> None:
    row = headers(pl.Series([line], dtype=pl.String))
    assert row.columns == list(COLUMNS)
    told = row.select("written", "hostname", "app_name", "proc_id", "message").row(0)
    assert told == expected


def test_priority_is_facility_and_severity_where_it_is_one() -> None:
    rows = headers(pl.Series(["<165>a", "<191>b", "<192>c", "d"]))
    assert rows.select("facility", "severity").rows() == [
        (20, 5),
        (23, 7),
        (None, None),
        (None, None),
    ]


def test_no_line_is_lost_among_others() -> None:
    lines = [line for line, _ in HEADERS]
    rows = headers(pl.Series(lines * 3))
    assert rows["message"].to_list() == [expected[-1] for _, expected in HEADERS] * 3


def _read(*written: str | None) -> tuple[list[str | None], Account]:
    account = Account()
    times = written_times(pl.Series(written, dtype=pl.String), account)
    text = times.cast(pl.Datetime("ns")).dt.to_string("%Y-%m-%d %H:%M:%S%.3f")
    return text.to_list(), account


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2003-08-24T05:14:15.000-07:00", "2003-08-24 12:14:15.000"),
        ("2022-11-09 10:01:59.5Z", "2022-11-09 10:01:59.500"),
        ("Mar 6 2023 08:04:45.866 CET", "2023-03-06 07:04:45.866"),
        ("Jun 5 2023 08:04:45 GMT+2", "2023-06-05 06:04:45.000"),
        ("2021 Jul  9 11:34:11 UTC", "2021-07-09 11:34:11.000"),
        ("10/Oct/2000:13:55:36 -0700", "2000-10-10 20:55:36.000"),
    ],
)
def test_times_with_year_and_zone(written: str, expected: str) -> None:
    times, account = _read(written)
    assert times == [expected]
    assert not account.notes


def test_a_year_comes_from_the_lines_around() -> None:
    times, account = _read(
        "Nov 30 10:00:00 UTC", "2021-12-31T23:00:00Z", "Jan 1 00:00:01 UTC", "Dec 31 23:59:59 UTC"
    )
    assert times == [
        "2021-11-30 10:00:00.000",
        "2021-12-31 23:00:00.000",
        "2022-01-01 00:00:01.000",
        "2021-12-31 23:59:59.000",
    ]
    assert account.notes == {"times_without_a_year": 3}


def test_without_any_year_the_order_is_kept_and_said() -> None:
    times, account = _read("Feb 29 10:00:00", "Dec 31 10:00:00", "Jan 1 10:00:00")
    assert times == [
        "1972-02-29 10:00:00.000",
        "1972-12-31 10:00:00.000",
        "1973-01-01 10:00:00.000",
    ]
    assert account.notes == {"times_without_a_year": 3, "times_without_a_zone_read_as_utc": 3}


def test_what_is_no_time_is_null_and_counted() -> None:
    times, account = _read("Feb 30 10:00:00", None, "soon")
    assert times == [None, None, None]
    assert account.notes == {"unreadable_time": 2}
