from __future__ import annotations

from typing import Any

import pytest

HEAD = "May  1 10:00:0{} web1 sshd[{}]: {}"


def logins(whole: Any, *messages: str, pids: tuple[int, ...] | None = None) -> list[dict[str, Any]]:
    """The logins of these messages, each of a process of its own."""
    numbers = pids or tuple(range(100, 100 + len(messages)))
    pairs = enumerate(zip(numbers, messages, strict=True))
    text = "\n".join(HEAD.format(n, pid, m) for n, (pid, m) in pairs)
    batch, account = whole(text + "\n")
    assert account.dropped == {}
    return list(batch.events["login"].to_dicts()) if "login" in batch.events else []


def test_an_accepted_and_a_failed_login(whole: Any) -> None:
    accepted, failed = logins(
        whole,
        "Accepted publickey for alice from 203.0.113.5 port 51826 ssh2: RSA SHA256:AbpHG",
        "Failed password for invalid user admin from 2001:db8::1 port 4000 ssh2",
    )
    assert accepted["success"] is True
    assert (accepted["username"], accepted["method"]) == ("alice", "publickey")
    assert (accepted["orig_h"], accepted["orig_p"]) == ("203.0.113.5", 51826)
    assert (accepted["hostname"], accepted["service"], accepted["proto"]) == ("web1", "ssh", "tcp")
    assert (failed["success"], failed["user_exists"]) == (False, False)
    assert (failed["username"], failed["orig_h"], failed["reason"]) == (
        "admin", "2001:db8::1", "no such user",
    )  # fmt: skip


def test_the_lines_of_one_attempt_are_one_login(whole: Any) -> None:
    told = logins(
        whole,
        "Invalid user oracle from 203.0.113.5 port 4000",
        "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= "
        "rhost=203.0.113.5",
        "Failed password for invalid user oracle from 203.0.113.5 port 4000 ssh2",
        "Connection closed by invalid user oracle 203.0.113.5 port 4000 [preauth]",
        pids=(7, 7, 7, 7),
    )
    assert [(row["username"], row["success"]) for row in told] == [("oracle", False)]


@pytest.mark.parametrize(
    ("message", "user", "attempts"),
    [
        ("Connection reset by authenticating user root 203.0.113.5 port 4000 [preauth]", "root", 1),
        ("Disconnected from authenticating user root 203.0.113.5 port 4000 [preauth]", "root", 1),
        ("Disconnecting invalid user pi 203.0.113.5 port 4000: Too many authentication failures "
         "[preauth]", "pi", 1),
        ("User bob from 203.0.113.5 not allowed because not listed in AllowUsers", "bob", 1),
        ("message repeated 5 times: [ Failed password for root from 203.0.113.5 port 4000 ssh2]",
         "root", 5),
        ("PAM 2 more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= "
         "rhost=203.0.113.5  user=root", "root", 2),
    ],
)  # fmt: skip
def test_what_decides_where_no_line_says_failed(
    whole: Any, message: str, user: str, attempts: int
) -> None:
    (told,) = logins(whole, message)
    assert (told["username"], told["success"], told["attempts"]) == (user, False, attempts)
    assert told["orig_h"] == "203.0.113.5"


@pytest.mark.parametrize(
    "message",
    [
        "Received disconnect from 203.0.113.5 port 4000:11: disconnected by user",
        "Disconnected from user alice 203.0.113.5 port 4000",
        "Close session: user ansible from 203.0.113.5 port 34928 id 0",
        "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
        "Did not receive identification string from 203.0.113.5 port 4000",
        "Server listening on :: port 22.",
    ],
)
def test_the_end_of_a_session_and_a_knock_are_no_login(whole: Any, message: str) -> None:
    assert logins(whole, message) == []


def test_the_server_is_known_where_a_line_of_the_connection_names_it(whole: Any) -> None:
    (told,) = logins(
        whole,
        "Connection from 203.0.113.5 port 4000 on 192.0.2.10 port 2222",
        "Accepted password for alice from 203.0.113.5 port 4000 ssh2",
        pids=(9, 9),
    )
    assert (told["resp_h"], told["resp_p"]) == ("192.0.2.10", 2222)


def test_a_client_that_is_known_by_name_only_and_a_user_of_a_domain(whole: Any) -> None:
    (told,) = logins(whole, "Accepted password for jdoe@corp.example from host.example port 1 ssh2")
    assert (told["orig_h"], told["orig_hostname"]) == (None, "host.example")
    assert (told["username"], told["domainname"]) == ("jdoe", "corp.example")


def test_lines_without_a_header_are_known_by_their_words(whole: Any) -> None:
    batch, account = whole(
        " Failed password for backup from 203.0.113.5 port 60150 ssh2\n"
        "error: kex_exchange_identification: Connection closed by remote host\n"
        "sshd[88235]: Failed password for jdoe from 192.0.2.1 port 60002 ssh2\n"
        "Failed to start the database\n"
    )
    assert account.dropped == {"line_of_no_known_device": 1}
    bare, tagged = batch.events["login"].to_dicts()
    assert (bare["username"], bare["ts_ns"]) == ("backup", None)
    assert (tagged["username"], tagged["orig_p"]) == ("jdoe", 60002)
