"""`password_spray`: few passwords, tried on many accounts."""

from __future__ import annotations

import pytest

from detect.domain import ATTACKER, CONTROLLER, login, refused, row
from detect.traffic import findings_of
from lynceus.detect.password_spray import PasswordSpray


def test_many_users_refused_and_one_let_in() -> None:
    rows = [refused(f"user{n}", n) for n in range(10)]
    (finding,) = findings_of(PasswordSpray(), kerberos=rows)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, CONTROLLER)
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1110.003"])
    (won,) = findings_of(PasswordSpray(), kerberos=[*rows, login("dora", 11)])
    assert (won["severity"], won["techniques"]) == ("high", ["T1110.003", "T1078"])
    assert won["because"] == (
        "10.0.0.66 was refused as 10 users by kerberos (10 logins) in 9.0 s, 1.0 of each on "
        "average: a password or two tried on many accounts; 1 user was let in."
    )
    assert won["evidence"]["successful_users"] == ["dora"]


@pytest.mark.parametrize(("table", "user", "port"), [("imap", "user", 143), ("ftp", "user", 21)])
def test_other_protocols(table: str, user: str, port: int) -> None:
    rows = [row(n, port, auth_success=False, **{user: f"u{n}"}) for n in range(8)]
    (finding,) = findings_of(PasswordSpray(), **{table: rows})
    assert finding["service"] == table


def test_several_servers_name_none() -> None:
    rows = [
        row(n, 445, resp_h=f"10.0.3.{n}", username=f"u{n}", success=False, carrier="smb",
            status="STATUS_LOGON_FAILURE")
        for n in range(9)
    ]  # fmt: skip
    (finding,) = findings_of(PasswordSpray(), ntlm=rows)
    assert (finding["resp_h"], finding["evidence"]["servers"]) == (None, 9)


def test_ordinary_failures_are_silent() -> None:
    gateway = [refused(f"user{n}", n) for n in range(10)] + [login(f"ok{n}", n) for n in range(60)]
    one = [refused("anna", n) for n in range(60)]
    names = [refused(f"no{n}", n, "C_PRINCIPAL_UNKNOWN") for n in range(30)]
    asked = [refused(f"user{n}", n, "PREAUTH_REQUIRED") for n in range(60)]
    machines = [refused(f"ws{n}$", n) for n in range(30)]
    for rows in (gateway, one, names, asked, machines):
        assert findings_of(PasswordSpray(), kerberos=rows) == []


def test_the_log_of_a_server_tells_it_where_the_protocol_hides_it() -> None:
    logged = {"product": "windows", "hostname": "dc1", "orig_h": "10.0.0.9", "service": "rdp",
              "success": False}  # fmt: skip
    rows = [{**logged, "username": f"u{n}", "at_s": n * 5.0} for n in range(9)]
    (finding,) = findings_of(PasswordSpray(), login=rows)
    assert (finding["service"], finding["evidence"]["refused_users"]) == ("rdp", 9)
    unknown = [{**row, "user_exists": False} for row in rows]
    assert findings_of(PasswordSpray(), login=unknown) == []
