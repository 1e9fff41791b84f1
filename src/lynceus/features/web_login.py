"""Windows over what is sent to web forms that ask for a password, in clear-text requests."""

from __future__ import annotations

import polars as pl

from lynceus.features.behind import BEHIND
from lynceus.features.window import Active, Count, Distinct, Max, Min, Sum, Window

LOGIN_PATH = (
    r"(?i)(?:^|[/_.-])(?:(?:do|user|web|check|wp-|admin)?[-_]?(?:log-?[io]n|sign-?in|sign-?on)"
    r"(?:[-_]?(?:check|process|form|submit|action|post))?|authenticat(?:e|ion)|j_security_check|j_spring_security_check"
    r"|xmlrpc\.php)(?:$|[/.;])"
)
"""Paths to which passwords are sent, as web programs name them."""

FEWEST = 10
"""Fewer requests than this in a window are a person who mistypes."""

_size = pl.col("response_body_bytes").fill_null(0).clip(0, 1_000_000).cast(pl.Int64)
"""Bytes of an answer, bounded so that sums of squares stay exact."""
_code = pl.col("status_code")
_moved = _code.is_in([301, 302, 303, 307, 308]).fill_null(False)
_page = _code.is_not_null() & ~_moved

LOGIN_FORMS = Window(
    "login_forms_1h",
    "http",
    ("orig_h", "resp_h", "form"),
    (
        Count("tries"),
        Distinct("request_sizes", "request_body_bytes"),
        Count("answered", _code.is_not_null()),
        Count("moved_answers", _moved),
        Sum("page_bytes", _size, _page),
        Sum("page_bytes_squared", _size**2, _page),
        Max("most_page_bytes", pl.when(_page).then(_size)),
        Max("most_request_bytes", "request_body_bytes"),
        Min("first_moved_ns", pl.when(_moved).then("ts_ns")),
        Max("last_moved_ns", pl.when(_moved).then("ts_ns")),
        Max("last_plain_ns", pl.when(_page).then("ts_ns")),
        Min("first_plain_ns", pl.when(_page).then("ts_ns")),
        Max("host", "host"),
        Max("resp_p", "resp_p"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
        Active("active_hours", "1h"),
        *BEHIND,
    ),
    "1h",
    pl.col("form").str.contains(LOGIN_PATH).fill_null(False),
    derive={
        "form": pl.col("uri").str.extract(r"^(?:[a-z]+://[^/]*)?([^?#;]*)", 1).str.slice(0, 120)
    },
    only=(pl.col("method") == "POST").fill_null(False),
    worth=pl.col("tries") >= FEWEST,
).widened("1d")
"""What one client sends to one form of one server."""
