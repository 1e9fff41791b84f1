"""Guessed passwords at web forms, in clear-text requests: part of `brute_force`.

A form that refuses does so with an ordinary page (200, or a redirect back to it): no status tells
of failure, but the answers are alike while what is sent differs. A redirect is what a granted login
gets too: where all are redirected, only the pace tells guessing from a proxy with many users.
"""

from __future__ import annotations

import polars as pl

from lynceus.detect.score import (
    duration_text,
    plural,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.language.columns import clause, sentence

ALIKE = 0.15
"""Most coefficient of variation of the bytes of pages, the largest left out."""
REQUEST_BYTES = 4_096
"""What carries a name and a password is no larger."""
BODIES = 3
"""So many different sizes of requests are no program that sends the same again."""
PACE_S = 3.0
"""Fewer seconds than this from one request to the next are a program's."""
ODD_SHARE = 0.1
"""At most this share of the answers is of the other kind where a guess worked."""

LEFT_OUT = (
    *("form", "orig_in", "resp_in", "answered", "page_bytes", "page_bytes_squared"),
    *("most_page_bytes", "most_request_bytes", "first_moved_ns", "last_moved_ns"),
    *("first_plain_ns", "last_plain_ns", "active_hours", "odd", "odd_last_ns"),
    *("usual_first_ns", "host"),
)  # fmt: skip


def of_pairs(forms: pl.LazyFrame, tries: int, thin: int | None) -> pl.LazyFrame:
    """One client against one form: from `tries` requests on whose answers are alike.

    `thin` leaves to the narrower window what an average hour of a day shows there.
    """
    if thin is not None:
        hours = pl.col("active_hours").clip(lower_bound=1)
        forms = forms.filter(pl.col("tries") / hours < thin)
    # Either redirects or pages are the refusals; the rarer of the two is what is unlike them.
    fewer = pl.col("moved_answers") * 2 <= pl.col("answered")
    pages = pl.col("answered") - pl.col("moved_answers")
    count = pages.cast(pl.Float64) - 1
    most = pl.col("most_page_bytes").cast(pl.Float64)
    mean = (pl.col("page_bytes") - most) / count
    squared = pl.col("page_bytes_squared").cast(pl.Float64) - most**2
    variance = (squared / count - mean**2).clip(lower_bound=0)
    unlike = pl.when(fewer & (count > 0) & (mean > 0)).then(variance.sqrt() / mean)
    # Logs of servers do not tell what was sent: it may be the same again and again.
    unknown = pl.col("most_request_bytes").is_null()
    told = forms.with_columns(
        span_s=span_s(),
        unlike=unlike.fill_null(0.0),
        odd=pl.when(fewer).then("moved_answers").otherwise(pages),
        odd_last_ns=pl.when(fewer).then("last_moved_ns").otherwise("last_plain_ns"),
        usual_first_ns=pl.when(fewer).then("first_plain_ns").otherwise("first_moved_ns"),
    ).filter(
        (pl.col("tries") >= tries)
        & (pl.col("answered") * 2 >= pl.col("tries"))
        & ((pl.col("request_sizes") >= BODIES) | unknown)
        & ((pl.col("most_request_bytes") <= REQUEST_BYTES) | unknown)
        & (pl.col("unlike") <= ALIKE)
        & (share("odd", "answered") <= ODD_SHARE)
    )
    worked = (pl.col("odd") > 0) & (pl.col("odd_last_ns") > pl.col("usual_first_ns"))
    worked = worked.fill_null(value=False)
    undated = pl.col("window_start_ns").is_null()
    slow = (pl.col("span_s") / pl.col("tries") > PACE_S).fill_null(value=True)
    redirected = (pl.col("odd") == 0) & (pl.col("moved_answers") > 0)
    return told.with_columns(
        service=pl.lit("http"),
        login_form=pl.concat_str("host", "form", ignore_nulls=True),
        orig_role=pl.lit("attacker"),
        resp_role=pl.lit("victim"),
        severity=severity(
            (undated | unknown | (redirected & slow), "low"),
            (worked, "high"),
            (pl.col("orig_in") & pl.col("resp_in"), "high"),
            otherwise="medium",
        ),
        score=saturating("tries", tries),
        confidence=0.5 + 0.3 * saturating("tries", 3 * tries),
        techniques=pl.when(worked)
        .then(techniques("T1110.001", "T1078"))
        .otherwise(techniques("T1110.001")),
        because=sentence(
            "{orig_h} sent {tries}{different} to the form {form} of "
            "{resp_h}{in_time}, and the answers were alike.{worked}",
            tries=plural("tries", "request"),
            different=pl.when(unknown).then(pl.lit("")).otherwise(clause("different in size")),
            in_time=pl.when(pl.col("span_s").is_null())
            .then(pl.lit(""))
            .otherwise(clause("in {span_s}", span_s=duration_text("span_s"))),
            worked=pl.when(worked)
            .then(
                clause(
                    "{odd} unlike the rest: a guess may have worked.",
                    odd=plural("odd", "answer was", "answers were"),
                )
            )
            .otherwise(pl.lit("")),
        ),
    ).drop(LEFT_OUT, strict=False)
