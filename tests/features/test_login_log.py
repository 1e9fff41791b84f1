from __future__ import annotations

import polars as pl

from detect.traffic import START_NS, events
from lynceus.features.login_log import FEWEST, LOGGED_OF_PAIR


def test_attempts_are_added_up_and_undecided_ones_are_neither() -> None:
    row = {"product": "openssh", "hostname": "a", "service": "ssh", "orig_h": "192.0.2.1"}
    rows = events("login", [
        {**row, "at_s": 1.0, "username": "x", "success": False, "attempts": 6},
        {**row, "at_s": 2.0, "username": "y", "success": False, "user_exists": False},
        {**row, "at_s": 3.0, "username": "x", "success": True},
        {**row, "at_s": 4.0, "username": "z", "success": None},
        {**row, "at_s": 5.0, "username": "x", "success": False, "logon_type": 5},
    ]).with_columns(orig_in=pl.lit(value=False))  # fmt: skip
    hour = LOGGED_OF_PAIR[0]
    (told,) = hour.finish(hour.partial(rows.lazy()).collect()).to_dicts()
    assert (told["failed_logins"], told["accepted_logins"], told["usernames"]) == (7, 1, 2)
    assert (told["unknown_users"], told["target"], told["login"]) == (1, "a", "ssh")
    assert told["last_accepted_ns"] == START_NS + 3 * 10**9
    assert told["failed_logins"] >= FEWEST
