"""`zerologon`: the login of a machine, tried over and over."""

from __future__ import annotations

from detect.domain import ATTACKER, call
from detect.traffic import findings_of
from lynceus.detect.zerologon import Zerologon


def test_many_logins_and_a_password_set() -> None:
    calls = [call("NetrServerAuthenticate2", n / 20) for n in range(96)]
    calls += [call("NetrServerPasswordSet2", 5)]
    (finding,) = findings_of(Zerologon(), dce_rpc=calls)
    assert (finding["orig_h"], finding["severity"]) == (ATTACKER, "critical")
    assert finding["because"] == (
        "10.0.0.66 tried the login of a machine at 10.0.0.70 96 times in 4.8 s and then set a "
        "machine's password: that is how the flaw Zerologon is used."
    )
    (tried,) = findings_of(Zerologon(), dce_rpc=calls[:-1])
    assert tried["severity"] == "high"


def test_machines_that_start_are_silent() -> None:
    many = [call("NetrServerAuthenticate3", n, orig_h=f"10.0.4.{n}") for n in range(200)]
    assert findings_of(Zerologon(), dce_rpc=many) == []


def test_a_broken_machine_waits_longer() -> None:
    slow = [call("NetrServerAuthenticate3", 60.0 * n) for n in range(50)]
    assert findings_of(Zerologon(), dce_rpc=slow) == []
