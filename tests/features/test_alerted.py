from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from detect.traffic import events
from lynceus.features.alerted import SERIOUS_ALERTS, level
from lynceus.features.flow import with_row_features

TYPES = {"score": pl.Float64, "orig_in": pl.Boolean, "resp_in": pl.Boolean,
         **dict.fromkeys(("product", "category", "action", "severity"), pl.String)}  # fmt: skip


def levels(**columns: Sequence[str | float | None]) -> list[int]:
    frame = pl.DataFrame(dict.fromkeys(TYPES) | columns, schema_overrides=TYPES)
    return frame.select(level=level())["level"].to_list()


@pytest.mark.parametrize(
    ("product", "told", "expected"),
    [
        ("suricata", ["1", "2", "3", "4", None], [3, 2, 1, 0, 1]),
        ("darktrace", ["0", "1", "2", "3", "4", "5"], [0, 0, 1, 2, 3, 4]),
        ("guardduty", ["0", "2", "3.9", "4", "7", "8.9", "9"], [0, 1, 1, 2, 3, 3, 4]),
        ("any", [" High ", "very-high", "Informational", "odd", ""], [3, 4, 0, 1, 1]),
    ],
)
def test_levels_on_the_scale_of_each_product(
    product: str, told: list[str | None], expected: list[int]
) -> None:
    assert levels(severity=told, product=[product] * len(told)) == expected


def test_policy_is_never_above_low_and_nothing_is_raised() -> None:
    assert levels(
        severity=["1", "4", "2"],
        product=["suricata"] * 3,
        category=["Potential Corporate Privacy Violation", "Misc activity", "A Network Trojan"],
    ) == [1, 0, 2]


def test_the_subject_is_the_inside_end() -> None:
    row = {"signature": "x", "severity": "9", "at_s": 1.0}
    rows = events("alert", [
        {**row, "orig_h": "10.0.0.1", "resp_h": "203.0.113.1"},
        {**row, "orig_h": "203.0.113.1", "resp_h": "10.0.0.2"},
        {**row, "orig_h": None, "resp_h": "203.0.113.1"},
    ])  # fmt: skip
    unknown = rows.with_columns(
        *(pl.lit(None, pl.Boolean).alias(f"{end}_inside") for end in ("orig", "resp")),
        *(pl.lit(None, pl.String).alias(f"{end}_class") for end in ("orig", "resp")),
    )
    ready = with_row_features("alert", unknown)
    states = SERIOUS_ALERTS.partial(ready.lazy()).collect()
    assert sorted(states["subject_h"]) == ["10.0.0.1", "10.0.0.2", "203.0.113.1"]


def test_cylance_tells_a_score_and_no_severity() -> None:
    assert levels(severity=[None, None], product=["cylance", "other"], score=[100.0, 100.0]) == [
        3,
        1,
    ]
    assert levels(severity=[None], product=["cylance"], score=[30.0]) == [2]
