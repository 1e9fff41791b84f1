"""`clear_text_password`: passwords that cross the network readable."""

from __future__ import annotations

import pytest

from detect.domain import ATTACKER, TARGET, row
from detect.traffic import findings_of
from lynceus.detect.clear_text_password import ClearTextPassword


@pytest.mark.parametrize(
    ("table", "user", "port"),
    [("ftp", "user", 21), ("imap", "user", 143), ("telnet", "user", 23), ("ldap", "object", 389),
     ("smtp", "username", 25), ("mqtt", "username", 1883), ("pop3", "user", 110)],
)  # fmt: skip
def test_a_password_in_the_clear(table: str, user: str, port: int) -> None:
    rows = [row(n, port, password_seen=True, **{user: "anna"}) for n in range(2)]
    (finding,) = findings_of(ClearTextPassword(), **{table: rows})
    assert (finding["orig_h"], finding["orig_role"]) == (ATTACKER, "user")
    assert (finding["severity"], finding["service"]) == ("low", table)
    assert finding["because"] == (
        f"10.0.0.66 sent 2 passwords to 10.0.0.70 by {table} as anna, readable by anybody on the "
        "way."
    )


def test_basic_authentication_across_the_border() -> None:
    rows = [row(0, 80, resp_h="192.0.2.9", username="anna", status_code=200)]
    (finding,) = findings_of(ClearTextPassword(), http=rows)
    assert finding["evidence"]["crosses_border"] is True


def test_no_password_and_no_network_are_silent() -> None:
    rows = [row(0, 21, user="anna", password_seen=None), row(1, 21, user="anna")]
    rows += [row(2, 21, user="anonymous", password_seen=True)]
    rows += [row(3, 21, orig_h=TARGET, user="anna", password_seen=True)]
    assert findings_of(ClearTextPassword(), ftp=rows) == []
