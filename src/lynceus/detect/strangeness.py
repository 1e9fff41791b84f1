"""Hours that a baseline calls strange, as findings: score, severity and sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from lynceus.baseline.reasons import PATTERNS
from lynceus.detect.score import number_text, severity
from lynceus.features.window import width_ns
from lynceus.language.columns import clause, sentence, worded

if TYPE_CHECKING:
    from lynceus.baseline.state import State

RARE_DAYS = 30.0
"""What comes less often than once in so many days is medium."""

HALF_DAYS = 3.0
"""What comes once in so many days has a score of one half."""


def said_of(
    baseline: State | None, subject: str, tables: Sequence[pl.LazyFrame]
) -> pl.LazyFrame | None:
    """What there is to say of the hours of a subject, the host in `host`; None before the baseline
    is ready."""
    learned = baseline.learned[subject] if baseline else None
    if baseline is None or learned is None or not learned.ready:
        return None
    from lynceus.baseline.reasons import told
    from lynceus.baseline.subject import rows_of

    rows = rows_of(learned.subject, pl.collect_all(list(tables), engine="in-memory"))
    said = told(learned, rows, baseline.roles)
    who = pl.col("host")
    if subject == "pair":
        who = sentence("{host} with {resp_h}")
    elif subject == "service":
        who = sentence("{resp_p}/{proto} of {host}")
    elif subject == "flow":
        who = sentence("A flow of {host} to {resp_p}/{proto}")
    texts = pl.col("reasons").list.eval(pl.element().struct.field("text"))
    others = (
        pl.when(texts.list.len() > 1)
        .then(clause("Then, by weight: {texts}.", texts=texts.list.slice(1).list.join("; ")))
        .otherwise(pl.lit(""))
    )
    like = (
        pl.when(pl.col("like").is_null())
        .then(pl.lit(""))
        .otherwise(clause("It is most like {like}.", like=worded(pl.col("like"), PATTERNS)))
    )
    near = (
        pl.when(pl.col("nearest").is_null())
        .then(pl.lit(""))
        .otherwise(clause("The nearest hour of the past: {nearest}."))
    )
    often = (
        pl.when(pl.col("once_in_days") > 365)
        .then(sentence("less than once a year"))
        .otherwise(
            sentence(
                "about once in {once_in_days} days",
                once_in_days=number_text(pl.col("once_in_days").clip(lower_bound=0.1), 1),
            )
        )
    )
    return said.lazy().with_columns(
        window_end_ns=pl.col("window_start_ns") + width_ns("1h"),
        score=pl.col("once_in_days") / (pl.col("once_in_days") + HALF_DAYS),
        severity=severity((pl.col("once_in_days") >= RARE_DAYS, "medium"), otherwise="low"),
        confidence=pl.lit(0.5),
        once_in_days=pl.col("once_in_days").clip(upper_bound=1e6).round(2),
        because=sentence(
            "{who} was unlike what is usual: {texts}.{others} So strange an hour "
            "comes {often} here.{like}{near}",
            who=who,
            texts=texts.list.first(),
            others=others,
            often=often,
            like=like,
            near=near,
        ),
    )
