"""`account_enumeration`: names of accounts, tried to learn which exist."""

from __future__ import annotations

from detect.domain import ATTACKER, refused, row
from detect.traffic import findings_of
from lynceus.detect.account_enumeration import AccountEnumeration

UNKNOWN = "C_PRINCIPAL_UNKNOWN"


def test_many_names_that_do_not_exist() -> None:
    rows = [refused(f"name{n}", n, UNKNOWN) for n in range(30)]
    (finding,) = findings_of(AccountEnumeration(), kerberos=rows)
    assert (finding["orig_h"], finding["severity"]) == (ATTACKER, "medium")
    assert finding["tactic"] == "discovery"
    assert finding["because"] == (
        "10.0.0.66 tried 30 user names that 10.0.0.71 does not know by kerberos in 29 s: it learns "
        "which accounts exist."
    )
    assert findings_of(AccountEnumeration(), kerberos=rows[:8])[0]["severity"] == "low"


def test_ntlm_and_ldap_tell_it_too() -> None:
    ntlm = [
        row(n, 445, username=f"u{n}", success=False, status="STATUS_NO_SUCH_USER", carrier="smb")
        for n in range(8)
    ]
    assert findings_of(AccountEnumeration(), ntlm=ntlm)[0]["service"] == "smb"
    ldap = [
        row(n, 389, opcode="bind simple", object=f"cn=u{n}", result="invalid credentials",
            diagnostic_message="80090308: LdapErr: DSID-0C09, data 525, v2580")
        for n in range(8)
    ]  # fmt: skip
    assert findings_of(AccountEnumeration(), ldap=ldap)[0]["service"] == "ldap"


def test_typing_mistakes_and_wrong_passwords_are_silent() -> None:
    typed = [refused(f"ana{n}", n, UNKNOWN) for n in range(3)]
    job = [refused("gone", n, UNKNOWN) for n in range(60)]
    wrong = [refused(f"user{n}", n) for n in range(30)]
    machines = [refused(f"ws{n}$", n, UNKNOWN) for n in range(30)]
    assert findings_of(AccountEnumeration(), kerberos=[*typed, *job, *wrong, *machines]) == []
