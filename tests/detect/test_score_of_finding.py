"""How numbers become scores and words."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from lynceus.detect import score


def value(expr: pl.Expr, **columns: Any) -> Any:
    """What an expression gives of one row of these columns."""
    return pl.DataFrame({k: [v] for k, v in columns.items()} or {"x": [0]}).select(expr).item()


@pytest.mark.parametrize(
    ("x", "result"), [(0, 0.0), (10, 0.5), (30, 0.75), (90, 0.9), (None, None)]
)
def test_saturating_is_one_half_at_half(x: int | None, result: float | None) -> None:
    assert value(score.saturating("x", 10), x=x) == result


def test_saturating_grows_and_never_reaches_one() -> None:
    column = pl.DataFrame({"x": [1, 10, 10**6, 10**12]}).select(score.saturating("x", 5))["x"]
    assert column.is_sorted() and column.is_unique().all() and column[-1] < 1


def test_severity_is_the_first_level_that_holds() -> None:
    levels = score.severity((pl.col("x") > 5, "high"), (pl.col("x") > 2, "medium"), otherwise="low")
    assert [value(levels, x=x) for x in (9, 3, 1)] == ["high", "medium", "low"]


def test_a_condition_that_is_not_known_does_not_hold() -> None:
    levels = score.severity((pl.col("x") > 5, "high"), (pl.col("y"), "medium"), otherwise="low")
    assert value(levels, x=None, y=True) == "medium"
    assert value(levels, x=None, y=None) == "low"


@pytest.mark.parametrize(
    ("part", "whole", "result"), [(1, 4, 0.25), (0, 0, 0.0), (3, 0, 0.0), (4, 4, 1.0)]
)
def test_share(part: int, whole: int, result: float) -> None:
    assert value(score.share("part", "whole"), part=part, whole=whole) == result


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 port"), (0, "0 ports"), (2, "2 ports"), (1_234, "1234 ports")]
)
def test_plural(count: int, text: str) -> None:
    assert value(score.plural("n", "port"), n=count) == text


def test_plural_of_a_word_of_its_own() -> None:
    words = score.plural("n", "address", "addresses")
    assert [value(words, n=n) for n in (1, 3)] == ["1 address", "3 addresses"]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (512, "512 bytes"), (999, "999 bytes"), (1_000, "1.0 KB"), (3_249, "3.2 KB"),
     (22_000_000, "22.0 MB"), (8_900_000_000, "8.9 GB"), (1_500_000_000_000, "1.5 TB")],
)  # fmt: skip
def test_bytes(size: int, text: str) -> None:
    assert value(score.bytes_text("n"), n=size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 s"), (0.42, "0.4 s"), (9.94, "9.9 s"), (41.4, "41 s"), (272.0, "4 m 32 s"),
     (3_599.0, "59 m 59 s"), (11_100.0, "3 h 5 m"), (90_000.0, "25 h 0 m")],
)  # fmt: skip
def test_duration(seconds: float, text: str) -> None:
    assert value(score.duration_text("s"), s=seconds) == text


def test_percent_and_numbers() -> None:
    assert value(score.percent_text("x"), x=0.874) == "87 %"
    assert value(score.number_text("x"), x=11.6) == "12"
    assert value(score.number_text("x", 2), x=0.254) == "0.25"


def test_a_span_is_in_seconds_and_unknown_without_a_date() -> None:
    whole = score.span_s()
    assert value(whole, first_seen_ns=10**9, last_seen_ns=3_500_000_000) == 2.5
    assert value(whole, first_seen_ns=None, last_seen_ns=10**9) is None
    assert value(score.in_time(pl.col("s")), s=41.0) == " in 41 s"
    assert value(score.in_time(pl.col("s").cast(pl.Float64)), s=None) == ""


def test_techniques_are_a_list() -> None:
    assert value(score.techniques("T1046", "T1018")).to_list() == ["T1046", "T1018"]


def test_a_network_is_told_where_it_is_known() -> None:
    assert value(score.network_text(), resp_network="google") == " (google)"
    assert value(score.network_text("orig"), orig_network=None) == ""


def test_a_port_bears_the_name_of_its_service() -> None:
    assert value(score.port_text(), resp_p=22) == "port 22 (ssh)"
    assert value(score.port_text("orig_p"), orig_p=40_000) == "port 40000"
