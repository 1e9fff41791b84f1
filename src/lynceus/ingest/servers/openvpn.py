"""OpenVPN's server: who logged in, by password or certificate, and who was turned away."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested

PROGRAMS = r"^(?:ovpn|openvpn)"
PEER = (
    r"^(?:us=\d+ )?(?:([^\[\]]*?)/)?((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:]+):(\d{1,5})"
    r"(?: \[[^\]]*\])? "
)
WORDS = (
    r"(?:^|\s)(?:(?:Incoming |Outgoing )?(?:Data|Control) Channel|VERIFY (?:OK|ERROR|KU|EKU)"
    r"|MULTI|peer info: IV_"
    r"|Peer Connection Initiated|TLS(?: Error| Auth Error)?: |TLS_ERROR|SENT CONTROL|PUSH: "
    r"|AUTH_FAILED|AUTH-PAM|IFCONFIG POOL|ifconfig_pool|net_route|net_addr|net_iface|ROUTE_GATEWAY"
    r"|TUN/TAP device|(?:UDP|TCP)v[46]|TCP connection established|OpenVPN \d|event_wait :"
    r"|Timers: ping|succeeded -> ifconfig|Initialization Sequence Completed|library versions:"
    r"|Could not determine IPv4/IPv6 protocol|Socket Buffers:|Connection reset, restarting"
    r"|SIGUSR1|SIGTERM|Inactivity timeout|WARNING: .*(?:--|cipher|link-mtu)"
    r"|LDAP bind failed|LDAP user \"|Incorrect password supplied for LDAP DN|Diffie-Hellman)"
)
WORKED = r"authentication succeeded for username '([^']*)'"
CERTIFIED = r"\[([^\]]*)\] Peer Connection Initiated with \[AF_INET6?\]"
FAILED = (
    r"(?i)Auth Username/Password verification failed|authentication failed for|AUTH_FAILED"
    r"|VERIFY ERROR|LDAP bind failed|LDAP user .* not found|Incorrect password supplied"
)
NAMED = (
    WORKED,
    r"(?i)(?:verification|authentication) failed for (?:user(?:name)? )?'([^']+)'",
    r'LDAP user "([^"]+)" was not found',
    r'LDAP DN "CN=([^,"]+)',
    r"VERIFY ERROR: .*\bCN=([^,]+)",
)


def claims(lines: pl.DataFrame) -> pl.Series:
    """Which lines are its own: by program, or by a peer or its words after the time."""
    own = pl.col("app_name").str.contains(PROGRAMS).fill_null(value=False)
    text = body()
    return lines.select(claimed=own | text.str.contains(WORDS))["claimed"]


def body() -> pl.Expr:
    """What follows the time. A peer or a word there may have passed for host or program."""
    plain = pl.col("app_name").str.contains(PROGRAMS).fill_null(value=False)
    return pl.when(plain).then("message").otherwise(
        pl.col("text").str.replace(TIME_BEFORE, "").str.strip_chars()
    )  # fmt: skip


WEEKDAY_BEFORE = (
    r"^\s*(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2} +\d{1,2} \d{2}:\d{2}:\d{2} \d{4})"
)
TIME_BEFORE = (
    r"^\s*(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?(?:\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
    r"|[A-Z][a-z]{2} +\d{1,2} \d{2}:\d{2}:\d{2} \d{4}) (?:us=\d+ )?"
)


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """Every line with its peer; a login where one is decided."""
    text = pl.col("message")
    told = lines.with_columns(message=body())
    domain = text.str.extract(r'LDAP DN "([^"]+)"', 1).str.extract_all(r"DC=[^,]+").list.join(".")
    told = told.with_columns(
        orig_h=text.str.extract(PEER, 2),
        orig_p=text.str.extract(PEER, 3),
        named=pl.coalesce(text.str.extract(pattern, 1) for pattern in NAMED),
        certified=text.str.extract(CERTIFIED, 1).replace(["UNDEF", ""], None),
        before=text.str.extract(PEER, 1),
        succeeded=text.str.contains(WORKED) | text.str.contains(CERTIFIED),
        failed=text.str.contains(FAILED),
        by_certificate=text.str.contains(CERTIFIED) | text.str.contains("VERIFY ERROR"),
        domainname=domain.str.replace_all("DC=", "").replace("", None),
        written=pl.coalesce("written", pl.col("text").str.extract(WEEKDAY_BEFORE, 1)),
        product=pl.lit("openvpn"),
        sensor=pl.when(pl.col("app_name").str.contains(PROGRAMS)).then("hostname").fill_null(""),
        vendor=pl.lit("openvpn"),
        flow=pl.lit(value=False),
    )
    told = told.with_columns(
        hostname="sensor", username=pl.coalesce("named", "certified", "before")
    )
    told = told.with_columns(
        decided=(pl.col("succeeded") & pl.col("username").is_not_null()) | pl.col("failed"),
        connection=pl.when(pl.col("orig_h").is_null()).then(pl.format("#{}", "line")).otherwise(
            pl.format("{}:{}", "orig_h", "orig_p")
        ),
    )  # fmt: skip
    # The password and the start of the peer's connection are one login.
    first = pl.int_range(pl.len()).over("connection", "decided", "succeeded") == 0
    gone = text.str.contains("not found")
    return told.with_columns(
        login_event=nested(
            "login",
            pl.col("decided") & first,
            domainname="domainname",
            service=pl.lit("vpn"),
            method=pl.when("by_certificate").then(pl.lit("certificate")).otherwise(
                pl.lit("password")
            ),
            success="succeeded",
            reason=pl.when("failed").then(text.str.extract(r"error=([^:]+)", 1)),
            user_exists=pl.when(gone).then(pl.lit(value=False)),
            attempts=pl.lit(1),
        ),
    )  # fmt: skip
