"""`presence`, `user_risk`: who was at an address at that minute, and how risky that person is."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest

from correlate.made import finding, frame
from lynceus.correlate import incidents
from lynceus.inventory.entry import PERSON_SCHEMA
from lynceus.inventory.known import Known
from lynceus.inventory.presence import (
    LOGIN_SCHEMA,
    MANY,
    accounts_at,
    logins,
    privileged,
    who_was_there,
    with_people,
    with_users,
)
from lynceus.inventory.settings import PRIVILEGED, PeopleSettings
from lynceus.inventory.user_risk import history, risks
from lynceus.moments import NS
from lynceus.records import EVENT_SCHEMAS, conform

AT = 1_714_521_600 * NS  # 2024-05-01 00:00:00 UTC, when findings of `made` begin
HOUR = 3_600 * NS
DAY = 24 * HOUR


def event(table: str, **row: Any) -> dict[str, pl.DataFrame]:
    base = {"site": "s", "ts_ns": AT, "orig_h": "10.0.0.5", "resp_h": "10.0.0.2", "success": True}
    return {table: conform(pl.DataFrame([{**base, **row}]), EVENT_SCHEMAS[table])}


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (event("kerberos", client="Ada@CORP.EXAMPLE"), ("ada", "Kerberos")),
        (event("kerberos", client="WS-1$"), None),
        (event("kerberos", client="ada", preauth=False), None),
        (event("kerberos", client="ada", success=False), None),
        (event("ntlm", username="CORP\\Ada"), ("ada", "NTLM")),
        (event("ntlm", username="ANONYMOUS LOGON"), None),
        (event("login", username="ada", service="sshd"), ("ada", "sshd")),
        (event("imap", user="ada@corp.example", auth_success=True), ("ada", "IMAP")),
        (event("ftp", user="anonymous", auth_success=True), None),
        (event("smb", username=""), None),
        ({}, None),
    ],
)
def test_logins_of_persons(events: dict[str, pl.DataFrame], told: tuple[str, str] | None) -> None:
    rows = logins(events).select("host", "user", "by").rows()
    assert rows == ([("10.0.0.5", *told)] if told else [])


def seen(*rows: tuple[str, str, int]) -> pl.DataFrame:
    """Logins: from where, who, how many hours before (or after, where negative)."""
    told = [("s", host, user, AT - ago * HOUR, "Kerberos") for host, user, ago in rows]
    return pl.DataFrame(told, schema=LOGIN_SCHEMA, orient="row")


PEOPLE = privileged(
    pl.DataFrame(
        [
            {"user": "ada", "name": "Ada Lovelace", "department": "Finance", "manager": "Grace",
             "groups": ["Domain Admins", "Backup Operators", "x"]},
            {"user": "bob", "groups": ["x"], "enabled": False},
        ],
        schema=PERSON_SCHEMA,
    ),
    PRIVILEGED,
)  # fmt: skip
BEACON = frame(finding("beacon", "10.0.0.5", "203.0.113.9", id="f1"))


def test_who_was_there_at_that_minute() -> None:
    there = who_was_there(
        BEACON,
        seen(("10.0.0.5", "ada", 1), ("10.0.0.5", "ada", 3), ("10.0.0.5", "bob", 11),
             ("10.0.0.5", "eve", 13), ("10.0.0.5", "zoe", -1), ("10.0.0.9", "joe", 1)),
    )  # fmt: skip
    assert there.select("host", "user", "ts_ns", "accounts").rows() == [
        ("10.0.0.5", "ada", AT - HOUR, 2), ("10.0.0.5", "bob", AT - 11 * HOUR, 2),
    ]  # fmt: skip
    [told] = with_users(BEACON, there, PEOPLE)["evidence"]
    assert json.loads(told)["present"] == [
        "ada (Ada Lovelace, Finance, manager Grace, privileged by backup operators) at 10.0.0.5, "
        "by Kerberos at 2024-04-30 23:00:00 UTC",
        "bob (the account is disabled) at 10.0.0.5, by Kerberos at 2024-04-30 13:00:00 UTC",
    ]
    assert json.loads(told)["present_accounts"] == {"10.0.0.5": ["ada", "bob"]}
    shorter = who_was_there(BEACON, seen(("10.0.0.5", "ada", 3)), PeopleSettings(present_hours=2))
    assert shorter.is_empty()


def test_the_machine_of_many_is_nobodys() -> None:
    crowd = seen(*(("10.0.0.5", f"u{n}", 1) for n in range(MANY)))
    told = Known(people=PEOPLE).with_users(BEACON, crowd)
    evidence = json.loads(told["evidence"][0])
    assert evidence["present"] == [f"one of {MANY} accounts that came from 10.0.0.5"]
    assert evidence["present_accounts"] == {}
    assert accounts_at(told).is_empty()
    nobody = Known().with_users(BEACON, crowd.clear())
    assert nobody.equals(BEACON)


def test_the_incident_says_who_it_was_and_what_that_rests_on() -> None:
    known = Known(people=PEOPLE)
    rows = known.with_users(BEACON, seen(("10.0.0.5", "ada", 1)))
    facts = known.with_people(pl.DataFrame({"value": ["10.0.0.5"], "inside": [True]}), rows)
    assert facts.select("user", "user_privileged", "user_risk").rows() == [
        ("ada (Ada Lovelace)", True, None)
    ]
    [incident] = incidents(rows, facts=facts)
    [sentence] = [s for s in incident.sentences if s.text.startswith("Who had logged in there: ")]
    assert "ada (Ada Lovelace, Finance, manager Grace, privileged by backup ope" in sentence.text
    assert sentence.findings == ("f1",)


def past(days: float, severity: str, confidence: float, user: str = "ada") -> pl.DataFrame:
    from lynceus.inventory.user_risk import POINTS

    row = (f"{days}{user}", user, POINTS[severity], confidence, AT - int(days * DAY))
    schema = ["incident", "user", "points", "confidence", "last_ns"]
    return pl.DataFrame([row], schema=schema, orient="row")


@pytest.mark.parametrize(
    ("rows", "risk"),
    [
        ([past(0, "high", 1.0)], 0.6321),  # 1 - e ** -1
        ([past(30, "high", 1.0)], 0.3935),  # 1 - e ** -0.5
        ([past(0, "high", 0.5), past(0.0001, "high", 0.5)], 0.6321),
        ([past(0, "low", 1.0)], 0.0952),  # 1 - e ** -0.1
        ([past(0, "info", 1.0)], 0.0),
        ([past(365, "critical", 1.0)], 0.0004),
        ([past(-5, "high", 1.0)], 0.6321),
    ],
)
def test_the_risk_of_a_person_is_his_history(rows: list[pl.DataFrame], risk: float) -> None:
    told = risks(pl.concat(rows), AT, 30.0)
    assert told.row(0) == ("ada", risk, len(rows))


def test_harmless_incidents_count_nothing_and_no_history_is_not_no_risk() -> None:
    rows = with_users(BEACON, who_was_there(BEACON, seen(("10.0.0.5", "ada", 1))), PEOPLE)
    [incident] = incidents(rows)
    assert history([incident], {})["user"].to_list() == ["ada"]
    assert history([incident], {incident.id: "false_positive"}).is_empty()
    assert history([incident], {incident.id: "true_positive"}).height == 1
    facts = pl.DataFrame({"value": ["10.0.0.5", "10.0.0.6"]})
    none = with_people(facts, accounts_at(rows), PEOPLE)
    assert none["user_risk"].to_list() == [None, None]
    quiet = with_people(facts, accounts_at(rows), PEOPLE, risks(history([], {}), AT, 30.0))
    assert quiet["user_risk"].to_list() == [0.0, None]
