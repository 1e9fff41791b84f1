from __future__ import annotations

from typing import Any

AT = "2024-05-01 10:00:00"


def test_password_and_start_of_one_connection_are_one_login(whole: Any) -> None:
    batch, account = whole(
        f"{AT} 203.0.113.5:1194 TLS: Username/Password authentication succeeded for "
        "username 'ann'\n"
        f"{AT} 203.0.113.5:1194 [ann-laptop] Peer Connection Initiated with "
        "[AF_INET]203.0.113.5:1194\n"
        f"{AT} 203.0.113.9:1194 [bob-laptop] Peer Connection Initiated with "
        "[AF_INET]203.0.113.9:1194\n"
    )
    assert account.dropped == {}
    told = batch.events["login"].sort("orig_h").to_dicts()
    assert [(t["username"], t["method"], t["success"]) for t in told] == [
        ("ann", "password", True), ("bob-laptop", "certificate", True),
    ]  # fmt: skip
    assert {t["service"] for t in told} == {"vpn"}
    assert told[0]["ts_ns"] == 1_714_557_600 * 10**9


def test_failures(whole: Any) -> None:
    batch, _ = whole(
        f"{AT} 203.0.113.5:1194 VERIFY ERROR: depth=0, error=certificate has expired: CN=carol\n"
        f'{AT} LDAP user "dave" was not found.\n'
        f"{AT} 203.0.113.6:1195 TLS Auth Error: Auth Username/Password "
        "verification failed for peer\n"
        f"{AT} LDAP bind failed: Invalid credentials\n"
    )
    told = batch.events["login"].to_dicts()
    assert [t["success"] for t in told] == [False] * 4
    assert (told[0]["username"], told[0]["reason"]) == ("carol", "certificate has expired")
    assert (told[1]["username"], told[1]["user_exists"]) == ("dave", False)
    assert told[2]["orig_h"] == "203.0.113.6"


def test_the_user_of_a_client_that_runs_and_no_word_that_passes_for_a_host(whole: Any) -> None:
    batch, _ = whole(
        f"{AT} DOE John/203.0.113.5:61981 Control Channel: TLSv1.3, cipher TLSv1.3 X\n"
        f"{AT} IFCONFIG POOL LIST\n"
        "Tue May  1 10:00:00 2018 us=340080 203.0.113.7:65244 peer info: IV_VER=2.6.6\n"
        "May  1 10:00:00 gw openvpn[7]: 203.0.113.8:1 peer info: IV_VER=2.6.6\n"
    )
    told = batch.events["device_log"].to_dicts()
    by_peer = {t["orig_h"]: t for t in told}
    assert by_peer["203.0.113.5"]["username"] == "DOE John"
    assert by_peer["203.0.113.7"]["ts_ns"] == 1_525_168_800 * 10**9
    assert {t["hostname"] for t in told} == {None, "gw"}
    assert "login" not in batch.events
