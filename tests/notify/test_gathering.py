"""`gathering.py`: many messages told in one."""

from __future__ import annotations

from lynceus.store.ledger import Ledger
from lynceus.store.outbox import WAITING
from lynceus.store.tables import OUTBOX
from notify.desk import SECOND_NS, Desk, worse
from notify.made import AT_NS, MINUTE_NS, incident
from notify.recorder import Recorder, settings


def test_a_flood_is_a_handful_of_messages_and_nothing_is_lost(
    ledger: Ledger, soc: Recorder
) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    many = [incident(n, score=50 + n % 50, severity=("medium", "high")[n % 3 == 0])
            for n in range(1, 601)]  # fmt: skip
    many.append(incident(5000, severity="critical", score=99.0))
    for at in range(0, len(many), 200):
        desk.take(*many[at : at + 500])
        desk.turn(10 * SECOND_NS)
    assert len(soc.told) == 10
    for _ in range(30):
        desk.turn(MINUTE_NS)
    assert len(soc.told) <= 12
    digests = [notice for notice in soc.told if notice.kind == "digest"]
    assert sum(d.total for d in digests) + soc.kinds.count("open") == 601
    assert all("Told together: more than 10 messages in 10 min." in d.text for d in digests)
    waiting = desk.messages(OUTBOX.c.state == WAITING)
    assert waiting == []
    inside = desk.messages(OUTBOX.c.within == digests[0].key)
    assert len({one.subject for one in inside}) == digests[0].total
    assert digests[0].incidents[0].severity == "high", "the weightiest first"


def test_the_weightiest_are_told_by_themselves(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    low = [incident(n, severity="medium") for n in range(1, 100)]
    desk.take(*low, incident(100, severity="critical"))
    desk.turn()
    assert {n.severity for n in soc.told if n.kind == "open"} == {"critical", "medium"}
    assert soc.kinds.count("digest") == 1


def test_a_digest_is_one_message_at_the_border_of_its_time(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{"digest_min": 60}]))
    for number in range(1, 6):
        desk.take(incident(number))
        assert desk.turn(10 * MINUTE_NS).sent == 0
    desk.take(worse(9))
    assert desk.turn().sent == 1, "a critical one wakes people"
    assert desk.turn(10 * MINUTE_NS).sent == 1
    assert soc.kinds == ["open", "digest"]
    assert soc.told[1].counts == {"high": 5}
    assert "digest every 60 min" in soc.told[1].text


def test_a_digest_of_one_is_that_one(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{"digest_min": 60}]))
    desk.take(incident())
    desk.turn(60 * MINUTE_NS)
    assert soc.kinds == ["open"]


def test_quiet_hours_end_with_one_message(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{"quiet": "22:00-06:00"}]))
    desk.now_ns = AT_NS + 13 * 60 * MINUTE_NS  # 23:00
    desk.take(incident(1), incident(2))
    desk.take(worse(3))
    desk.turn()
    assert soc.kinds == ["open"], "the critical one"
    desk.turn(6 * 60 * MINUTE_NS)
    assert len(soc.kinds) == 1
    desk.turn(61 * MINUTE_NS)
    assert soc.kinds == ["open", "digest"]
    assert "quiet hours until 2024-05-02T06:00:00Z" in soc.told[1].text


def test_what_grows_critical_in_quiet_hours_waits_no_longer(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{"quiet": "09:00-12:00"}]))
    desk.take(incident())
    assert desk.turn().sent == 0
    desk.take(worse())
    desk.turn()
    assert soc.kinds == ["open"]


def test_maintenance_holds_back_what_it_covers(ledger: Ledger, soc: Recorder) -> None:
    window = {
        "why": "new firewall", "begin": "2024-05-01T09:00:00Z", "end": "2024-05-01T11:00:00Z",
        "segments": ["10.0.0.0/24"],
    }  # fmt: skip
    desk = Desk(ledger, settings([soc], [{}], maintenance=[window]))
    elsewhere = incident(3, entities=(incident().entities[1],))
    desk.take(worse(1), incident(2), elsewhere)
    desk.turn()
    assert [n.id for n in soc.told] == [elsewhere.id]
    desk.turn(61 * MINUTE_NS)
    assert soc.kinds == ["open", "digest"]
    assert "new firewall" in soc.told[1].text
