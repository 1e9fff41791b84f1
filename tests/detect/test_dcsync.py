"""`dcsync`: the directory, replicated to one who is no domain controller."""

from __future__ import annotations

import pytest

from detect.domain import ATTACKER, CONTROLLER, Rows, call, login, search
from detect.traffic import findings_of
from lynceus.detect.dcsync import Dcsync

REPLICATED = [call("DRSGetNCChanges", 5, resp_h=CONTROLLER, resp_p=49_674, endpoint="drsuapi")]


def test_one_who_serves_no_directory() -> None:
    (finding,) = findings_of(Dcsync(), dce_rpc=REPLICATED)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, CONTROLLER)
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1003.006"])
    assert finding["because"] == (
        "10.0.0.66 had the directory of 10.0.0.71 replicated to itself (1 request), but no host "
        "turns to it as a domain controller."
    )


@pytest.mark.parametrize(
    "served",
    [
        {"kerberos": [login("bob", 9, orig_h="10.0.0.9", resp_h=ATTACKER)]},
        {"ldap_search": [search("(cn=x)", 9, orig_h="10.0.0.9", resp_h=ATTACKER)]},
    ],
)
def test_domain_controllers_replicate(served: dict[str, Rows]) -> None:
    assert findings_of(Dcsync(), dce_rpc=REPLICATED, **served) == []


def test_who_asks_all_the_time_is_medium() -> None:
    rows = [{**REPLICATED[0], "at_s": 120.0 * n} for n in range(25)]
    (finding,) = findings_of(Dcsync(), dce_rpc=rows)
    assert (finding["severity"], finding["evidence"]["requests"]) == ("medium", 25)


def test_what_was_refused_is_low() -> None:
    denied = [{**REPLICATED[0], "status": "ERROR_DS_DRA_ACCESS_DENIED"}]
    (finding,) = findings_of(Dcsync(), dce_rpc=denied)
    assert finding["severity"] == "low"


def test_looking_up_names_is_silent() -> None:
    calls = [call(name, resp_h=CONTROLLER) for name in ("DRSBind", "DRSCrackNames", "DRSUnbind")]
    assert findings_of(Dcsync(), dce_rpc=calls) == []
