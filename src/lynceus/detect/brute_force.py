"""Passwords guessed at a login service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from lynceus.detect import failed_logins, form_guesses
from lynceus.detect.score import (
    duration_text,
    plural,
    saturating,
    severity,
    share,
    span_s,
    techniques,
)
from lynceus.features.login import LOGINS_OF_PAIR, LOGINS_OF_SOURCE, LOGINS_ON_TARGET, SSH_LOGINS
from lynceus.features.login_log import LOGGED_OF_PAIR, LOGGED_ON_TARGET
from lynceus.features.web_login import LOGIN_FORMS
from lynceus.features.window import Table
from lynceus.language.columns import clause, sentence
from lynceus.protocols import Key
from lynceus.records import Severity

CHATTY = (
    *("smtp", "imap", "pop3", "winrm"),
    *("mssql", "oracle", "mysql", "postgresql", "redis", "mongodb"),
)
"""Services whose clients open many short sessions by nature: mail polls, unpooled databases."""

_AMOUNTS = ("short_resp_bytes", "short_resp_bytes_squared", "most_short_resp_bytes")
"""Columns that only tell how alike the sessions were."""

_KEYS = ["window_start_ns", "window_end_ns", "site", "orig_h", "resp_h"]


@dataclass(frozen=True)
class BruteForce:
    """Many short sessions with a login service: passwords are being tried.

    Detects: short and similar sessions (at most 30 s and 30 kB, with enough said for a login) with
    ssh, ftp, telnet, rdp, smb, vnc, mail, database and other login services, by content where it
    is known and by port where not, in an hour and in a day: of one host with one other; of one
    source over many hosts (spraying); of many sources on one host. For SSH what the analyser
    inferred of logins is used: rejections, accepted logins, and client programs that change. Where
    the server's own log is at hand (sshd, Windows, VPN, web), its failed and accepted logins count.
    And many clear-text requests of different sizes to one login form that are answered alike.

    Why: a person logs in a few times and stays; a guesser is thrown out and comes back. An
    accepted login, or one long session, after a row of short ones means that a guess may have
    worked: that raises the severity.

    Blind spots: web forms in TLS or of unusual names, and single sign-on; several guesses inside
    one session; guesses slower than the day threshold; sprays by more sources than hosts.

    False positives: automation that logs in for every task (deployment, backup, version control
    over SSH): nearly all its logins are accepted and its client program never changes, which makes
    it low; a service account with an expired password. Mail and database clients open many short
    sessions by nature, so inside those count only in great number.

    ATT&CK: T1110.001 Password Guessing, T1110.003 Password Spraying; T1078 Valid Accounts where
    a guess worked.
    """

    reads: ClassVar[tuple[Table, ...]] = (
        *LOGINS_OF_PAIR,
        *SSH_LOGINS,
        *LOGINS_OF_SOURCE,
        *LOGINS_ON_TARGET,
        *LOGGED_OF_PAIR,
        *LOGGED_ON_TARGET,
        *LOGIN_FORMS,
    )
    key: ClassVar[Key] = "responder"
    version: ClassVar[int] = 1
    severity: ClassVar[Severity] = "medium"
    tactic: ClassVar[str] = "credential-access"
    techniques: ClassVar[tuple[str, ...]] = ("T1110.001",)

    tries_1h: int = 20
    """Short sessions of one pair in an hour (Zeek's policies: 30 for SSH, 20 for FTP)."""
    tries_1d: int = 60
    """The same in a day, where the average hour held fewer."""
    chatty_factor: int = 10
    """So many times more are needed inside for services whose clients are chatty."""
    unshown_factor: int = 3
    """So many times more are needed where neither length nor rejection of sessions is known."""
    short_share: float = 0.7
    """Least share of short ones among the sessions."""
    unlike: float = 0.6
    """Most coefficient of variation of what the server sent in short sessions."""
    client_programs: int = 5
    """SSH client programs of one host from which on they are made up."""
    accepted_share: float = 0.5
    """Share of accepted logins from which on it is automation, if the client never changes."""
    knocks_1h: int = 30
    """Attempts from outside, none of which led to a session, that are worth a low finding."""
    alike: float = 0.3
    """Most variation of the sessions of several inside hosts that guess together."""
    alike_share: float = 0.9
    """Least share of short ones among their sessions."""
    failed_few: int = 6
    """Failed logins of one source in an hour, by the server's log, worth a low finding."""
    spread_hosts: int = 8
    """Hosts of one source, or sources on one host, that make it spread guessing."""

    def findings(self, *tables: pl.LazyFrame) -> pl.LazyFrame:
        """Pairs by width, then sources, then targets."""
        pair, pair_1d, ssh, ssh_1d, source, source_1d, target, target_1d = tables[:8]
        logged, logged_1d, logged_on, logged_on_1d, forms, forms_1d = tables[8:]
        return pl.concat(
            [
                self._pairs(pair, ssh, self.tries_1h, thin=None),
                self._pairs(pair_1d, ssh_1d, self.tries_1d, thin=self.tries_1h),
                self._sprays(source, 1),
                self._sprays(source_1d, 3),
                self._targets(target, 1),
                self._targets(target_1d, 3),
                failed_logins.of_pairs(logged, self.tries_1h, self.failed_few, thin=None),
                failed_logins.of_pairs(logged_1d, self.tries_1d, self.tries_1d, thin=self.tries_1h),
                failed_logins.of_targets(logged_on, self.spread_hosts, self.tries_1h),
                failed_logins.of_targets(logged_on_1d, 3 * self.spread_hosts, self.tries_1d),
                form_guesses.of_pairs(forms, self.tries_1h, thin=None),
                form_guesses.of_pairs(forms_1d, self.tries_1d, thin=self.tries_1h),
            ],
            how="diagonal_relaxed",
        )

    def _pairs(
        self, pairs: pl.LazyFrame, ssh: pl.LazyFrame, least: int, thin: int | None
    ) -> pl.LazyFrame:
        joined = _with_ssh(pairs, ssh).with_columns(
            tries=_tries(),
            short_share=_short_share(),
            unlike=_variation(),
            accepted_share=share("accepted_logins", "ssh_sessions"),
            span_s=span_s(),
        )
        if thin is not None:
            hours = pl.coalesce("active_hours", "ssh_active_hours").clip(lower_bound=1)
            knocks = (pl.col("tries") == 0) & (pl.col("failed_attempts") / hours >= self.knocks_1h)
            at_once = (pl.col("span_s") <= 3600) & (pl.col("tries") >= thin)
            joined = joined.filter((pl.col("tries") / hours < thin) & ~knocks).with_columns(
                tries_needed=pl.when(at_once.fill_null(False)).then(thin).otherwise(least)
            )
        else:
            joined = joined.with_columns(tries_needed=pl.lit(least))
        inward = ~pl.col("orig_in") & pl.col("resp_in")
        needed = pl.when(pl.col("login").is_in(CHATTY) & ~inward.fill_null(False))
        programs = pl.col("client_banners").fill_null(0) >= self.client_programs
        shown = (
            (pl.col("short_sessions") > 0)
            | programs
            | (pl.col("rejected_sessions") >= least // 2)
            | (pl.col("tries") >= least * self.unshown_factor)
        )
        guessing = (
            (
                pl.col("tries")
                >= needed.then(least * self.chatty_factor).otherwise(pl.col("tries_needed"))
            )
            & shown.fill_null(False)
            & (pl.col("short_share") >= self.short_share)
            & ((pl.col("unlike").fill_null(0.0) <= self.unlike) | programs)
        )
        knocking = (
            (pl.col("tries") == 0)
            & inward
            & (pl.col("failed_attempts") >= (self.knocks_1h if thin is None else self.tries_1d))
        )
        return pl.concat(
            [self._guesses(joined.filter(guessing)), self._knocks(joined.filter(knocking))],
            how="diagonal_relaxed",
        )

    def _guesses(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        programs = pl.col("client_banners") >= self.client_programs
        automation = (
            (pl.col("accepted_share") >= self.accepted_share) & (pl.col("client_banners") <= 2)
        ) | (pl.col("resp_network").is_not_null() & pl.col("orig_in") & ~pl.col("resp_in"))
        accepted = (pl.col("accepted_logins") > 0) & ((pl.col("rejected_sessions") > 0) | programs)
        stayed = (pl.col("last_long_ns") > pl.col("first_short_ns")) & (pl.col("long_sessions") > 0)
        worked = accepted | (stayed & pl.col("accepted_logins").is_null())
        unshown = (pl.col("short_sessions").fill_null(0) == 0) & (
            pl.col("rejected_sessions").fill_null(0) == 0
        )
        undated = pl.col("window_start_ns").is_null()
        level = severity(
            ((automation | unshown | undated) & ~programs.fill_null(False), "low"),
            (worked, "high"),
            (pl.col("orig_in") & pl.col("resp_in"), "high"),
            otherwise="medium",
        )
        after = (
            pl.when(accepted)
            .then(
                clause(
                    "{accepted_logins} accepted: a guess worked.",
                    accepted_logins=plural("accepted_logins", "login was", "logins were"),
                )
            )
            .when(stayed)
            .then(
                clause(
                    "A session of {longest_session_s} came after them: a guess may have worked.",
                    longest_session_s=duration_text("longest_session_s"),
                )
            )
            .otherwise(pl.lit(""))
        )
        both = pl.when(worked & ~automation.fill_null(False))
        return _said(pairs).with_columns(
            severity=level,
            score=saturating("tries", self.tries_1h),
            confidence=pl.when(automation.fill_null(False) & ~programs.fill_null(False))
            .then(0.3)
            .when(programs.fill_null(False) | (pl.col("rejected_sessions").fill_null(0) > 5))
            .then(0.95)
            .otherwise(0.55 + 0.35 * saturating("tries", 3 * self.tries_1h)),
            techniques=both.then(techniques("T1110.001", "T1078")).otherwise(
                techniques("T1110.001")
            ),
            because=sentence(
                "{orig_h} opened {tries} with {login} of {resp_h}{in_time}{programs}.{after}",
                tries=pl.when(pl.col("short_sessions").fill_null(0) == 0)
                .then(plural("tries", "session"))
                .otherwise(plural("tries", "short session")),
                in_time=pl.when(pl.col("span_s").is_null())
                .then(pl.lit(""))
                .otherwise(clause("in {span_s}", span_s=duration_text("span_s"))),
                programs=pl.when(programs.fill_null(False))
                .then(clause("under {client_banners} names of client programs"))
                .otherwise(pl.lit("")),
                after=after,
            ),
        )

    def _knocks(self, pairs: pl.LazyFrame) -> pl.LazyFrame:
        return _said(pairs).with_columns(
            severity=pl.lit("low"),
            score=0.5 * saturating("failed_attempts", self.knocks_1h),
            confidence=pl.lit(0.7),
            because=sentence(
                "{orig_h} knocked {failed_attempts} at {login} of {resp_h} and was never let in.",
                failed_attempts=plural("failed_attempts", "time"),
            ),
        )

    def _sprays(self, sources: pl.LazyFrame, factor: int) -> pl.LazyFrame:
        each = pl.col("short_sessions") / pl.col("peers")
        mostly = _short_share()
        return (
            sources.filter(
                (pl.col("peers") >= self.spread_hosts * factor)
                & (pl.col("short_sessions") >= self.tries_1h * factor)
                & (each < self.tries_1h)
                & (mostly >= self.short_share)
                & ~pl.col("login").is_in(CHATTY)
            )
            .with_columns(span_s=span_s())
            .with_columns(
                orig_role=pl.lit("attacker"),
                resp_role=pl.lit("victim"),
                service=pl.col("login"),
                severity=_if_dated("medium"),
                score=saturating("short_sessions", self.tries_1h * factor),
                confidence=pl.lit(0.6),
                techniques=techniques("T1110.003"),
                because=sentence(
                    "{orig_h} opened {tries} with {login} of {peers} hosts, a few with each: "
                    "passwords may be sprayed.",
                    tries=plural("short_sessions", "short session"),
                ),
            )
            .drop(
                *("login", "orig_in", "resp_in", "outside_peers"),
                *_AMOUNTS,
            )
        )

    def _targets(self, targets: pl.LazyFrame, factor: int) -> pl.LazyFrame:
        each = pl.col("short_sessions") / pl.col("peers")
        outside = (
            (pl.col("outside_peers") >= self.spread_hosts * factor)
            & (_short_share() >= self.short_share)
            & (pl.col("login") != "smtp")
        )
        inside = (
            (pl.col("outside_peers") == 0)
            & (pl.col("peers") >= 3)
            & (each >= 5)
            & (pl.col("short_sessions") >= 2 * self.tries_1h * factor)
            & (_short_share() >= self.alike_share)
            & (_variation() <= self.alike)
            & ~pl.col("login").is_in(CHATTY)
        )
        who = (
            pl.when(pl.col("outside_peers") > 0)
            .then(sentence("{outside_peers} outside sources"))
            .otherwise(sentence("{peers} inside hosts"))
        )
        return (
            targets.filter(
                (outside | inside)
                & (pl.col("short_sessions") >= self.tries_1h * factor)
                & (each < self.tries_1h)
                & pl.col("resp_in")
            )
            .with_columns(
                span_s=span_s(),
                resp_role=pl.lit("victim"),
                service=pl.col("login"),
                severity=_if_dated("medium"),
                score=saturating("short_sessions", self.tries_1h * factor),
                confidence=pl.when(pl.col("outside_peers") > 0).then(0.65).otherwise(0.45),
                because=sentence(
                    "{who} opened {tries} with {login} of {resp_h}, a few each: spread guessing.",
                    who=who,
                    tries=plural("short_sessions", "short session"),
                ),
            )
            .drop("login", "orig_in", "resp_in", *_AMOUNTS)
        )


def _with_ssh(pairs: pl.LazyFrame, ssh: pl.LazyFrame) -> pl.LazyFrame:
    """Flows and what the SSH analyser says of them; either may be all there is."""
    logins = ssh.with_columns(login=pl.lit("ssh"))
    return pairs.join(
        logins, on=[*_KEYS, "login"], how="full", coalesce=True, nulls_equal=True
    ).with_columns(
        first_seen_ns=pl.coalesce("first_seen_ns", "ssh_first_ns"),
        last_seen_ns=pl.coalesce("last_seen_ns", "ssh_last_ns"),
        orig_in=pl.coalesce("orig_in", "ssh_orig_in"),
        resp_in=pl.coalesce("resp_in", "ssh_resp_in"),
        resp_p=pl.coalesce("resp_p", "ssh_port"),
        failed_attempts=pl.col("failed_attempts").fill_null(0),
    )


def _tries() -> pl.Expr:
    """Sessions in which a password can have been tried.

    A check that reads the banner and leaves is none: where the bytes of the flows are known, SSH
    sessions count only when keys were exchanged.
    """
    measured = pl.col("measured_sessions").fill_null(0) > 0
    ssh = pl.when(measured).then("keyed_sessions").otherwise("ssh_sessions")
    return pl.max_horizontal("short_sessions", ssh).fill_null(0)


def _short_share() -> pl.Expr:
    """Share of short sessions among all; 1 where only the SSH analyser knows of them."""
    sessions = (pl.col("short_sessions") + pl.col("long_sessions")).fill_null(0)
    return pl.when(sessions > 0).then(share("short_sessions", sessions)).otherwise(1.0)


def _variation() -> pl.Expr:
    """Coefficient of variation of the bytes a server sent in short sessions, from integer sums.

    The largest is left out: it may be the one that was let in.
    """
    count = pl.col("short_sessions").cast(pl.Float64) - 1
    most = pl.col("most_short_resp_bytes")
    mean = (pl.col("short_resp_bytes") - most) / count
    squared = pl.col("short_resp_bytes_squared") - most**2
    variance = (squared / count - mean**2).clip(lower_bound=0)
    return pl.when((count > 1) & (mean > 0)).then(variance.sqrt() / mean)


def _said(pairs: pl.LazyFrame) -> pl.LazyFrame:
    return pairs.select(
        *("window_start_ns", "window_end_ns", "site", "orig_h", "resp_h", "resp_p"),
        *("first_seen_ns", "last_seen_ns", "tries", "short_sessions", "long_sessions"),
        *("failed_attempts", "short_share", "unlike", "span_s", "ssh_sessions"),
        *("accepted_logins", "accepted_share", "rejected_sessions", "client_banners"),
        *("client_banners_sample", "longest_session_bytes", "longest_session_s", "login"),
        *("orig_in", "resp_in", "first_short_ns", "last_long_ns", "resp_network"),
        service=pl.col("login"),
        orig_role=pl.lit("attacker"),
        resp_role=pl.lit("victim"),
    )


def _if_dated(level: Severity) -> pl.Expr:
    """The level; low where the rows have no date, so that a rate is not known."""
    return severity((pl.col("window_start_ns").is_null(), "low"), otherwise=level)
