"""All models at once: the columns of `SCORED` added to flows, failures and gaps counted.

Of a task the first model that can judge a flow does; so one that reads packets stands before one
that reads what any source may know. A model that fails is set aside, the others go on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from lynceus.protocols import Model
from lynceus.records import FLOW_SCHEMA, JUDGED, OF_A_VICTIM, SCORED, Task

PIECE = 65_536
"""Most flows scored at once: bounds what is needed in between."""

FAILURES = (
    pl.exceptions.PanicException,
    pl.exceptions.PolarsError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a model may fail with, without the others being stopped."""

MINUTE_NS = 60_000_000_000
MOST_PAIRS = 16
"""Of a host so many pairs a class and minute are explained: a scan has thousands alike."""
LEAST_CONFIDENCE = 0.995
"""Below it something that is usually known was missing."""


class Scoring:
    """Adds to flows what models say of them."""

    def __init__(self, models: Sequence[Model] = ()) -> None:
        self.models = tuple(models)
        """In order of preference."""
        self.failed: dict[str, str] = {}
        """Models that failed, with the reason; the others go on."""
        self.counted: Counter[str] = Counter()
        """By model, ` judged`: flows it judged; ` with gaps`: those of which inputs were missing
        that usually are known; by task, ` not judged`: flows that no model could judge."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of `SCORED` that there are models for."""
        return tuple(f"{task}_{column}" for task in self._tasks for column in _ADDED)

    def scored(self, flows: pl.DataFrame) -> pl.DataFrame:
        """The flows with the columns of every task that has a model; once is enough."""
        wanted = self.columns
        if not wanted or all(name in flows.columns for name in wanted):
            return flows
        pieces = [self._scored(piece) for piece in flows.iter_slices(PIECE)]
        return pl.concat(pieces) if pieces else flows.with_columns(_nothing(wanted))

    def told(self) -> list[str]:
        """Lines about models that failed or had to judge without all they read."""
        lines = [
            f"model {label} failed and says nothing: {reason}"
            for label, reason in self.failed.items()
        ]
        for model in self.models:
            judged, gaps = (
                self.counted[f"{model.label} {what}"] for what in ("judged", "with gaps")
            )
            if gaps:
                lines.append(
                    f"model {model.label} judged {gaps:,} of {judged:,} flows without all that it "
                    "reads: with less confidence."
                )
        return lines

    @property
    def _tasks(self) -> tuple[Task, ...]:
        return tuple(dict.fromkeys(model.task for model in self.models))

    def _scored(self, flows: pl.DataFrame) -> pl.DataFrame:
        told = flows
        for task in self._tasks:
            said = self._judged(task, flows)
            self.counted[f"{task} not judged"] += said["class"].null_count()
            named = said.rename({column: f"{task}_{column}" for column in _ADDED})
            told = told.hstack(named)
        return told

    def _judged(self, task: Task, flows: pl.DataFrame) -> pl.DataFrame:
        """What is said of the flows about one task, in `_ADDED`."""
        left = flows.with_row_index("_row")
        said = [pl.DataFrame(schema={"_row": pl.UInt32(), **_ADDED})]
        for model in self.models:
            if model.task != task or model.label in self.failed or not left.height:
                continue
            try:
                judged = self._by(model, left)
            except FAILURES as error:
                reason = str(error).splitlines()[0] if str(error) else type(error).__name__
                self.failed[model.label] = reason
                continue
            spoken = judged["class"].is_not_null()
            self._count(model, judged)
            said.append(judged.filter(spoken).insert_column(0, left["_row"].filter(spoken)))
            left = left.filter(~spoken)
        if left.height:
            said.append(left.select("_row", *_nothing(tuple(_ADDED))))
        filled = [part for part in said if part.height]
        one = filled[0] if len(filled) == 1 else pl.concat(filled).sort("_row")
        return one.drop("_row")

    def _by(self, model: Model, rows: pl.DataFrame) -> pl.DataFrame:
        missing = [name for name in model.reads if name not in rows.columns]
        rows = rows.with_columns(pl.lit(None, FLOW_SCHEMA[name]).alias(name) for name in missing)
        judged = model.judged(rows)
        if judged.schema != JUDGED or judged.height != rows.height:
            raise ValueError("does not judge as the door asks")
        reasons = pl.Series("reasons", [None], dtype=pl.String).new_from_index(0, rows.height)
        places = _to_explain(rows, judged)
        if len(places):
            chosen = rows[places]
            reasons = reasons.scatter(places, model.reasons(chosen, judged["class"].gather(places)))
        return judged.with_columns(reasons.alias("reasons"))

    def _count(self, model: Model, judged: pl.DataFrame) -> None:
        confidence = judged["confidence"]
        self.counted[f"{model.label} judged"] += judged.height - confidence.null_count()
        self.counted[f"{model.label} with gaps"] += int((confidence < LEAST_CONFIDENCE).sum())


_ADDED = {**JUDGED, "reasons": pl.String()}


def _nothing(columns: Sequence[str]) -> list[pl.Expr]:
    return [pl.lit(None, {**SCORED, **_ADDED}[name]).alias(name) for name in columns]


def _to_explain(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.Series:
    """The places of the flows whose reasons are told: of those that alert the most probable one
    of each pair, class and minute, and of a host's pairs the `MOST_PAIRS` most probable.

    A window of whole minutes so finds its most probable flow explained, however the input was cut.
    """
    alerting = judged["alerts"].fill_null(False)
    if not alerting.any():
        return pl.Series(dtype=pl.UInt32)
    missing = [pl.lit(None).alias(n) for n in ("site", "orig_h", "resp_h") if n not in rows.columns]
    end = [name for name in ("end_ns", "ts_ns") if name in rows.columns]
    minute = pl.coalesce(*end).floordiv(MINUTE_NS) if end else pl.lit(0)
    tie = pl.col("uid") if "uid" in rows.columns else pl.col("_place")
    told_of = pl.when(pl.col("class").is_in(OF_A_VICTIM)).then("resp_h").otherwise("orig_h")
    group = ["site", "_minute", "class"]
    return (
        rows.lazy()
        .with_columns(missing)
        .select("site", "orig_h", "resp_h", minute.alias("_minute"), tie.alias("_tie"))
        .with_columns(judged["class"], judged["probability"])
        .with_row_index("_place")
        .filter(alerting)
        .sort("probability", "_tie", descending=[True, False], maintain_order=True)
        .unique([*group, "orig_h", "resp_h"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over(*group, told_of) < MOST_PAIRS)
        .select("_place")
        .sort("_place")
        .collect(engine="in-memory")
        .to_series()
    )
