"""OpenSSH's server: who logged in or failed to, and who only knocked.

One attempt leaves several lines. Of the lines of one connection only those that decide the most
count: `Accepted` and `Failed`; without them the end of a connection that was authenticating;
without that the complaint about its user; last what PAM says.
"""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, nothing_but

PROGRAMS = ("sshd", "sshd-session", "sshd-auth")
TAG = r"^\s*sshd(?:-\w+)?\[(\d+)\]: "
"""What is left of a header without time and host."""
WORDS = (
    r"^(?:(?:error|fatal|info): )?(?:(?:Accepted|Failed|Postponed|Partial) \S+ for .+"
    r"|Accepted key \S+ \S+ found at|(?:Invalid|Illegal) user .* from \S+"
    r"|(?:Connection (?:closed|reset) by|Disconnect(?:ed|ing) from|Disconnecting) .+"
    r"(?:port \d+|\[preauth\])|Received disconnect from|Connection from \S+ port \d+"
    r"|Disconnecting .*authentication failures|maximum authentication attempts exceeded for"
    r"|Did not receive identification string|Bad protocol version identification"
    r"|(?:kex|ssh|banner|main|input_userauth|PAM service\(sshd\))[_a-z ]*\b.*: ?"
    r"(?:sshd|Connection|invalid user|identification|ignoring)"
    r"|Timeout before authentication for|Unable to negotiate with|Starting session: .* for .+ from"
    r"|Close session: user|reverse mapping checking getaddrinfo|User .+ from .+ not allowed because"
    r"|User \S+ is on pid|PAM \d+ more authentication failure|PAM adding faulty module"
    r"|pam_\w+\(sshd:\w+\):|message repeated \d+ times: \[ ?(?:Failed|Invalid))"
)
"""How its messages begin, for lines that came without their header."""
LEVEL = r"^(?:error|fatal|info): "

REPEATED = r"^message repeated (\d+) times: \[ ?(.*?)\]?$"
END = r"(\S+) port (\d{1,5})"
USERS = (
    r"attempts exceeded for (?:invalid user )?(.*?) from \S+",
    r"^(?:Accepted|Failed|Postponed|Partial) \S+ for (?:(?:invalid|illegal) user )?(.*?)"
    r"(?: from \S+(?: port \d+.*)?)?$",
    r"^(?:Invalid|Illegal) user (.*?) from \S+",
    r"(?:authenticating user|invalid user|[Dd]isconnected from user) (.+) \S+ port \d+",
    r"^User (.+?) from \S+ not allowed because",
    r"[ ;]user=(\S+)",
    r"session (?:opened|closed) for user ([^\s(]+)",
    r"input_userauth_request: invalid user (.*?)(?: \[preauth\])?$",
    r"user '([^']+)' granted access",
    r"^Close session: user (\S+) from",
    r"^Starting session: .* for (\S+) from",
    r"authentication failures for (?:invalid user )?(\S+)",
    r"^User (\S+) is on pid",
)
KINDS = (r"\((sshd:\w+)\)", r"(?i)\b(connection|negotiate|session)\b", r"^(\w+)")
"""The kind of a message: of PAM its service, else the word that says what it is about."""
DECIDED = r"^(Accepted|Failed) (\S+) for "
ENDED = (
    r"^(?:Connection (?:closed|reset) by|Disconnect(?:ed|ing)(?: from)?)"
    r" (?:authenticating|invalid) user"
)
COMPLAINED = r"^(?:(?:Invalid|Illegal) user .* from|User .+ from .+ not allowed because)"
BY_PAM = r"authentication failure;|^PAM \d+ more authentication failure"
UNKNOWN_USER = r"(?i)\b(?:invalid|illegal) user\b|user unknown"


