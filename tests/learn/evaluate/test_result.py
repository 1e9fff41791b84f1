from __future__ import annotations

from lynceus.learn.evaluate.result import Figure, Result


def test_one_figure_that_was_missed_is_enough() -> None:
    stated, met, missed = (
        Figure("a", "1"),
        Figure("b", "1", ">= 1", True),
        Figure("c", "0", "1", False),
    )
    assert Result((stated, met)).met
    assert not Result((stated, met, missed)).met
