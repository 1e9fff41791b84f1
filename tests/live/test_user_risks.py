"""`user_risks`: the history of accounts out of a ledger, read every hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlate.made import finding, frame
from lynceus.correlate import incidents
from lynceus.live.user_risks import EVERY_S, UserRisks
from lynceus.moments import NS
from lynceus.store.ledger import Ledger
from lynceus.verdict import Verdict

AT = 1_714_608_000 * NS  # a day after findings of `made` begin


def test_what_goes_on_does_not_make_itself_graver(tmp_path: Path) -> None:
    evidence = {"present_accounts": {"10.0.0.5": ["ada"]}}
    made = incidents(frame(finding("beacon", "10.0.0.5", "203.0.113.9", evidence=evidence)))
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.add(made, at_ns=AT)
        known = UserRisks(ledger)
        [(user, risk, number)] = known.at(AT, 30.0, ()).rows()
        assert (user, number) == ("ada", 1)
        assert 0 < risk < 1
        assert known.at(AT, 30.0, [made[0].id]).is_empty()
        assert known.at(AT + 365 * 86_400 * NS, 30.0, ()).is_empty()  # too old to be read
        ledger.judge(Verdict(made[0].id, "false_positive", "ada", "a test", AT))
        later = AT + int(EVERY_S * NS)
        assert UserRisks(ledger).at(later, 30.0, ()).is_empty()
        assert known.at(AT, 30.0, ()).is_empty()


def test_a_ledger_is_read_once_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        known = UserRisks(ledger)
        known.at(AT, 30.0, ())
        monkeypatch.setattr(ledger, "going_on", lambda since: pytest.fail("read again"))
        assert known.at(AT + int(EVERY_S * NS) - 1, 30.0, ()).is_empty()
