"""The window tables of domains, with hand-computed rows: directory, outcome, procedure, share,
ticket."""

from __future__ import annotations

import polars as pl
import pytest

from detect.domain import CONTROLLER, TARGET, call, change, encrypted, file, login, refused, row
from detect.domain import search as searched
from detect.domain import ticket as given
from features.test_tables import of
from lynceus.engine import SCHEMAS
from lynceus.features import directory, outcome, procedure, share, ticket
from lynceus.features.window import Window
from lynceus.testing import events

TABLES = [
    value
    for room in (directory, outcome, procedure, share, ticket)
    for member in vars(room).values()
    for value in (
        member.values() if isinstance(member, dict) else
        member if isinstance(member, tuple) else (member,)
    )
    if isinstance(value, Window)
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_takes_no_rows(table: Window) -> None:
    assert of(table, pl.DataFrame(schema=SCHEMAS[table.of])) == []


def test_names_are_unique() -> None:
    names = {id(table): table.name for table in TABLES}
    assert len(set(names.values())) == len(names)


def test_calls_by_operation() -> None:
    calls = [call("CreateServiceW", n, arguments=["svc", f"c:\\{n}.exe"]) for n in range(3)]
    calls += [call("CreateServiceW", 4, status="ERROR_ACCESS_DENIED"), call("OpenServiceW")]
    (found,) = of(procedure.RPC_CALLS, events("dce_rpc", calls))
    assert (found["operation"], found["calls"], found["refused_calls"]) == ("CreateServiceW", 4, 1)
    assert found["arguments_sample"] == [f"svc c:\\{n}.exe" for n in range(3)]


def test_servers_of_a_directory() -> None:
    rows = events("kerberos", [login("anna"), login("bob", orig_h="10.0.0.8")])
    (found,) = of(procedure.DIRECTORY_BY_KERBEROS, rows)
    assert (found["resp_h"], found["clients"]) == (CONTROLLER, 2)


def test_files_on_a_disk_that_were_only_read_are_not_worth_it() -> None:
    disk = {"path": r"\\H\C$"}
    rows = [file("WRITE", "a.exe", **disk), file("OPEN", "b.txt", created=True, **disk)]
    rows += [file("READ", "c.txt", **disk), file("WRITE", "d.exe", status="STATUS_DISK_FULL",
             **disk), file("WRITE", "e.exe")]  # fmt: skip
    found = of(share.ADMIN_FILES, events("smb_files", rows))
    assert {line["name"]: line["made"] for line in found} == {"a.exe": 1, "b.txt": 1}


def test_shares_of_a_pair() -> None:
    rows = [row(0, 445, path=r"\\H\C$", success=True), row(1, 445, path=r"\\H\data", success=False)]
    rows += [row(2, 445, path=r"\\H\IPC$", success=True), row(3, 445, path=r"\\H\DATA")]
    (found,) = of(share.SHARES_OF_PAIR, events("smb_mapping", rows))
    assert (found["shares"], found["refused_shares"], found["admin_sessions"]) == (2, 1, 1)
    assert found["pipe_sessions"] == 1


def test_suffixes_that_files_are_given() -> None:
    rows = events("smb_files", encrypted(12))
    (found,) = of(share.SUFFIXES_GIVEN, rows)
    assert (found["suffix"], found["renamed_files"], found["old_suffixes"]) == ("locked", 12, 4)
    (all_files,) = of(share.FILES_CHANGED, rows)
    assert (all_files["renamed_documents"], all_files["new_suffixes"]) == (12, 1)
    assert (all_files["folders"], all_files["note_folders"]) == (12, 0)


def test_tickets_by_their_keys() -> None:
    rows = [given("sql/a"), given("sql/b", ciphers=["rc4-hmac"])]
    rows += [given("cifs/c", cipher="aes256-cts-hmac-sha1-96"), given("krbtgt/X")]
    (found,) = of(ticket.SERVICE_TICKETS, events("kerberos", rows))
    assert (found["services"], found["weak_services"], found["asked_weak_services"]) == (3, 2, 1)
    logins = [login("anna"), login("bob", preauth=False), login("carl", ciphers=["rc4-hmac"])]
    found_logins = of(ticket.LOGIN_TICKETS, events("kerberos", logins))
    assert {
        line["client"]: (line["unproven_tickets"], line["weak_only_tickets"])
        for line in found_logins
    } == {"bob": (1, 0), "carl": (0, 1)}


def test_searches_and_changes() -> None:
    asked = [searched("(servicePrincipalName=*)"), searched("(cn=anna)")]
    (found,) = of(directory.DIRECTORY_SEARCHES, events("ldap_search", asked))
    assert (found["kind"], found["searches"], found["entries"]) == ("service accounts", 1, 40)
    changed = [change("modify", "DC=x,DC=y", attributes=["replace nTSecurityDescriptor"])]
    changed += [change("modify", "CN=a,DC=x,DC=y", attributes=["replace title"])]
    (found,) = of(directory.DIRECTORY_CHANGES, events("ldap", changed))
    assert (found["change"], found["refused_changes"]) == ("rights on the domain", 0)


def test_logins_by_outcome() -> None:
    rows = [refused("Anna", 1), refused("anna", 2), login("ANNA", 3)]
    rows += [refused("anna", 4, "PREAUTH_REQUIRED"), refused("nobody", 5, "C_PRINCIPAL_UNKNOWN")]
    found = {line["user"]: line for line in of(outcome.KERBEROS_OUTCOMES, events("kerberos", rows))}
    anna, nobody = found["anna"], found["nobody"]
    assert (anna["refused"], anna["accepted"], anna["unknown_users"]) == (2, 1, 0)
    assert anna["last_accepted_ns"] - anna["first_refused_ns"] == 2 * 10**9
    assert (nobody["refused"], nobody["unknown_users"]) == (1, 1)
    basic = [
        row(n, 80, username="anna", status_code=code) for n, code in enumerate((401, 200, 404))
    ]
    (found_basic,) = of(outcome.HTTP_OUTCOMES, events("http", basic))
    assert (found_basic["refused"], found_basic["accepted"]) == (1, 1)
    seen = [row(0, 21, user="anna", password_seen=True), row(1, 21, user="ftp", password_seen=True)]
    (sent,) = of(outcome.PASSWORDS["ftp"], events("ftp", seen))
    assert (sent["passwords"], sent["users"], sent["resp_h"]) == (1, ["anna"], TARGET)
