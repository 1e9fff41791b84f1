"""Rephrasing beside a run: who tells waits little, and a model that is slow delays nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lynceus.incident import Incident
from lynceus.notify.delivery import Delivery
from lynceus.rewrite import FAILURES
from lynceus.rewrite.rewriter import Rewriter
from lynceus.store.ledger import Ledger
from notify.desk import Desk
from notify.doubles import Double, Reply, Request, served
from notify.recorder import Recorder
from notify.recorder import settings as alerting
from rewrite.test_rewrite import faithful, settings, speaking, told


@pytest.fixture(name="model")
def _model() -> Iterator[Double]:
    with served() as double:
        yield double


def graver(incident: Incident, number: int) -> Incident:
    """Another incident with the same words."""
    return incident.model_copy(update={"id": f"{number:016x}", "score": 90.0 + number})


def test_the_words_come_in_time(model: Double) -> None:
    model.answer = speaking(faithful)
    one, low = told()
    with Rewriter(settings(model, wait_s=30.0)) as rewriter:
        again = rewriter.words(one)
        assert again.rephrased_by == "m"
        assert again.summary.startswith("Overall, ")
        assert rewriter.words(one) == again
        assert rewriter.words(low) == low, "below the severity that is asked for"
        assert rewriter.words(again) == again
    assert len(model.requests) == 1


def test_a_slow_model_is_waited_for_once_and_then_not_at_all(model: Double) -> None:
    go = threading.Event()

    def slow(request: Request) -> Reply:
        go.wait(60)
        return speaking(faithful)(request)

    model.answer = slow
    one, _ = told()
    with Rewriter(settings(model, wait_s=0.05)) as rewriter:
        assert rewriter.words(one) == one, "the original goes out"
        object.__setattr__(rewriter, "_settings", settings(model, wait_s=30.0))
        assert rewriter.words(graver(one, 1)) == graver(one, 1), "at once: it would take 30 s"
        go.set()
        with rewriter._changed:
            assert rewriter._changed.wait_for(lambda: len(rewriter._done) == 2, 30)
        assert rewriter.words(one).rephrased_by == "m", "what came too late is told later"


def test_of_too_many_the_most_urgent_are_asked_about(model: Double) -> None:
    model.answer = speaking(faithful)
    one, _ = told()
    rewriter = Rewriter(settings(model, most=2, wait_s=30.0))
    rewriter.offer(graver(one, n) for n in range(5))
    assert [i.score for i in rewriter._asked.values()] == [94.0, 93.0]
    with rewriter:
        assert rewriter.words(graver(one, 4)).rephrased_by == "m"
        with rewriter._changed:
            assert rewriter._changed.wait_for(lambda: len(rewriter._done) == 2, 30)
    assert len(model.requests) == 2


def test_a_model_that_fails_is_left_alone_and_the_trouble_told_once(model: Double) -> None:
    model.failures.extend(["500"] * FAILURES)
    one, _ = told()
    lines: list[str] = []
    with Rewriter(settings(model, wait_s=30.0), say=lines.append) as rewriter:
        for number in range(FAILURES):
            assert rewriter.words(graver(one, number)) == graver(one, number)
        with rewriter._changed:
            assert rewriter._changed.wait_for(lambda: len(rewriter._done) == FAILURES, 30)
        assert rewriter.words(one) == one, "at once: it rests, and nobody waits for it"
    assert len(lines) == 1
    assert "answered 500" in lines[0]
    assert not model.requests


def test_alerts_are_told_in_these_words_and_under_their_keys(
    model: Double, ledger: Ledger, soc: Recorder
) -> None:
    model.answer = speaking(faithful)
    one, _ = told()
    desk = Desk(ledger, alerting([soc], [{"severity": "low"}]))
    desk.take(one)
    with Rewriter(settings(model, wait_s=30.0)) as rewriter:
        delivery = Delivery(ledger, desk.settings, words=rewriter.words)
        assert delivery.turn(desk.now_ns).sent == 1
    [notice] = soc.told
    assert notice.paragraphs[0].startswith("Overall, ")
    assert notice.key == desk.messages()[0].key
    assert ledger.incidents()[0].rephrased_by is None, "the ledger keeps what was found"
