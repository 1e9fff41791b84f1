"""Who was at an address at that minute, out of logins; and who that is, out of the directory.

A login counts for the address that it came from. Somebody counts as present from a login on for
`present_hours`, or until the traffic of a finding ends. Where many accounts come from one address
(a terminal server, a proxy, a mail gateway), nobody is named: how many they were is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from lynceus.evidence import with_evidence
from lynceus.inventory.settings import PeopleSettings
from lynceus.moments import NS, written

LOGIN_SCHEMA = pl.Schema(
    {
        "site": pl.String(), "host": pl.String(), "user": pl.String(), "ts_ns": pl.Int64(),
        "by": pl.String(),
    }
)  # fmt: skip
"""A login of a person: from where, as whom (in lower case, without the domain), and how."""

MOST_NAMED = 3
"""People that a finding names."""
MANY = 6
"""So many accounts of one address are nobody's machine."""
NOBODY = ("anonymous", "anonymous logon", "guest", "ftp", "-", "system", "local service",
          "network service")  # fmt: skip
"""Accounts that are no person's."""
KEPT = 200_000
"""Logins that are held at once."""


def logins(events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The logins of persons that events tell of, in `LOGIN_SCHEMA`; machines are left out."""
    worked = pl.col("success").fill_null(False)
    signed_in = pl.col("auth_success").fill_null(False)
    told = {
        # A ticket that was given without a proof shows nobody.
        "kerberos": (worked & pl.col("preauth").fill_null(True), "client", "Kerberos"),
        "ntlm": (worked, "username", "NTLM"),
        "smb": (worked, "username", "SMB"),
        "login": (worked, "username", "login"),
        "imap": (signed_in, "user", "IMAP"),
        "pop3": (signed_in, "user", "POP3"),
        "smtp": (signed_in, "username", "SMTP"),
        "ftp": (signed_in, "user", "FTP"),
    }
    found = [pl.DataFrame(schema=LOGIN_SCHEMA)]
    for table, (good, user, by) in told.items():
        rows = events.get(table)
        if rows is None or rows.is_empty():
            continue
        name = pl.col(user).str.to_lowercase().str.extract(r"([^\\/]+)$").str.extract(r"^([^@]+)")
        how = pl.coalesce("service", pl.lit(by)) if table == "login" else pl.lit(by)
        found.append(
            rows.filter(good)
            .select("site", host="orig_h", user=name.str.strip_chars(), ts_ns="ts_ns", by=how)
            .drop_nulls(["host", "user", "ts_ns"])
        )
    person = ~pl.col("user").str.ends_with("$") & ~pl.col("user").is_in(NOBODY)
    return pl.concat(found).filter(person & (pl.col("user") != "")).unique(maintain_order=True)


def who_was_there(
    findings: pl.DataFrame, seen: pl.DataFrame, settings: PeopleSettings | None = None
) -> pl.DataFrame:
    """`id`, `host`, `user`, `ts_ns`, `by`, `accounts`: of each end of each finding who was there.

    One row a person, the last login of each, the latest first; `accounts` is how many accounts
    came from that address in the time that counts.
    """
    present_ns = int((settings or PeopleSettings()).present_hours * 3_600 * NS)
    begin = pl.coalesce("first_seen_ns", "window_start_ns")
    end = pl.coalesce("last_seen_ns", "first_seen_ns", "window_end_ns")
    ends = pl.concat(
        findings.select("id", host=side, begin=begin, end=end) for side in ("orig_h", "resp_h")
    ).drop_nulls()
    near = seen.filter(pl.col("host").is_in(ends["host"].unique().implode()))
    met = ends.join(near, on="host").filter(
        (pl.col("ts_ns") <= pl.col("end")) & (pl.col("ts_ns") >= pl.col("begin") - present_ns)
    )
    last = met.sort("ts_ns", "by", descending=[True, False]).unique(
        ["id", "host", "user"], keep="first", maintain_order=True
    )
    return last.select(
        "id", "host", "user", "ts_ns", "by",
        accounts=pl.len().over("id", "host").cast(pl.Int64),
    ).sort("id", "host", "ts_ns", "user", descending=[False, False, True, False])  # fmt: skip


def with_users(findings: pl.DataFrame, there: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Adds `present` to the evidence, who was at its ends at that minute, and `present_accounts`.

    `there` is of `who_was_there`; `people` are rows of accounts with `privileged_by`.
    """
    if there.is_empty():
        return findings
    named = there.filter(pl.col("accounts") < MANY).join(
        people.unique("user", keep="first", maintain_order=True), on="user", how="left",
        maintain_order="left",
    )  # fmt: skip
    words: dict[str, list[str]] = {}
    accounts: dict[str, dict[str, list[str]]] = {}
    for row in named.iter_rows(named=True):
        told = words.setdefault(row["id"], [])
        if len(told) < MOST_NAMED:
            told.append(_in_words(row))
        accounts.setdefault(row["id"], {}).setdefault(row["host"], []).append(row["user"])
    crowded = there.filter(pl.col("accounts") >= MANY).unique(["id", "host"], maintain_order=True)
    for row in crowded.iter_rows(named=True):
        many = f"one of {row['accounts']} accounts that came from {row['host']}"
        words.setdefault(row["id"], []).append(many)
    evidence = {
        finding: {"present": said, "present_accounts": accounts.get(finding, {})}
        for finding, said in words.items()
    }
    return with_evidence(findings, evidence)


def accounts_at(findings: pl.DataFrame) -> pl.DataFrame:
    """`host`, `user`: the accounts that the evidence of findings names, by address."""
    named = findings.filter(pl.col("evidence").str.contains('"present_accounts"', literal=True))
    rows = [
        (host, user)
        for evidence in named["evidence"]
        for host, users in json.loads(evidence)["present_accounts"].items()
        for user in users
    ]
    return pl.DataFrame(rows, schema={"host": pl.String, "user": pl.String}, orient="row").unique(
        maintain_order=True
    )


def with_people(
    facts: pl.DataFrame,
    at: pl.DataFrame,
    people: pl.DataFrame,
    risks: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Facts of addresses (`value`) with `user`, `user_privileged` and `user_risk` (0..1).

    `at` is of `accounts_at`. The risk is null where no history is known, 0 where it says nothing.
    """
    known = at.join(
        people.select("user", "name", "privileged_by").unique("user", keep="first"),
        on="user", how="left", maintain_order="left",
    )  # fmt: skip
    if risks is None:
        known = known.with_columns(risk=pl.lit(None, pl.Float64))
    else:
        known = known.join(risks.select("user", "risk"), on="user", how="left").with_columns(
            pl.col("risk").fill_null(0.0)
        )
    called = pl.concat_str("user", pl.format(" ({})", "name"), ignore_nulls=True)
    told = known.group_by("host").agg(
        user=called.sort().str.join(", "),
        user_privileged=pl.when(pl.col("privileged_by").is_not_null()).then(True).max(),
        user_risk=pl.col("risk").max(),
    )
    return facts.join(told, left_on="value", right_on="host", how="left", maintain_order="left")


def _in_words(row: Mapping[str, object]) -> str:
    """`ada (Ada Lovelace, Finance) at 10.0.0.5, by Kerberos at 2024-05-02 10:00:00 UTC`."""
    about = [str(row[key]) for key in ("name", "title", "department") if row.get(key)]
    if row.get("manager"):
        about.append(f"manager {row['manager']}")
    if row.get("privileged_by"):
        about.append(f"privileged by {row['privileged_by']}")
    if row.get("enabled") is False:
        about.append("the account is disabled")
    who = f"{row['user']} ({', '.join(about)})" if about else str(row["user"])
    at = row["ts_ns"]
    when = f" at {written(at)} UTC" if isinstance(at, int) else ""
    return f"{who} at {row['host']}, by {row['by']}{when}"


def privileged(people: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """People with `privileged_by`: the first of these groups that an account is in, else null."""
    mine = pl.col("groups").list.eval(pl.element().str.to_lowercase())
    named = mine.list.set_intersection(pl.lit(list(groups), pl.List(pl.String)))
    return people.with_columns(privileged_by=named.list.sort().list.first())
