"""Guessed passwords as the server's own log shows them: part of `brute_force`."""

from __future__ import annotations

import polars as pl

from lynceus.detect.score import duration_text, plural, saturating, severity, span_s, techniques
from lynceus.language.columns import clause, sentence

LEFT_OUT = ("source", "target", "login", "orig_in", "product", "first_failed_ns",
            "last_accepted_ns", "active_hours", "most")  # fmt: skip


def of_pairs(pairs: pl.LazyFrame, tries: int, few: int, thin: int | None) -> pl.LazyFrame:
    """One source against one service: from `tries` failures on guessing, from `few` on worth a
    word. `thin` leaves to the narrower window what an average hour of a day shows there.
    """
    if thin is not None:
        hours = pl.col("active_hours").clip(lower_bound=1)
        pairs = pairs.filter(
            (pl.col("failed_logins") / hours < thin) & (pl.col("failed_logins") >= tries)
        )
    many = pl.col("failed_logins") >= tries
    # With one user only, a program with an old password is as likely as somebody who guesses.
    one_user = (pl.col("usernames") <= 1) & (pl.col("unknown_users") == 0)
    worked = (
        many & (pl.col("last_accepted_ns") > pl.col("first_failed_ns"))
        & (pl.col("accepted_logins") * 5 <= pl.col("failed_logins"))
    )  # fmt: skip
    undated = pl.col("window_start_ns").is_null()
    return (
        _told(pairs.filter(pl.col("failed_logins") >= few))
        .with_columns(
            severity=severity(
                (~many | undated, "low"),
                (worked, "high"),
                (one_user & pl.col("orig_in"), "low"),
                (one_user, "medium"),
                (pl.col("orig_in"), "high"),
                otherwise="medium",
            ),
            score=saturating("failed_logins", tries),
            confidence=pl.when(~many)
            .then(0.4)
            .when(one_user & pl.col("orig_in"))
            .then(0.4)
            .otherwise(0.9),
            techniques=pl.when(worked.fill_null(value=False))
            .then(techniques("T1110.001", "T1078"))
            .otherwise(techniques("T1110.001")),
            orig_role=pl.lit("attacker"),
            because=sentence(
                "{source} failed {failed_logins} by {login}{to}{in_time}{users}.{worked}",
                failed_logins=plural("failed_logins", "login"),
                to=_to(),
                in_time=_in_time(),
                users=_users(),
                worked=pl.when(worked.fill_null(value=False))
                .then(
                    clause(
                        "{accepted_logins} accepted after that: a guess worked.",
                        accepted_logins=plural("accepted_logins", "login was", "logins were"),
                    )
                )
                .otherwise(pl.lit("")),
            ),
        )
        .drop(LEFT_OUT, strict=False)
    )


def of_targets(targets: pl.LazyFrame, sources: int, tries: int) -> pl.LazyFrame:
    """Many sources against one service, a few failures each."""
    each = pl.col("failed_logins") / pl.col("sources")
    spread = (
        (pl.col("sources") >= sources)
        & (pl.col("failed_logins") >= tries)
        & (each < tries)
        & (pl.col("usernames") >= 2)
    )
    return (
        _told(targets.filter(spread))
        .with_columns(
            severity=severity((pl.col("window_start_ns").is_null(), "low"), otherwise="medium"),
            score=saturating("failed_logins", tries),
            confidence=pl.lit(0.7),
            techniques=techniques("T1110.001"),
            because=sentence(
                "{sources} failed {failed_logins} by {login}{to}{in_time}{users}: spread guessing.",
                sources=plural("sources", "source"),
                failed_logins=plural("failed_logins", "login"),
                to=_to(),
                in_time=_in_time(),
                users=_users(),
            ),
        )
        .drop(LEFT_OUT, strict=False)
    )


def _told(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.with_columns(
        service=pl.col("login"),
        resp_role=pl.lit("victim"),
        # A server that its log names by name only stands where names stand.
        domain=pl.when(pl.col("resp_h").is_null()).then("target"),
        span_s=span_s(),
    )


def _to() -> pl.Expr:
    target = pl.col("target")
    return (
        pl.when(target.is_null()).then(pl.lit("")).otherwise(clause("to {target}", target=target))
    )


def _in_time() -> pl.Expr:
    return (
        pl.when(pl.col("span_s").is_null() | (pl.col("span_s") < 1))
        .then(pl.lit(""))
        .otherwise(clause("in {span_s}", span_s=duration_text("span_s")))
    )


def _users() -> pl.Expr:
    unknown = pl.col("unknown_users")
    return (
        pl.when(pl.col("usernames") == 0)
        .then(pl.lit(""))
        .when(unknown > 0)
        .then(
            sentence(
                ", as {usernames}, {unknown} of them unknown there",
                usernames=plural("usernames", "user"),
                unknown=unknown,
            )
        )
        .otherwise(sentence(", as {usernames}", usernames=plural("usernames", "user")))
    )
