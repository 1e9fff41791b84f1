from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.ingest.columns import addresses, mapped, time_ns


def texts(*values: str | None) -> pl.Series:
    return pl.Series("t", values, dtype=pl.String)


@settings(deadline=None)
@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999_999), st.integers(0, 9))
def test_decimal_seconds_are_exact(seconds: int, fraction: int, digits: int) -> None:
    part = f"{fraction:09}"[:digits]
    written = f"{seconds}.{part}" if digits else str(seconds)
    expected = seconds * 10**9 + int(part.ljust(9, "0"))
    assert time_ns(texts(written)).to_list() == [expected]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1665150785.996414", 1_665_150_785_996_414_000),
        ("1665150785996", 1_665_150_785_996_000_000),
        ("2022-10-07T13:53:05.996414Z", 1_665_150_785_996_414_000),
        ("2022-10-07T15:53:05.996414+02:00", 1_665_150_785_996_414_000),
        ("2022-10-07 13:53:05", 1_665_150_785_000_000_000),
        ("2022/10/07 13:53:05.996414", 1_665_150_785_996_414_000),
        ("-5.5", -5_500_000_000),
        ("9e99", None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00Z", None),
        ("31/Dec/9999:23:59:59 +0000", None),
        ("99999999999999999999", None),
        ("NaN", None),
        ("yesterday", None),
        ("2022-13-41T00:00:00Z", None),
        ("", None),
        (None, None),
    ],
)
def test_times(written: str | None, expected: int | None) -> None:
    assert time_ns(texts(written)).to_list() == [expected]
    assert time_ns(texts("7", written, None)).to_list() == [7_000_000_000, expected, None]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[::1]", "::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("192.0.2.256", None),
        ("192.0.2", None),
        ("host", None),
        (None, None),
    ],
)
def test_addresses(written: str | None, expected: str | None) -> None:
    assert addresses(texts(written, "192.0.2.9")).to_list() == [expected, "192.0.2.9"]


@settings(deadline=None)
@given(st.ip_addresses())
def test_any_address_is_an_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    (read,) = addresses(texts(address.exploded))
    assert ipaddress.ip_address(read) == address


def test_each_distinct_odd_value_is_mapped_once() -> None:
    seen: list[str] = []
    values = mapped(
        texts("a1", "b", "a1", None, "c2"), r"\d", lambda t: seen.append(t) or t.upper()
    )
    assert values.to_list() == ["A1", "b", "A1", None, "C2"]
    assert sorted(seen) == ["a1", "c2"]
