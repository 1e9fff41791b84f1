from __future__ import annotations

from typing import Any

import pytest

NGINX = (
    '2024/05/01 10:00:00 [error] 8#8: *17 user "foo" {}, client: 203.0.113.5, server: '
    'www.example.com, request: "GET / HTTP/1.1", host: "www.example.com:8443"'
)
APACHE = (
    "[Wed May 01 10:00:00.250000 2024] [auth_basic:error] [pid 12:tid 3] "
    "[client 203.0.113.5:40000] {}"
)


@pytest.mark.parametrize(
    ("line", "user", "reason", "product"),
    [
        (NGINX.format('was not found in "/etc/htpasswd"'), "foo", "no such user", "nginx"),
        (NGINX.format("password mismatch").replace('"foo" p', '"foo": p'), "foo",
         "wrong password", "nginx"),
        (APACHE.format("AH01617: user foo: authentication failure for \"/\": Password Mismatch"),
         "foo", "wrong password", "apache"),
        (APACHE.format("AH01618: user foo not found: /"), "foo", "no such user", "apache"),
        ('2024/05/01 10:00:00 [info] 8#8: *6631 client login failed: "AUTH not supported" while in '
         'http auth state, client: 203.0.113.5, server: 192.0.2.1:25, login: "foo"', "foo",
         "wrong password", "nginx"),
    ],
)  # fmt: skip
def test_failed_logins(whole: Any, line: str, user: str, reason: str, product: str) -> None:
    batch, _ = whole(line + "\n")
    (told,) = batch.events["login"].to_dicts()
    assert (told["username"], told["reason"], told["product"]) == (user, reason, product)
    assert (told["orig_h"], told["success"]) == ("203.0.113.5", False)
    assert told["ts_ns"] // 10**9 == 1_714_557_600


def test_other_lines_tell_their_client(whole: Any) -> None:
    batch, account = whole(
        APACHE.format("AH01630: client denied by server configuration: /srv/x") + "\n"
    )
    (told,) = batch.events["device_log"].to_dicts()
    assert (told["orig_h"], told["orig_p"], told["event_code"]) == ("203.0.113.5", 40000, "error")
    assert "login" not in batch.events
    assert account.balanced
