"""`web_login`: what is sent to forms that ask for a password."""

from __future__ import annotations

import polars as pl
import pytest

from detect.traffic import START_NS, events
from lynceus.features.web_login import FEWEST, LOGIN_FORMS, LOGIN_PATH


@pytest.mark.parametrize(
    ("path", "is_form"),
    [
        ("/login", True),
        ("/wp-login.php", True),
        ("/account/signin/", True),
        ("/user/login_check", True),
        ("/Login.aspx", True),
        ("/app/j_security_check", True),
        ("/xmlrpc.php", True),
        ("/api/authenticate", True),
        ("/blogin-news", False),
        ("/login-tips.html", False),
        ("/api/telemetry", False),
        ("/designing/sign", False),
        ("/author/1", False),
    ],
)
def test_paths_that_passwords_are_sent_to(path: str, is_form: bool) -> None:
    assert pl.Series([path]).str.contains(LOGIN_PATH).to_list() == [is_form]


def test_pages_and_redirects_are_counted_apart() -> None:
    row = {"orig_h": "192.0.2.1", "resp_h": "10.0.0.9", "method": "POST", "host": "a.example"}
    sent = [
        {**row, "at_s": 1.0 + n, "uri": f"http://a.example/login?try={n}", "status_code": 200,
         "request_body_bytes": 50 + n, "response_body_bytes": 100}
        for n in range(FEWEST)
    ]  # fmt: skip
    moved = {**row, "at_s": 99.0, "uri": "/login", "status_code": 302, "response_body_bytes": 0}
    rows = events("http", [*sent, moved, {**moved, "method": "GET"}, {**moved, "uri": "/news"}])
    rows = rows.with_columns(orig_in=pl.lit(value=False), resp_in=pl.lit(value=True))
    hour = LOGIN_FORMS[0]
    (told,) = hour.finish(hour.partial(rows.lazy()).collect()).to_dicts()
    assert (told["form"], told["tries"], told["request_sizes"]) == ("/login", FEWEST + 1, FEWEST)
    assert (told["moved_answers"], told["page_bytes"]) == (1, 100 * FEWEST)
    assert told["last_moved_ns"] == START_NS + 99 * 10**9
