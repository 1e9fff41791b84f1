from __future__ import annotations

from typing import Any

LINE = (
    'id=firewall time="2024-05-01 10:00:00" pri=6 fw=192.0.2.1 vpn=GW1 ivs=Root user={} '
    'realm="Staff" roles="" proto=auth src=203.0.113.5 dst= dstname= type=vpn op= arg="" result= '
    'sent= rcvd= agent="" duration= msg="{}"'
)


def test_logins(whole: Any) -> None:
    batch, account = whole("\n".join([
        LINE.format("bob", "AUT23457: Login failed using auth server X.  Reason: Wrong"),
        LINE.format("ann", "AUT22670: Login succeeded for ann/Staff from 203.0.113.5."),
        LINE.format("System", "AUT24604: SSL negotiation failed while client at source IP "
                    "'203.0.113.5' was trying to connect to '192.0.2.9'. Reason: 'bad'"),
        "",
    ]))  # fmt: skip
    assert account.dropped == {}
    failed, worked = batch.events["login"].to_dicts()
    assert (failed["username"], failed["success"], failed["reason"]) == ("bob", False, "Wrong")
    assert (worked["username"], worked["success"], worked["domainname"]) == ("ann", True, "Staff")
    assert (failed["event_code"], failed["service"]) == ("AUT23457", "vpn")
    assert (failed["hostname"], failed["orig_h"]) == ("GW1", "203.0.113.5")
    log = batch.events["device_log"].to_dicts()
    assert (log[2]["resp_h"], log[2]["event_code"]) == ("192.0.2.9", "AUT24604")
