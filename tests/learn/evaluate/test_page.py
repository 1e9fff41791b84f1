from __future__ import annotations

from lynceus.learn.evaluate.page import Measured, page
from lynceus.learn.evaluate.result import Figure, Part, Result


class Made:
    """Measured like
    so."""

    title = "A made-up task"


class Other:
    """Measured otherwise."""

    title = "Another task"


def test_figures_tables_and_what_was_not_reached_stand_on_the_page() -> None:
    result = Result(
        (Figure("F1", "0.8 (0.7 to 0.9)", ">= 0.9", False), Figure("rows", "12")),
        (Part("By class", ({"class": "a|b", "recall": "0.5"},)),),
        ("A note.",),
    )
    made = [Measured("made", Made, result), Measured("other", Other, None, "no data")]
    told = page(made, [Made.title, Other.title])
    assert "`made`. Measured like so." in told
    assert "| F1 | 0.8 (0.7 to 0.9) | >= 0.9 | no |" in told
    assert "| rows | 12 | (stated) |  |" in told
    assert "| a\\|b | 0.5 |" in told and "A note." in told
    assert "Not measured: no data." in told
    assert told.index("## A made-up task") < told.index("## Another task")


def test_what_was_not_run_now_stays_as_it_was() -> None:
    titles = [Other.title, Made.title]
    first = page([Measured("made", Made, Result((Figure("F1", "0.8"),)))], titles)
    other = [Measured("other", Other, Result((Figure("F1", "0.3"),)))]
    both = page(other, titles, first)
    assert both.index("| F1 | 0.3 |") < both.index("| F1 | 0.8 |")
    assert page(other, titles, both) == both
    assert "0.8" not in page(other, titles)
