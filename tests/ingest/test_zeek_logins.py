"""Logins in Zeek's logs of RADIUS, MySQL and RFB."""

from __future__ import annotations

from typing import Any

from ingest.test_zeek import log

ENDS = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p"
AT = "1.5 C1 192.0.2.1 50000 192.0.2.9"


def logins(whole: Any, text: str) -> list[dict[str, Any]]:
    batch, account = whole(text)
    assert account.balanced
    return list(batch.events["login"].to_dicts())


def test_a_gateway_asks_for_its_users(whole: Any) -> None:
    text = log(
        "radius",
        f"{ENDS} username mac tunnel_client reply_msg result",
        f"{AT} 1812 ada 00:11:22:33:44:55 198.51.100.7 no failed",
        f"{AT} 1812 bob 00:11:22:33:44:66 - - success",
        f"{AT} 1812 eve - - - unknown",
    )
    refused, let_in = logins(whole, text)
    assert (refused["orig_h"], refused["resp_h"]) == ("198.51.100.7", "192.0.2.1")
    assert (refused["success"], refused["reason"], refused["username"]) == (False, "no", "ada")
    assert (let_in["orig_h"], let_in["orig_hostname"]) == (None, "00:11:22:33:44:66")
    assert (let_in["success"], let_in["service"], let_in["product"]) == (True, "radius", "zeek")


def test_of_the_commands_of_a_database_the_logins(whole: Any) -> None:
    text = log(
        "mysql",
        f"{ENDS} cmd arg success rows response",
        f"{AT} 3306 login ada F - denied",
        f"{AT} 3306 query select T 1 -",
    )
    (row,) = logins(whole, text)
    assert (row["orig_h"], row["resp_h"], row["resp_p"]) == ("192.0.2.1", "192.0.2.9", 3306)
    assert (row["username"], row["success"], row["reason"]) == ("ada", False, "denied")
    assert (row["service"], row["attempts"], row["proto"]) == ("mysql", 1, "tcp")


def test_a_remote_screen_without_a_login_is_none(whole: Any) -> None:
    text = log(
        "rfb",
        f"{ENDS} authentication_method auth share_flag",
        f"{AT} 5900 VNC F -",
        f"{AT} 5900 None - T",
    )
    (row,) = logins(whole, text)
    assert (row["service"], row["method"], row["success"]) == ("vnc", "vnc", False)
