from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.ingest.quantities import count, duration_s, size_bytes


def one(expression: pl.Expr, text: str) -> object:
    return pl.DataFrame({"text": [text]}).select(expression).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.3MB", 2_300_000),
        ("456KB", 456_000),
        ("3.2 kb", 3_200),
        ("8.9GB", 8_900_000_000),
        ("1.5 TB", 1_500_000_000_000),
        ("1,234,567", 1_234_567),
        ("12 bytes", 12),
        ("0B", 0),
        ("2 KiB", 2_048),
        ("1.5MiB", 1_572_864),
        ("512", 512),
        ("99999999999TB", None),
        ("-3MB", None),
        ("3 XB", None),
        ("lots", None),
        ("", None),
    ],
)
def test_sizes(text: str, expected: int | None) -> None:
    assert one(size_bytes(pl.col("text")), text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4m 32s", 272.0),
        ("4m32s", 272.0),
        ("1h", 3600.0),
        ("58s", 58.0),
        ("00:04:32", 272.0),
        ("04:32", 272.0),
        ("1:00:00.5", 3600.5),
        ("2d 3h", 183_600.0),
        ("350ms", 0.35),
        ("1.5 min", 90.0),
        ("4 minutes, 32 seconds", 272.0),
        ("12", 12.0),
        ("1h 2x", None),
        ("soon", None),
        ("", None),
    ],
)
def test_durations(text: str, expected: float | None) -> None:
    assert one(duration_s(pl.col("text")), text) == (
        None if expected is None else pytest.approx(expected)
    )


@settings(deadline=None)
@given(st.integers(0, 10**15), st.sampled_from([("B", 1), ("KB", 10**3), ("MB", 10**6)]))
def test_any_whole_size_comes_back(number: int, unit: tuple[str, int]) -> None:
    expected = number * unit[1]
    read = one(size_bytes(pl.col("text")), f"{number:,} {unit[0]}")
    assert read == (expected if expected < 1 << 64 else None)


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_any_duration_comes_back(days: int, hours: int, minutes: int, seconds: int) -> None:
    expected = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    spelled = f"{days}d {hours}h {minutes}m {seconds}s"
    clock = f"{days * 24 + hours}:{minutes:02}:{seconds:02}"
    assert one(duration_s(pl.col("text")), spelled) == expected
    assert one(duration_s(pl.col("text")), clock) == expected


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_number_or_null(text: str) -> None:
    for read in (size_bytes, count, duration_s):
        value = one(read(pl.col("text")), text)
        assert value is None or value >= 0  # type: ignore[operator]
