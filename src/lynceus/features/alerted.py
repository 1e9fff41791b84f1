"""Windows over what other products have detected, by whom it is about.

How bad an alert is, `level`, is 0 (info) to 4 (critical), read from the product's own scale.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Distinct, Max, Measure, Min, Values, Window

LEVELS = {
    "info": 0, "informational": 0, "information": 0, "notice": 0, "notification": 0, "debug": 0,
    "unknown": 0, "none": 0, "compliance": 1,
    "low": 1, "minor": 1, "warning": 1, "warn": 1, "moderate": 2,
    "medium": 2, "suspicious": 2, "error": 2, "high": 3, "major": 3, "alert": 3, "important": 3,
    "critical": 4, "severe": 4, "very-high": 4, "very high": 4, "emergency": 4, "fatal": 4,
}  # fmt: skip
"""Words of severity, whoever uses them."""

DOWNWARDS = ("suricata", "snort", "asa", "ftd", "firepower")
"""Products of which 1 is the highest number."""
TO_FIVE = ("darktrace",)
"""Products that count from 0 to 5."""
UNSAFE = 60
"""Score from which on Cylance calls a file unsafe, and below abnormal; it tells no severity."""

POLICY = (
    r"(?i)policy|privacy|not.suspicious|misc.activity|protocol.command.decode|compliance"
    r"|informational|inappropriate"
)
"""Classes that tell of what is not wanted rather than of an attack: never above low."""
BLOCKED = r"(?i)block|drop|deny|denied|reject|reset|prevent|quarantin"

_number = pl.col("severity").cast(pl.Float64, strict=False)
_named = pl.col("product").fill_null("another product")


def level() -> pl.Expr:
    """How bad the product says it is, 0 to 4; 1 where it does not say."""
    word = pl.col("severity").str.to_lowercase().str.strip_chars()
    by_word = word.replace_strict(LEVELS, default=None, return_dtype=pl.Int64)
    downwards = (4 - _number).clip(0, 3)
    of_five = (_number - 1).clip(0, 4)
    # CEF's scale, that of most others too: 0, 1 to 3, 4 to 6, 7 and 8, 9 and 10.
    of_ten = (
        pl.when(_number < 1).then(0).when(_number < 4).then(1).when(_number < 7).then(2)
        .when(_number < 9).then(3).otherwise(4)
    )  # fmt: skip
    by_number = (
        pl.when(pl.col("product").is_in(DOWNWARDS)).then(downwards)
        .when(pl.col("product").is_in(TO_FIVE)).then(of_five)
        .otherwise(of_ten)
    )  # fmt: skip
    scored = pl.when((pl.col("product") == "cylance") & pl.col("score").is_not_null()).then(
        pl.when(pl.col("score") >= UNSAFE).then(3).otherwise(2)
    )
    told = pl.coalesce(
        by_word, pl.when(_number.is_not_null()).then(by_number).cast(pl.Int64), scored, 1
    )
    harmless = pl.col("category").str.contains(POLICY).fill_null(value=False)
    # What was kept out from outside is the weather.
    kept_out = (
        pl.col("action").str.contains(BLOCKED) & ~pl.col("orig_in") & pl.col("resp_in")
    ).fill_null(value=False)
    return pl.when(harmless | kept_out).then(told.clip(0, 1)).otherwise(told)


_one_inside = (pl.col("orig_in") != pl.col("resp_in")).fill_null(value=False)
_resp = (_one_inside & pl.col("resp_in")) | pl.col("orig_h").is_null()
_subject = pl.when(_resp).then("resp_h").otherwise("orig_h")
_other = pl.when(_resp).then("orig_h").otherwise("resp_h")

_told = pl.col("signature").is_not_null() & pl.any_horizontal(
    pl.col(name).is_not_null() for name in ("orig_h", "resp_h", "username", "hostname")
)
_DERIVED = {
    "level": level(),
    "reporter": _named,
    "subject_h": _subject,
    "subject_is_resp": _resp,
    "subject_name": pl.when(_subject.is_null()).then(pl.coalesce("username", "hostname")),
}
_SEEN: tuple[Measure, ...] = (
    Count("alerts"),
    Max("level", "level"),
    Distinct("others", _other),
    Max("other_h", _other),
    Max("resp_p", "resp_p"),
    Max("proto", "proto"),
    Max("service", "service"),
    Max("orig_in", "orig_in"),
    Max("resp_in", "resp_in"),
    Min("first_seen_ns", "ts_ns"),
    Max("last_seen_ns", "ts_ns"),
    *BEHIND,
)

SERIOUS_ALERTS = Window(
    "serious_alerts_1h",
    "alert",
    ("reporter", "signature", "subject_h", "subject_is_resp", "subject_name"),
    (
        *_SEEN,
        Max("signature_id", "signature_id"),
        Max("category", "category"),
        Max("severity_told", "severity"),
        Max("score_told", "score"),
        Max("message", "message"),
        Max("sensor", "sensor"),
        Max("username", "username"),
        Max("hostname", "hostname"),
        Max("told_tactic", "tactic"),
        Max("techniques_text", pl.col("techniques").list.join(" ")),
        Max("attacker_h", "attacker_h"),
        Max("victim_h", "victim_h"),
        Values("actions", "action", k=5),
    ),
    "1h",
    _told & (pl.col("level") >= 2),
    derive=_DERIVED,
)
"""Alerts that their product calls medium or worse, by rule and by whom they are about."""

SLIGHT_ALERTS = Window(
    "slight_alerts_1d",
    "alert",
    ("reporter", "subject_h", "subject_is_resp", "subject_name"),
    (*_SEEN, Distinct("signatures", "signature"), Values("signatures_sample", "signature", k=3)),
    "1d",
    _told & (pl.col("level") == 1),
    derive=_DERIVED,
)
"""Alerts of little weight, all rules of a product together."""
