"""`directory`: a real OpenLDAP with the memberOf overlay, and with the attributes of Windows."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from inventory.reading_sources import reasons, said
from inventory.slapd import ADMIN, BASE, PASSWORD, Slapd, running
from lynceus.intel.web import FeedError
from lynceus.inventory.sources import directory

pytest.importorskip("ldap3")

PEOPLE = f"ou=people,{BASE}"
GROUPS = f"ou=groups,{BASE}"
HOSTILE = "*)(uid=*))(|(uid=*"


def entry(dn: str, *classes: str, **attributes: str | list[str]) -> str:
    lines = [f"dn: {dn}", *(f"objectClass: {name}" for name in classes)]
    for name, values in attributes.items():
        for value in [values] if isinstance(values, str) else values:
            told = base64.b64encode(value.encode()).decode()
            lines.append(f"{name}:: {told}")
    return "\n".join(lines) + "\n\n"


def sid(last: int) -> str:
    raw = bytes([1, 1, 0, 0, 0, 0, 0, 5]) + last.to_bytes(4, "little")
    return base64.b64encode(raw).decode()


def person(name: str, **more: str) -> str:
    told = {"uid": name, "cn": name, "sn": name, **more}
    return entry(f"uid={name},{PEOPLE}", "inetOrgPerson", **told)


def windows(name: str, primary: int, **more: str) -> str:
    dn = f"cn={name},{PEOPLE}"
    return entry(dn, "user", cn=name, sn=name, sAMAccountName=name, primaryGroupID=str(primary),
                 objectCategory="person", **more)  # fmt: skip


def group(name: str, members: list[str], *classes: str, sid_end: int = 0) -> str:
    text = entry(f"cn={name},{GROUPS}", *(classes or ("groupOfNames",)), cn=name, member=members)
    return text.rstrip("\n") + (f"\nobjectSid:: {sid(sid_end)}" if sid_end else "") + "\n\n"


LDIF = (
    entry(BASE, "dcObject", "organization", dc="corp", o="Corp")
    + entry(PEOPLE, "organizationalUnit", ou="people")
    + entry(GROUPS, "organizationalUnit", ou="groups")
    + person("ada", displayName="Ada Lovelace", mail="ada@corp.example", title="Analyst",
             departmentNumber="Finance", manager=f"UID=grace, {PEOPLE}")
    + person("grace", displayName="Grace Hopper")
    + person("eve", displayName="E\u202eve", title=HOSTILE)
    + windows("Administrator", 512, userAccountControl="66048",
              lastLogonTimestamp="133591176000000000", department="IT")
    + windows("gone", 513, userAccountControl="514")
    + entry(f"cn=machine,{PEOPLE}", "user", cn="machine", sn="m", objectCategory="person")
    + group("payroll", [f"uid=ada,{PEOPLE}"])
    + group("finance", [f"cn=payroll,{GROUPS}"])
    + group("domain admins", [f"cn=finance,{GROUPS}", f"uid=grace,{PEOPLE}"], "group",
            sid_end=512)
    + group("circle-a", [f"cn=circle-b,{GROUPS}", f"uid=eve,{PEOPLE}"])
    + group("circle-b", [f"cn=circle-a,{GROUPS}"])
)  # fmt: skip


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    """A folder with a short name, for sockets have short names."""
    with tempfile.TemporaryDirectory(prefix="ldap-") as folder, running(Path(folder), LDIF) as one:
        yield one


@pytest.fixture
def ask(slapd: Slapd, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setenv("DIRECTORY_PASSWORD", PASSWORD)
    key = {"env": "DIRECTORY_PASSWORD"}
    return {"collection": BASE, "user": ADMIN, "key": key, "ca": slapd.ca, "timeout_s": 10}


def test_accounts_with_managers_and_groups_within_groups(
    slapd: Slapd, ask: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE", 2)
    found = said("directory", slapd.tls_url, **ask)
    rows = {row["user"]: row for row in found.people.to_dicts()}
    assert list(rows) == ["ada", "grace", "eve", "administrator", "gone"]
    assert {k: v for k, v in rows["ada"].items() if k != "line"} == {
        "user": "ada", "name": "Ada Lovelace", "mail": "ada@corp.example", "title": "Analyst",
        "department": "Finance", "manager": "Grace Hopper", "enabled": None, "seen_ns": None,
        "groups": ["domain admins", "finance", "payroll"],
    }  # fmt: skip
    assert rows["grace"]["groups"] == ["domain admins"]
    assert rows["eve"]["groups"] == ["circle-a", "circle-b"]
    assert rows["eve"]["name"] == "E\\u202eve"
    assert rows["eve"]["title"] == HOSTILE
    assert rows["administrator"]["groups"] == ["domain admins"]  # by its primary group alone
    assert (rows["administrator"]["enabled"], rows["gone"]["enabled"]) == (True, False)
    assert rows["administrator"]["seen_ns"] == 1_714_644_000 * 10**9  # 2024-05-02 10:00 UTC
    assert list(reasons(found).values()) == ["has no account name"]


def test_start_tls_and_a_socket_of_this_machine(slapd: Slapd, ask: dict[str, object]) -> None:
    assert said("directory", slapd.url, **ask).people.height == 5
    local = f"ldapi://{quote(str(slapd.folder / 's'), '')}"
    assert said("directory", local, **ask).people.height == 5


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": {"env": "NOBODY"}}, "NOBODY"),
        ({"user": f"cn=nobody,{BASE}"}, "invalidCredentials"),
        ({"ca": None}, "its certificate cannot be trusted"),
        ({"collection": None}, "needs a base"),
        ({"collection": "ou=none,dc=corp,dc=example"}, "noSuchObject"),
        ({"collection": "no dn"}, "search below no dn: "),
        ({"user": None, "key": None}, "search below"),
    ],
)
def test_what_a_directory_refuses_is_one_line(
    slapd: Slapd, ask: dict[str, object], change: dict[str, object], told: str
) -> None:
    with pytest.raises(FeedError) as error:
        said("directory", slapd.tls_url, **{**ask, **change})
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_a_certificate_of_another_name_is_not_trusted(slapd: Slapd, ask: dict[str, object]) -> None:
    with pytest.raises(FeedError, match="cannot be trusted"):
        said("directory", slapd.tls_url.replace("localhost", "127.0.0.2"), **ask)


@pytest.mark.parametrize("url", ["http://localhost", "ldaps://localhost:x", "ldap://127.0.0.1:1"])
def test_what_is_no_directory(url: str) -> None:
    with pytest.raises(FeedError) as error:
        said("directory", url, collection=BASE, timeout_s=5)
    assert "\n" not in str(error.value)


def test_a_server_that_speaks_without_tls_only_is_told_no_password(
    slapd: Slapd, ask: dict[str, object]
) -> None:
    """StartTLS comes before the bind: one that cannot is left, whatever it would answer."""
    with pytest.raises(FeedError, match="cannot be trusted"):
        said("directory", slapd.url, **{**ask, "ca": None})
