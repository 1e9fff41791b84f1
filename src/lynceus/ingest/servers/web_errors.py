"""Error logs of Apache and nginx: who was turned away by a password, and every client they name."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested

APACHE = (
    r"^\s*\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) "
    r"([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}(?:\.\d+)? \d{4})\]"
    r" \[(?:[\w-]*:)?(\w+)\] (.*)$"
)
NGINX = r"^\s*(\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}) \[(\w+)\] (\d+#\d+: (?:\*\d+ )?.*)$"
CLIENT = r"\[(?:client|remote) (\[?[0-9A-Fa-f:.]+?\]?)(?::(\d{1,5}))?\]|client: ([^,\s]+)"
REFUSED = (
    r"user (\S+): authentication failure for|user \"?([^\"]*?)\"? (?:was )?not found"
    r"|user \"([^\"]*)\": password mismatch|client login failed: .*login: \"([^\"]*)\""
)
"""A wrong password or an unknown user, as Apache's and nginx' modules say it."""


def claims(lines: pl.DataFrame) -> pl.Series:
    """Which lines are of an error log. The whole line counts: its time may look like a header's."""
    text = pl.col("text")
    return lines.select(claimed=text.str.contains(APACHE) | text.str.contains(NGINX))["claimed"]


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """Every line with its client; a login where one failed."""
    text, said = pl.col("text"), pl.col("message")
    told = lines.with_columns(
        apache=text.str.contains(APACHE),
        written=pl.coalesce(text.str.extract(APACHE, 1), text.str.extract(NGINX, 1)),
        event_code=pl.coalesce(text.str.extract(APACHE, 2), text.str.extract(NGINX, 2)),
        message=pl.coalesce(text.str.extract(APACHE, 3), text.str.extract(NGINX, 3)),
    )
    mail = said.str.contains("client login failed")
    gone = said.str.contains("not found")
    told = told.with_columns(
        severity="event_code",
        orig_h=pl.coalesce(said.str.extract(CLIENT, 1), said.str.extract(CLIENT, 3)),
        orig_p=said.str.extract(CLIENT, 2),
        username=pl.coalesce(said.str.extract(REFUSED, at) for at in (1, 2, 3, 4)),
        domain=pl.coalesce(
            said.str.extract(r'host: "([^":]+)', 1),
            said.str.extract(r"\bserver:? ([A-Za-z0-9.-]+\.[A-Za-z0-9-]+)", 1),
        ),
        proto=pl.lit("tcp"),
        product=pl.when("apache").then(pl.lit("apache")).otherwise(pl.lit("nginx")),
    )
    return told.with_columns(
        hostname=pl.coalesce("domain", "hostname"),
        login_event=nested(
            "login",
            said.str.contains(REFUSED) & pl.col("orig_h").is_not_null(),
            service=pl.when(mail).then(pl.lit("mail")).otherwise(pl.lit("http")),
            method=pl.when(mail).then(pl.lit("password")).otherwise(pl.lit("basic")),
            success=pl.lit(value=False),
            reason=pl.when(gone).then(pl.lit("no such user")).otherwise(pl.lit("wrong password")),
            user_exists=pl.when(gone).then(pl.lit(value=False)),
            attempts=pl.lit(1),
        ),
    )
