"""`directory_tampering`: power over a domain, written into its directory."""

from __future__ import annotations

from detect.domain import ATTACKER, CONTROLLER, change
from detect.traffic import findings_of
from lynceus.detect.directory_tampering import DirectoryTampering

HEAD = "DC=example,DC=org"


def test_rights_on_the_head_of_a_domain() -> None:
    rows = [
        change("modify", HEAD, n, attributes=["replace nTSecurityDescriptor"]) for n in range(3)
    ]
    (finding,) = findings_of(DirectoryTampering(), ldap=rows)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, CONTROLLER)
    assert (finding["severity"], finding["tactic"]) == ("medium", "defense-evasion")
    assert finding["techniques"] == ["T1222.001"]
    assert finding["because"] == (
        "10.0.0.66 changed rights on the domain in the directory of 10.0.0.71: 3 changes, 0 of "
        "them refused."
    )


def test_members_of_a_privileged_group() -> None:
    group = f"CN=Domain Admins,CN=Users,{HEAD}"
    (finding,) = findings_of(
        DirectoryTampering(), ldap=[change("modify", group, attributes=["add member"])]
    )
    assert (finding["severity"], finding["tactic"]) == ("medium", "privilege-escalation")


def test_key_credentials_and_refusals_are_low() -> None:
    user = f"CN=anna,CN=Users,{HEAD}"
    keys = change("modify", user, attributes=["add msDS-KeyCredentialLink"])
    assert findings_of(DirectoryTampering(), ldap=[keys])[0]["severity"] == "low"
    denied = change("modify", HEAD, attributes=["replace nTSecurityDescriptor"],
                    result="insufficient access rights")  # fmt: skip
    assert findings_of(DirectoryTampering(), ldap=[denied])[0]["severity"] == "low"


def test_ordinary_changes_are_silent() -> None:
    user = f"CN=anna,OU=Staff,{HEAD}"
    rows = [change("modify", user, attributes=["replace telephoneNumber"])]
    rows += [change("modify", user, attributes=["replace nTSecurityDescriptor"])]
    rows += [change("modify", f"CN=Readers,{HEAD}", attributes=["add member"])]
    rows += [change("add", f"CN=bob,{HEAD}"), change("delete", f"CN=bob,{HEAD}")]
    assert findings_of(DirectoryTampering(), ldap=rows) == []
