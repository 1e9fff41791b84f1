"""`dispatch.py`: what is written into the outbox, seen from the channel that it reaches."""

from __future__ import annotations

import pytest

from lynceus.notify.channel import Unavailable
from lynceus.store.ledger import Ledger, LedgerError
from lynceus.store.outbox import FOLDED, SENT
from notify.desk import DAY_NS, Desk, Tool, worse
from notify.made import MINUTE_NS, incident
from notify.recorder import Recorder, settings


def test_an_incident_is_told_once_and_grows_where_it_was_told(
    ledger: Ledger, soc: Recorder
) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    assert (desk.take(incident()), desk.take(incident())) == (1, 0)
    assert desk.turn().sent == 1
    assert desk.turn(MINUTE_NS).sent == 0, "nothing is told twice"
    assert desk.take(worse()) == 1
    assert desk.turn(MINUTE_NS).sent == 1
    assert soc.kinds == ["open", "update"]
    assert soc.before[1] == {"thread": soc.told[0].key}
    assert soc.told[1].incident == worse()
    assert desk.acts() == ["incident", "alert sent", "incident", "alert sent"]


def test_people_are_told_of_important_changes_and_tools_of_all(ledger: Ledger) -> None:
    people, siem, quiet = Recorder(name="soc"), Tool(name="siem"), Recorder(name="quiet")
    routes = [{"to": ["soc", "siem"]}, {"to": ["quiet"], "updates": "none"}]
    desk = Desk(ledger, settings([people, siem, quiet], routes))
    for one in (incident(), incident(score=72.0), worse()):
        desk.take(one)
        desk.turn(MINUTE_NS)
    assert people.kinds == ["open", "update"]
    assert siem.kinds == ["open", "update", "update"]
    assert quiet.kinds == ["open"]


def test_what_grows_while_it_waits_is_told_once_as_it_is_now(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    desk.take(worse())
    desk.turn()
    assert soc.kinds == ["open"]
    assert soc.told[0].incident == worse()
    assert desk.states() == {FOLDED: 1, SENT: 1}


def test_each_channel_hears_of_an_incident_in_order(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    soc.fail(Unavailable("busy"))
    desk.turn()
    desk.take(worse())
    desk.changed("acknowledge")
    assert desk.turn().sent == 0, "the first is not told yet, so nothing after it is"
    desk.turn(MINUTE_NS)
    assert soc.kinds == ["open", "update", "acknowledge"]


def test_nobody_acknowledges_and_it_escalates(ledger: Ledger, soc: Recorder) -> None:
    boss, ceo = Recorder(name="boss"), Recorder(name="ceo")
    steps = [{"after_min": 15, "to": ["boss"]}, {"after_min": 60, "to": ["boss", "ceo"]}]
    desk = Desk(ledger, settings([soc, boss, ceo], [{"to": ["soc"], "escalate": steps}]))
    desk.take(incident(1), incident(2))
    desk.turn()
    assert desk.turn(14 * MINUTE_NS).escalated == 0
    desk.changed("acknowledge", 2)
    assert desk.turn(2 * MINUTE_NS).escalated == 1
    assert boss.kinds == ["escalate"]
    assert boss.told[0].title.startswith("Not acknowledged: 10.0.0.5")
    assert "for 15 min" in boss.told[0].text
    desk.turn(60 * MINUTE_NS)
    desk.turn(DAY_NS)
    assert (boss.kinds, ceo.kinds) == (["escalate", "escalate"], ["escalate"])


def test_what_was_missed_escalates_in_one_turn(ledger: Ledger, soc: Recorder) -> None:
    boss = Recorder(name="boss")
    steps = [{"after_min": 15, "to": ["boss"]}, {"after_min": 60, "to": ["boss"]}]
    desk = Desk(ledger, settings([soc, boss], [{"to": ["soc"], "escalate": steps}]))
    desk.take(incident())
    desk.turn(DAY_NS)
    assert boss.kinds == ["escalate", "escalate"]
    assert desk.turn(DAY_NS).escalated == 0


def test_acknowledged_and_resolved_where_it_was_told(ledger: Ledger, soc: Recorder) -> None:
    other = Recorder(name="other")
    routes = [{"to": ["soc"]}, {"to": ["other"], "severity": "critical"}]
    desk = Desk(ledger, settings([soc, other], routes))
    desk.take(incident())
    desk.turn()
    assert (desk.changed("acknowledge"), desk.changed("resolve")) == (1, 1)
    desk.turn()
    assert soc.kinds == ["open", "acknowledge", "resolve"]
    assert soc.told[1].title.startswith("Acknowledged by ada: ")
    assert "our scanner" in soc.told[1].text
    assert other.kinds == []
    for again in ("acknowledge", "resolve"):
        with pytest.raises(LedgerError, match="is resolved already"):
            desk.changed(again)
    with pytest.raises(LedgerError, match="nobody was told"):
        desk.changed("resolve", 77)
    assert {"alert acknowledge", "alert resolve"} <= set(desk.acts())


def test_what_was_over_and_comes_back_is_new(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{}]))
    desk.take(incident())
    desk.turn()
    desk.changed("resolve")
    desk.take(incident(score=80.0))
    desk.turn()
    assert soc.kinds == ["open", "resolve", "open"]
    desk.changed("resolve")
    desk.turn()
    assert soc.kinds[-1] == "resolve"


def test_what_no_route_takes_is_kept_and_told_to_nobody(ledger: Ledger, soc: Recorder) -> None:
    desk = Desk(ledger, settings([soc], [{"severity": "critical"}]))
    assert desk.take(incident()) == 0
    assert ledger.incidents() == [incident()]
    assert desk.take(worse()) == 1
    desk.turn()
    assert soc.kinds == ["open"]
