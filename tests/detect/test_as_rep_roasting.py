"""`as_rep_roasting`: login tickets given without proof."""

from __future__ import annotations

from detect.domain import ATTACKER, login, refused
from detect.traffic import findings_of
from lynceus.detect.as_rep_roasting import AsRepRoasting


def test_several_accounts_without_proof() -> None:
    rows = [login(f"svc{n}", n, preauth=False) for n in range(3)]
    (finding,) = findings_of(AsRepRoasting(), kerberos=rows)
    assert (finding["orig_h"], finding["severity"]) == (ATTACKER, "medium")
    assert finding["because"] == (
        "10.0.0.66 was given login tickets of 3 accounts by 10.0.0.71 without any proof of who "
        "asks, 0 of them under weak keys it asked for."
    )


def test_one_account_by_its_cipher() -> None:
    weak = login("svc", preauth=False, ciphers=["rc4-hmac"], reply_cipher="rc4-hmac")
    assert findings_of(AsRepRoasting(), kerberos=[weak])[0]["severity"] == "medium"
    strong = login("svc", preauth=False)
    assert findings_of(AsRepRoasting(), kerberos=[strong])[0]["severity"] == "low"


def test_ordinary_logins_are_silent() -> None:
    usual = [refused("anna", 0, "PREAUTH_REQUIRED"), login("anna", 1)]
    unknown = [login(f"user{n}", n, preauth=None) for n in range(9)]
    assert findings_of(AsRepRoasting(), kerberos=[*usual, *unknown]) == []
