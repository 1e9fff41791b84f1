"""`directory_discovery`: a directory or its hosts, listed from afar."""

from __future__ import annotations

import pytest

from detect.domain import ATTACKER, TARGET, call, search
from detect.traffic import findings_of
from lynceus.detect.directory_discovery import KIND_OF, TECHNIQUE, DirectoryDiscovery
from lynceus.features.directory import KINDS, WHOLE

USERS = "(&(samAccountType=805306368)(servicePrincipalName=*))"


def test_one_list_is_low() -> None:
    (finding,) = findings_of(DirectoryDiscovery(), dce_rpc=[call("SamrEnumerateUsersInDomain")])
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, TARGET)
    assert (finding["severity"], finding["techniques"]) == ("low", ["T1087.002"])
    assert finding["because"] == "10.0.0.66 listed users of 1 host (1 request)."


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (USERS, "service accounts"),
        ("(&(objectCategory=group)(|(samAccountName=Domain Admins)))", "privileged groups"),
        ("(userAccountControl:1.2.840.113556.1.4.803:=4194304)",
         "accounts without pre-authentication"),
        ("(&(objectCategory=person)(objectClass=user)(!(disabled=1)))", "all users"),
        ("(&(objectClass=computer)(lastLogon>=1))", "all computers"),
        ("(objectClass=trustedDomain)", "trusts"),
    ],
)  # fmt: skip
def test_what_a_search_asks_for(text: str, kind: str) -> None:
    (finding,) = findings_of(DirectoryDiscovery(), ldap_search=[search(text)])
    assert finding["evidence"]["kinds"] == [kind]


def test_many_kinds_or_many_hosts_are_medium() -> None:
    names = ("SamrEnumerateUsersInDomain", "SamrEnumerateGroupsInDomain", "NetrSessionEnum",
             "LsarEnumerateTrustedDomainsEx", "NetrWkstaUserEnum")  # fmt: skip
    (finding,) = findings_of(DirectoryDiscovery(), dce_rpc=[call(name) for name in names])
    assert finding["severity"] == "medium"
    sessions = [call("NetrSessionEnum", n, resp_h=f"10.0.3.{n}") for n in range(9)]
    (finding,) = findings_of(DirectoryDiscovery(), dce_rpc=sessions)
    assert (finding["severity"], finding["resp_h"]) == ("medium", None)


def test_a_privileged_group_is_looked_up() -> None:
    asked = call("SamrLookupNamesInDomain", arguments=["Domain Admins"])
    (finding,) = findings_of(DirectoryDiscovery(), dce_rpc=[asked])
    assert finding["evidence"]["kinds"] == ["privileged groups"]


def test_looking_up_one_name_is_silent() -> None:
    calls = [call("SamrLookupNamesInDomain", arguments=["anna"]), call("ept_map")]
    calls += [call("LsarLookupSids"), call("NetrShareGetInfo")]
    texts = ("(samAccountName=anna)", "(&(objectClass=user)(cn=anna))", "(objectClass=*)",
             "(&(DnsDomain=example.org)(Host=WS1))", "(&(objectClass=user)(mail=a@example.org))",
             "(&(objectClass=computer)(dNSHostName=ws1.example.org))")  # fmt: skip
    assert (
        findings_of(
            DirectoryDiscovery(), dce_rpc=calls, ldap_search=[search(text) for text in texts]
        )
        == []
    )


def test_every_kind_has_its_technique() -> None:
    kinds = {name for name, _ in (*KINDS, *WHOLE)} | set(KIND_OF.values())
    assert kinds <= set(TECHNIQUE)
