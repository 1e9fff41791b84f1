"""`login_after_failures`: a login that succeeded after many that failed."""

from __future__ import annotations

from detect.domain import ATTACKER, TARGET, login, refused, row
from detect.traffic import findings_of
from lynceus.detect.login_after_failures import LoginAfterFailures


def ftp(outcomes: str, user: str = "root", orig_h: str = ATTACKER) -> list[dict[str, object]]:
    """Logins in their order: `-` refused, `+` let in."""
    return [
        row(n, 21, orig_h=orig_h, user=user, auth_success=outcome == "+")
        for n, outcome in enumerate(outcomes)
    ]


def test_let_in_after_many_refusals() -> None:
    (finding,) = findings_of(LoginAfterFailures(), ftp=ftp("-" * 30 + "+"))
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, TARGET)
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1110.001", "T1078"])
    assert finding["because"] == (
        "10.0.0.66 was let in to ftp of 10.0.0.70 as root after 30 refused logins in 30 s."
    )


def test_a_few_refusals_weigh_by_where_they_come_from() -> None:
    assert findings_of(LoginAfterFailures(), ftp=ftp("-" * 8 + "+"))[0]["severity"] == "low"
    outside = ftp("-" * 8 + "+", orig_h="192.0.2.9")
    assert findings_of(LoginAfterFailures(), ftp=outside)[0]["severity"] == "medium"


def test_kerberos_tells_it_too() -> None:
    rows = [refused("anna", n) for n in range(25)] + [login("anna", 30)]
    (finding,) = findings_of(LoginAfterFailures(), kerberos=rows)
    assert finding["service"] == "kerberos"


def test_who_mistypes_or_never_gets_in_is_silent() -> None:
    assert findings_of(LoginAfterFailures(), ftp=ftp("---+")) == []
    assert findings_of(LoginAfterFailures(), ftp=ftp("-" * 60)) == []
    assert findings_of(LoginAfterFailures(), ftp=ftp("+" + "-" * 60)) == []
    two = ftp("-" * 60, "job") + ftp("+++", "anna")
    assert findings_of(LoginAfterFailures(), ftp=two) == []


def test_the_log_of_a_server_tells_it_where_the_protocol_hides_it() -> None:
    logged = {"product": "openssh", "hostname": "web1", "orig_h": "203.0.113.9", "service": "ssh"}
    rows = [
        {**logged, "username": "anna", "success": n == 30, "at_s": n * 5.0} for n in range(31)
    ]  # fmt: skip
    (finding,) = findings_of(LoginAfterFailures(), login=rows)
    assert (finding["severity"], finding["domain"], finding["resp_h"]) == ("high", "web1", None)
    assert finding["because"].startswith(
        "203.0.113.9 was let in to ssh of web1 as anna after 30 refused logins"
    )
    batch_job = [{**row, "logon_type": 4} for row in rows]
    assert findings_of(LoginAfterFailures(), login=batch_job) == []
