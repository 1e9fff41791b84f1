from __future__ import annotations

from lynceus.learn.evaluate.page import Measured, page
from lynceus.learn.evaluate.result import Figure, Part, Result


class Made:
    """Measured like
    so."""

    title = "A made-up task"


def test_figures_tables_and_what_was_not_reached_stand_on_the_page() -> None:
    result = Result(
        (Figure("F1", "0.8 (0.7 to 0.9)", ">= 0.9", False), Figure("rows", "12")),
        (Part("By class", ({"class": "a|b", "recall": "0.5"},)),),
        ("A note.",),
    )
    told = page([Measured("made", Made, result), Measured("other", Made, None, "no data")])
    assert "`made`. Measured like so." in told
    assert "| F1 | 0.8 (0.7 to 0.9) | >= 0.9 | no |" in told
    assert "| rows | 12 | (stated) |  |" in told
    assert "| a\\|b | 0.5 |" in told and "A note." in told
    assert "Not measured: no data." in told
