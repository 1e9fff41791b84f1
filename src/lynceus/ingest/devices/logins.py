"""Logins to a device itself, to its administration or its VPN, as its own log lines decide them.

Each vendor has its own words; the first pattern of `DECISIONS` that the line fits says how it went.
One attempt may leave several lines (who decided, who asked, the session that followed): of lines
alike in device, second, user and outcome only the ones of the first pattern count.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lynceus.ingest.beside import nested, nothing_but


@dataclass(frozen=True)
class Decision:
    """A kind of line that decides a login."""

    vendor: str
    words: str
    """Pattern of the whole line."""
    success: bool
    service: str | None = None
    """What was logged in to; null where the line has to tell."""
    by_server: bool = False
    """Whether the responder that the line names is the server that decided, not the device."""


DECISIONS = (
    Decision("cisco", r"-605005:|-109005:|-716038:", success=True),
    Decision("cisco", r"-605004:|-109006:|-716039:|-308001:", success=False),
    Decision("cisco", r"-113039:|AnyConnect parent session started", success=True, service="vpn"),
    Decision("cisco", r"-611101:", success=True),
    Decision("cisco", r"-611102:", success=False),
    Decision("cisco", r"-113004:|-113012:", success=True, by_server=True),
    Decision("cisco", r"-113005:|-113015:", success=False, by_server=True),
    Decision("cisco", r"%SEC_LOGIN-\d-LOGIN_SUCCESS|%DMI-\d-AUTH_PASSED", success=True),
    Decision(
        "cisco",
        r"%SEC_LOGIN-\d-LOGIN_FAILED|%DMI-\d-AUTHENTICATION_FAILED"
        r"|pam_aaa:Authentication failed from",
        success=False,
    ),
    Decision("cisco", r"anyconnect_vpn_auth_success", success=True, service="vpn", by_server=True),
    Decision("cisco", r"anyconnect_vpn_auth_failure", success=False, service="vpn", by_server=True),
    Decision("paloalto", r"\bfailed authentication for user", success=False, by_server=True),
    Decision("paloalto", r"\bauthenticated for user", success=True, by_server=True),
    Decision(
        "paloalto",
        r"(?i),GLOBALPROTECT,.*,(?:portal|gateway|gw)-auth,.*,success,"
        r'|"EventIDValue":\s*"[a-z]+-auth".*"EventStatus":\s*"success"',
        success=True,
        service="vpn",
    ),
    Decision(
        "paloalto",
        r"(?i),GLOBALPROTECT,.*,(?:portal|gateway|gw)-auth,.*,failure,"
        r'|"EventIDValue":\s*"[a-z]+-auth".*"EventStatus":\s*"failure"',
        success=False,
        service="vpn",
    ),
    Decision("fortinet", r"(?i)\bssl-login-fail\b", success=False, service="vpn"),
    Decision(
        "fortinet",
        r'(?i)\baction="?tunnel-up\b.*\btunneltype="?ssl|\btunneltype="?ssl.*\baction="?tunnel-up\b',
        success=True,
        service="vpn",
    ),
    Decision("fortinet", r"(?i)Admin login failed", success=False),
    Decision("fortinet", r"(?i)Admin login successful", success=True),
    Decision(
        "fortinet",
        r'(?i)\bact(?:ion)?="?Authentication\b.*\b(?:status|outcome)="?(?:success)',
        success=True,
    ),
    Decision(
        "fortinet",
        r'(?i)\bact(?:ion)?="?Authentication\b.*\b(?:status|outcome)="?(?:fail)',
        success=False,
    ),
    Decision(
        "checkpoint",
        r'(?i)\b(?:action:"|act(?:ion)?=)Failed Log ?In\b|auth_status[:=]"?Failed Login',
        success=False,
    ),
    Decision(
        "checkpoint",
        r'(?i)\b(?:action:"|act(?:ion)?=)Log ?In\b|auth_status[:=]"?Successful Login',
        success=True,
    ),
    Decision("juniper", r"\b(?:UI_LOGIN_EVENT|LOGIN_INFORMATION)\b|_AUTH_OK\b", success=True),
    Decision(
        "juniper",
        r"\b(?:SSHD_)?LOGIN_FAILED\b|\bLOGIN_PAM_AUTHENTICATION_ERROR\b|_AUTH_FAIL\b",
        success=False,
    ),
    Decision("sonicwall", r"(?i)\blogin (?:denied|failed)\b", success=False),
    Decision("sonicwall", r"(?i)\blogin allowed\b", success=True),
    Decision("sophos", r'name="Authentication failed"', success=False),
    Decision("sophos", r'name="Authentication successful"', success=True),
    Decision("stormshield", r'logtype="?(?:auth|xvpn)\b', success=False),
    Decision("watchguard", r"user \[?[^\]]*\]? from \S+ was accepted", success=True, service="vpn"),
    Decision(
        "watchguard", r"user \[?[^\]]*\]? from \S+ was rejected", success=False, service="vpn"
    ),
    Decision("watchguard", r"log in attempt was rejected", success=False),
    Decision("pf", r"authentication error for", success=False, service="http"),
    Decision("pf", r"Successful login for user", success=True, service="http"),
)
"""In the order in which a line is shown to those of its vendor."""

WORKED = r"(?i)authentication success"
"""What decides where lines of both outcomes bear the same mark."""
MARKED_ALIKE = "stormshield"

SERVICES = (
    (r"(?i)ssl-?vpn|webvpn|anyconnect|globalprotect|\bvpn zone\b|\bcaller=\"?openvpn", "vpn"),
    (r"(?i)/ssh\b|\blocalport: 22\b|\bssh\b", "ssh"),
    (r"(?i)/telnet\b|\blocalport: 23\b|\btelnet\b", "telnet"),
    (r"(?i)/https?\b|\blocalport: (?:80|443)\b|\bhttps?\b|webadmin|\bweb\b", "http"),
)
"""What a line says of the way in, where its kind does not."""

REASON = r"(?i)\breason\s*[=:]\s*\"?([^\":\].,]*[^\":\].,\s])"
GONE = r"(?i)user not found|unknown_?user|no such user|not found for the user"


def with_logins(rows: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Rows of `ROW` with `login_event` where a line decides a login to the device.

    `lines` has the whole line as `text`, by `line`.
    """
    text = rows.select("line").join(
        lines.select("line", "text"), on="line", how="left", maintain_order="left"
    )["text"]
    kind = _kinds(rows["vendor"], text)
    if kind.null_count() == kind.len():
        return rows
    said = pl.col("said")
    told = rows.with_columns(said=text, kind=kind)
    success = _of_kind([d.success for d in DECISIONS], pl.Boolean())
    success = pl.when(vendor=MARKED_ALIKE).then(said.str.contains(WORKED)).otherwise(success)
    service = pl.coalesce(
        _of_kind([d.service for d in DECISIONS], pl.String()),
        *(pl.when(said.str.contains(words)).then(pl.lit(name)) for words, name in SERVICES),
    )
    user = nothing_but(pl.col("username"))
    told = told.with_columns(succeeded=success)
    # A line without a time is alike no other.
    attempt = ("vendor", "sensor", "written", "succeeded", user.alias("who"))
    first = pl.col("kind") == pl.col("kind").min().over(attempt)
    counts = pl.col("kind").is_not_null() & (pl.col("written").is_null() | first)
    gone = said.str.contains(GONE)
    return told.with_columns(
        own_login=counts,
        by_server=_of_kind([d.by_server for d in DECISIONS], pl.Boolean()),
        login_event=nested(
            "login",
            counts,
            service=service,
            success="succeeded",
            reason=pl.when(~pl.col("succeeded")).then(said.str.extract(REASON, 1)),
            user_exists=pl.when(gone).then(pl.lit(value=False)),
            attempts=pl.lit(1),
        ),
    ).drop("said", "kind", "succeeded")


def _kinds(vendor: pl.Series, text: pl.Series) -> pl.Series:
    """The place in `DECISIONS` of the first that fits each line; null for none."""
    found = pl.Series("kind", [None], dtype=pl.UInt8).new_from_index(0, text.len())
    for place, decision in enumerate(DECISIONS):
        own = found.is_null() & (vendor == decision.vendor).fill_null(value=False)
        if own.any():
            fits = own & text.str.contains(decision.words).fill_null(value=False)
            found = found.zip_with(~fits, pl.Series([place], dtype=pl.UInt8))
    return found


def _of_kind(values: list[bool] | list[str | None], dtype: pl.DataType) -> pl.Expr:
    """What each kind of line says of its own."""
    return pl.lit(pl.Series(values, dtype=dtype)).gather(pl.col("kind"))
