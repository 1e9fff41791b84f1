"""`delivery.py`: what reaches a channel, and what is done where it does not."""

from __future__ import annotations

import pytest

from lynceus.notify.channel import Channel, Locked, Refused, Unavailable
from lynceus.notify.delivery import LEASE_NS, Delivery, Turn
from lynceus.notify.dispatch import Dispatch
from lynceus.notify.patience import ATTEMPTS, FAILURES
from lynceus.notify.routing import Routing
from lynceus.notify.settings import NotifySettings
from lynceus.store.ledger import Ledger
from lynceus.store.outbox import DEAD, FOLDED, SENT, WAITING
from notify.desk import SECOND_NS, Desk
from notify.made import MINUTE_NS, incident
from notify.recorder import Recorder, settings


def test_a_failure_is_tried_again_later_and_later_until_it_is_given_up(
    ledger: Ledger, soc: Recorder
) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    soc.fail(*[Unavailable("busy")] * ATTEMPTS)
    waits = []
    while desk.states() == {WAITING: 1}:
        due_ns = max(desk.now_ns, desk.messages()[0].due_ns)
        waits.append((due_ns - desk.now_ns) / SECOND_NS)
        desk.turn(due_ns - desk.now_ns)
    assert len(waits) == ATTEMPTS
    assert 2 < waits[1] < 10
    assert 1000 < waits[-1] < 5400
    assert desk.states() == {DEAD: 1}
    assert desk.messages()[0].answer == "busy"
    assert "alert dead" in desk.acts()
    assert Dispatch(ledger, desk.settings).retry(at_ns=desk.now_ns) == 1
    desk.turn(2 * 3600 * SECOND_NS)
    assert desk.states() == {SENT: 1}
    assert soc.told[0].key == desk.messages()[0].key, "and under its old key"


def test_what_is_refused_is_given_up_at_once_and_others_go_on(
    ledger: Ledger, soc: Recorder
) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident(1), incident(2))
    soc.fail(Refused("422 no such field"))
    turn = desk.turn()
    assert (turn.sent, turn.dead) == (1, 1)
    assert turn.problems == {"soc": "422 no such field"}


def test_wrong_settings_rest_the_channel_and_cost_no_message(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident(1), incident(2))
    for _ in range(ATTEMPTS + 3):
        soc.fail(Locked("401 wrong token"))
        desk.turn(2 * 3600 * SECOND_NS)
        rest = desk.turn()
        assert (rest.sent, rest.problems) == (0, {"soc": "401 wrong token"})
    assert desk.states() == {WAITING: 2}
    assert desk.turn(2 * 3600 * SECOND_NS).sent == 2
    assert desk.acts().count("channel rests") == 1


def test_a_channel_that_fails_in_a_row_rests_and_is_tried_with_one(ledger: Ledger) -> None:
    soc = Recorder(name="soc", most=0)
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(*map(incident, range(1, 21)))
    soc.fail(*[Unavailable("down")] * (FAILURES + 1))
    for _ in range(FAILURES):
        assert desk.turn().sent == 0
    left = len(soc._failures)
    desk.turn(SECOND_NS)
    assert len(soc._failures) == left == 1, "a resting channel is not asked"
    desk.turn(3600 * SECOND_NS)
    assert len(soc._failures) == 0, "one message tries whether it works again"
    assert desk.turn(3600 * SECOND_NS).sent == 20


def test_a_channel_rests_as_long_as_the_service_asks(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident(1), incident(2))
    soc.fail(Unavailable("429", after_s=900))
    desk.turn()
    assert desk.turn(899 * SECOND_NS).sent == 0
    assert desk.turn(2 * SECOND_NS).sent == 2


def test_a_channel_that_is_down_delays_no_other(ledger: Ledger, soc: Recorder) -> None:
    other = Recorder(name="other")
    desk = Desk(ledger, settings([soc, other], [{}]))
    desk.take(*map(incident, range(1, 6)))
    soc.fail(*[Unavailable("down")] * 50)
    assert desk.turn().sent == 5
    assert other.kinds == ["open"] * 5


def test_a_defect_of_a_channel_is_a_failure_like_others(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    soc.fail(ZeroDivisionError("of a plugin"))
    assert desk.turn().problems == {"soc": "soc: ZeroDivisionError: of a plugin"}
    assert desk.turn(MINUTE_NS).sent == 1


def test_a_message_whose_sender_died_is_sent_again_under_its_key(
    ledger: Ledger, soc: Recorder
) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())

    def killed(_: object) -> None:
        raise KeyboardInterrupt

    soc._on_send = killed
    with pytest.raises(KeyboardInterrupt):
        desk.turn()
    soc._on_send = lambda _: None
    assert desk.turn(SECOND_NS).sent == 0, "somebody may still be sending it"
    assert desk.turn(LEASE_NS).sent == 1
    assert soc.told[0].key == desk.messages()[0].key


def test_a_turn_begins_no_message_when_its_time_is_over(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident(1), incident(2))
    assert Delivery(ledger, desk.settings).turn(desk.now_ns, within_s=0.0).sent == 0
    assert desk.turn().sent == 2


def test_messages_of_a_channel_that_is_gone_wait(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    desk.settings = NotifySettings(channels={}, routing=Routing(()))
    assert desk.turn() == Turn()
    assert desk.states() == {WAITING: 1}


def test_the_same_happens_in_postgresql(postgres: str, soc: Recorder) -> None:
    with Ledger(postgres) as ledger:
        channels: list[Channel] = [soc, Recorder(name="other")]
        desk = Desk(ledger, settings(channels, [{}]))
        desk.take(*map(incident, range(1, 51)))
        assert desk.turn().sent == 20
        desk.changed("resolve", 1)
        desk.turn(MINUTE_NS)
        assert desk.states() == {SENT: 22, FOLDED: 82}
        assert desk.acts()