def claims(lines: pl.DataFrame) -> pl.Series:
    """Which lines are its own: by program, or where there is no header by their words."""
    own = pl.col("app_name").is_in(PROGRAMS).fill_null(value=False)
    text = pl.col("text").str.replace(TAG, "").str.strip_chars()
    bare = pl.col("written").is_null() & text.str.contains(WORDS)
    return lines.select(claimed=own | bare)["claimed"]


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """Every line with who it is about; a login where it decides one."""
    headed = pl.col("app_name").is_in(PROGRAMS).fill_null(value=False)
    text = pl.col("text")
    body = pl.when(headed).then("message").otherwise(text.str.replace(TAG, ""))
    told = lines.with_columns(
        proc_id=pl.coalesce("proc_id", text.str.extract(TAG, 1)),
        message=body.str.strip_chars().str.replace(LEVEL, ""),
    ).with_columns(
        attempts=pl.col("message").str.extract(REPEATED, 1),
        message=pl.coalesce(pl.col("message").str.extract(REPEATED, 2), "message"),
    )
    text = pl.col("message")
    user = pl.coalesce(text.str.extract(pattern, 1) for pattern in USERS).str.strip_chars()
    at_domain = user.str.extract(r"^[^@\s]+@([^@\s]+\.[^@\s]+)$", 1)
    told = told.with_columns(
        orig_h=pl.coalesce(
            text.str.extract(END, 1),
            text.str.extract(r"rhost=(\S+)", 1),
            text.str.extract(r"getaddrinfo for \S+ \[([^\]]+)\]", 1),
            text.str.extract(r"(?:from|by) ([0-9a-fA-F.:]+[0-9a-fA-F])\b", 1),
        ),
        orig_p=text.str.extract(END, 2),
        resp_h=text.str.extract(r"port \d+ on (\S+) port \d+", 1),
        resp_p=text.str.extract(r"port \d+ on \S+ port (\d+)", 1),
        domainname=at_domain,
        username=pl.when(at_domain.is_not_null())
        .then(user.str.extract(r"^([^@]+)@", 1))
        .otherwise(nothing_but(user)),
        word=text.str.extract(DECIDED, 1),
        method=text.str.extract(DECIDED, 2).str.split("/").list.first(),
        level=pl.when(text.str.contains(DECIDED)).then(0)
        .when(text.str.contains(ENDED)).then(1)
        .when(text.str.contains(COMPLAINED)).then(2)
        .when(text.str.contains(BY_PAM)).then(3),
    )  # fmt: skip
    return _with_logins(told).select(
        "line", "orig_h", "orig_p", "resp_h", "resp_p", "username", "hostname", "message",
        "login_event",
        event_code=pl.coalesce(pl.col("message").str.extract(kind, 1) for kind in KINDS)
        .str.to_lowercase(),
        proto=pl.lit("tcp"),
        service=pl.lit("ssh"),
        vendor=pl.lit("openbsd"),
        product=pl.lit("openssh"),
    )  # fmt: skip


def _with_logins(told: pl.DataFrame) -> pl.DataFrame:
    """The lines that decide the most about their connection are its logins."""
    connection = pl.concat_str(
        pl.col("hostname").fill_null("-"),
        pl.coalesce("proc_id", pl.format("{}:{}", "orig_h", "orig_p"), pl.format("#{}", "line")),
        separator=" ",
    )
    text = pl.col("message")
    told = told.with_columns(connection=connection).with_columns(
        resp_h=pl.col("resp_h").drop_nulls().last().over("connection"),
        resp_p=pl.col("resp_p").drop_nulls().last().over("connection"),
        least=pl.col("level").min().over("connection"),
    )
    gone = text.str.contains(UNKNOWN_USER)
    accepted = (pl.col("word") == "Accepted").fill_null(value=False)
    return told.with_columns(
        login_event=nested(
            "login",
            pl.col("level").is_not_null() & (pl.col("level") == pl.col("least")),
            orig_hostname=pl.when(~pl.col("orig_h").str.contains(r"^[0-9.]+$|:")).then("orig_h"),
            domainname="domainname",
            service=pl.lit("ssh"),
            method="method",
            success=accepted,
            user_exists=pl.when(gone).then(pl.lit(value=False)),
            reason=pl.when(gone).then(pl.lit("no such user")).otherwise(
                text.str.extract(r"(not allowed because .*)$", 1)
            ),
            attempts=pl.coalesce("attempts", text.str.extract(r"^PAM (\d+) more", 1), pl.lit("1")),
        )
    )  # fmt: skip
