"""Windows over logins whose outcome the protocol shows: by user, refused and let in."""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Max, Min, Values, Window

_GUESSED = ["STATUS_LOGON_FAILURE", "STATUS_WRONG_PASSWORD", "STATUS_NO_SUCH_USER",
            "STATUS_ACCOUNT_LOCKED_OUT"]  # fmt: skip
_PREAUTH = pl.col("preauth").fill_null(True)


def _outcomes(
    of: str,
    login: str | pl.Expr,
    user: str,
    outcome: pl.Expr,
    unknown: pl.Expr,
    only: pl.Expr | None = None,
) -> Window:
    """Logins by user: `outcome` is whether one was let in, null where it decides nothing.

    `target` is the server by the name in its own log, which may not tell its address.
    """
    target = pl.col("hostname") if of == "login" else pl.lit(None, pl.String)
    named = pl.lit(login) if isinstance(login, str) else login
    refused = ~pl.col("accepted")
    return Window(
        f"{of}_outcomes_1h",
        of,
        ("orig_h", "resp_h", "login", "user"),
        (
            Count("refused", refused),
            Count("accepted", pl.col("accepted")),
            Count("unknown_users", unknown & refused),
            Min("first_refused_ns", pl.when(refused).then("ts_ns")),
            Max("last_refused_ns", pl.when(refused).then("ts_ns")),
            Min("first_accepted_ns", pl.when(pl.col("accepted")).then("ts_ns")),
            Max("last_accepted_ns", pl.when(pl.col("accepted")).then("ts_ns")),
            Max("login_port", "resp_p"),
            Max("orig_in", "orig_in"),
            Max("resp_in", "resp_in"),
            Max("orig_role_of_asset", "orig_asset_role"),
            Max("target", target),
        ),
        "1h",
        pl.col("accepted").is_not_null(),
        derive={"accepted": outcome, "user": pl.col(user).str.to_lowercase(), "login": named},
        only=only,
    )


_never = pl.lit(value=False)
_error = pl.col("error_msg")
_kerberos = (
    pl.when(_error.is_in(["KDC_ERR_PREAUTH_FAILED", "KDC_ERR_C_PRINCIPAL_UNKNOWN"]))
    .then(pl.lit(value=False))
    .when(_PREAUTH & pl.col("success").fill_null(False))
    .then(pl.lit(value=True))
)
_status = pl.col("status")
_ntlm = (
    pl.when(pl.col("username").is_null())
    .then(None)
    .when(pl.col("success"))
    .then(pl.lit(value=True))
    .when(~pl.col("success") & (_status.is_null() | _status.is_in(_GUESSED)))
    .then(pl.lit(value=False))
)
_result = pl.col("result")
_bind = (
    pl.when(_result == "success")
    .then(pl.lit(value=True))
    .when(_result == "invalid credentials")
    .then(pl.lit(value=False))
)
_code = pl.col("status_code")
_basic = pl.when(_code == 401).then(pl.lit(value=False)).when(_code < 400).then(pl.lit(value=True))

KERBEROS_OUTCOMES = _outcomes(
    "kerberos",
    "kerberos",
    "client",
    pl.when(pl.col("request_type").fill_null("AS") == "AS").then(_kerberos),
    _error == "KDC_ERR_C_PRINCIPAL_UNKNOWN",
)
NTLM_OUTCOMES = _outcomes(
    "ntlm",
    pl.col("carrier").fill_null("ntlm"),
    "username",
    _ntlm,
    _status == "STATUS_NO_SUCH_USER",
)
LDAP_OUTCOMES = _outcomes(
    "ldap",
    "ldap",
    "object",
    pl.when(pl.col("opcode").str.starts_with("bind") & pl.col("object").is_not_null()).then(_bind),
    pl.col("diagnostic_message").str.contains("data 525", literal=True),
)
FTP_OUTCOMES = _outcomes("ftp", "ftp", "user", pl.col("auth_success"), _never)
POP3_OUTCOMES = _outcomes("pop3", "pop3", "user", pl.col("auth_success"), _never)
IMAP_OUTCOMES = _outcomes("imap", "imap", "user", pl.col("auth_success"), _never)
SMTP_OUTCOMES = _outcomes("smtp", "smtp", "username", pl.col("auth_success"), _never)
TELNET_OUTCOMES = _outcomes("telnet", "telnet", "user", pl.col("auth_success"), _never)
HTTP_OUTCOMES = _outcomes(
    "http", "http", "username", _basic, _never, pl.col("username").is_not_null()
)
_told_by_http = (pl.col("reason") == "status 401").fill_null(False)
LOGGED_OUTCOMES = _outcomes(
    "login",
    pl.coalesce("service", "product"),
    "username",
    pl.col("success"),
    ~pl.col("user_exists").fill_null(True),
    pl.col("orig_h").is_not_null()
    & ~_told_by_http
    & ~pl.col("logon_type").is_in([4, 5, 7]).fill_null(False),
)
"""What servers write in their own logs, whatever the protocol hides; without batch jobs, services
and screens that are unlocked, and without what the requests of the same log tell."""

OUTCOMES = (
    KERBEROS_OUTCOMES,
    NTLM_OUTCOMES,
    LDAP_OUTCOMES,
    FTP_OUTCOMES,
    POP3_OUTCOMES,
    IMAP_OUTCOMES,
    SMTP_OUTCOMES,
    TELNET_OUTCOMES,
    HTTP_OUTCOMES,
    LOGGED_OUTCOMES,
)
"""Logins with a known outcome, by who tried what as whom; one table a protocol, all alike."""


def _passwords(of: str, user: str, seen: pl.Expr) -> Window:
    return Window(
        f"{of}_passwords_1h",
        of,
        ("orig_h", "resp_h"),
        (
            Count("passwords"),
            Values("users", user, k=3),
            Max("login_port", "resp_p"),
            Max("orig_in", "orig_in"),
            Max("resp_in", "resp_in"),
            Min("first_seen_ns", "ts_ns"),
            Max("last_seen_ns", "ts_ns"),
        ),
        "1h",
        only=seen.fill_null(False)
        & ~pl.col("orig_h").str.contains(r"^(127\.|::1$)").fill_null(False)
        & (pl.col("orig_h") != pl.col("resp_h"))
        & ~pl.col(user).str.contains(r"(?i)^(anonymous|ftp|guest)$").fill_null(False),
    )


PASSWORDS = {
    "ftp": _passwords("ftp", "user", pl.col("password_seen")),
    "pop3": _passwords("pop3", "user", pl.col("password_seen")),
    "imap": _passwords("imap", "user", pl.col("password_seen")),
    "smtp": _passwords("smtp", "username", pl.col("password_seen")),
    "telnet": _passwords("telnet", "user", pl.col("password_seen")),
    "ldap": _passwords("ldap", "object", pl.col("password_seen")),
    "mqtt": _passwords("mqtt", "username", pl.col("password_seen")),
    "http": _passwords("http", "username", pl.col("username").is_not_null()),
}
"""Passwords that crossed the network readable, by protocol."""
