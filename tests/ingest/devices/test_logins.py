"""Logins to a device: how each vendor says that one worked or failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lynceus import analyze
from lynceus.account import Account
from lynceus.ingest import log_lines
from lynceus.ingest.device_flows import events, flows_of, typed


def logins(*lines: str) -> list[dict[str, Any]]:
    account = Account()
    rows = typed(log_lines.rows_of(pl.Series(lines), account), account)
    rows = rows.with_columns(input_digest=pl.lit(""))
    flows = flows_of(rows, account).with_columns(uid=pl.lit("u"))
    columns = ("orig_h", "resp_h", "hostname", "username", "service", "success")
    return events(rows, flows)["login"].select(columns).to_dicts()


ASA = "Jun 07 2025 17:31:5{} fw1 : %ASA-6-{}"
TOLD = {
    "asa": (
        ASA.format(0, "605004: Login denied from 192.0.2.9/4711 to inside:10.0.0.1/ssh "
                      'for user "x"'),
        ("192.0.2.9", "10.0.0.1", "fw1", "x", "ssh", False),
    ),
    "asa aaa": (
        ASA.format(0, "113005: AAA user authentication Rejected : reason = AAA failure : "
                      "server = 10.0.0.5 : user = ***** : user IP = 192.0.2.9"),
        ("192.0.2.9", None, "fw1", None, None, False),
    ),
    "ios": (
        "rt1: Aug 26 18:04:18.523: %SEC_LOGIN-5-LOGIN_SUCCESS: Login Success [user: eve] "
        "[Source: 192.0.2.9] [localport: 23] at 12:04:18 CST Tue Aug 26 2025",
        ("192.0.2.9", None, "rt1", "eve", "telnet", True),
    ),
    "pan-os": (
        "1,2025/02/24 14:58:26,0011,SYSTEM,auth,2561,2025/02/24 14:58:27,,auth-fail,AD,0,0,general,"
        "medium,\"failed authentication for user 'eve'. Reason: Invalid username/password. auth "
        "profile 'AD', vsys 'shared', server profile 'GC', server address '10.0.0.5', "
        'From: 192.0.2.9.",747,0x0,0,0,0,0,,pa1,0,0,2025-02-24T14:58:27.897+01:00',
        ("192.0.2.9", None, "pa1", "eve", None, False),
    ),
    "fortigate vpn": (
        'date=2024-10-14 time=13:46:51 devname="fg1" logid="0101039426" type="event" subtype="vpn" '
        'logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" '
        'remip=192.0.2.9 user="eve" reason="sslvpn_login_unknown_user"',
        ("192.0.2.9", None, "fg1", "eve", "vpn", False),
    ),
    "fortigate admin": (
        'date=2024-10-14 time=13:46:51 devname="fg1" logid="0100032001" type="event" '
        'subtype="system" logdesc="Admin login successful" user="eve" ui="ssh(192.0.2.9)" '
        'method="ssh" srcip=192.0.2.9 dstip=10.0.0.1 action="login" status="success"',
        ("192.0.2.9", "10.0.0.1", "fg1", "eve", "ssh", True),
    ),
    "check point": (
        '<134>1 2024-08-05T11:00:00Z cp1 CheckPoint 1 - [action:"Failed Log In"; flags:"1"; '
        'origin:"10.0.0.1"; product:"Mobile Access"; src:"192.0.2.9"; user:"eve"; '
        'auth_status:"Failed Login"]',
        ("192.0.2.9", None, "10.0.0.1", "eve", None, False),
    ),
    "junos": (
        "<37>Jun  7 17:31:50 srx1 mgd[54999]: UI_LOGIN_EVENT: User 'eve' login, class 'j-ids' "
        "[54999], ssh-connection '192.0.2.9 40382 10.0.0.1 22', client-mode 'cli'",
        ("192.0.2.9", "10.0.0.1", "srx1", "eve", "ssh", True),
    ),
    "sonicwall": (
        'id=firewall sn=0006B127B660 time="2026-01-26 12:34:56" fw=10.0.0.1 pri=1 c=32 m=30 '
        'msg="Administrator login denied due to bad credentials" usr="eve" '
        "src=192.0.2.9:50211:X1 dst=10.0.0.1:443:X1 proto=tcp/https",
        ("192.0.2.9", "10.0.0.1", "10.0.0.1", "eve", "http", False),
    ),
    "sophos": (
        'id="3005" severity="warn" sys="System" sub="auth" name="Authentication failed" '
        'srcip="192.0.2.9" host="" user="eve" caller="openvpn" reason="DENIED"',
        ("192.0.2.9", None, None, "eve", "vpn", False),
    ),
    "stormshield": (
        'id=firewall time="2025-04-22 16:05:17" fw="sns1" tz=+0200 src=192.0.2.9 user="eve" '
        'domain="" msg="SSH authentication success on the firewall" logtype="auth"',
        ("192.0.2.9", None, "sns1", "eve", "ssh", True),
    ),
    "watchguard": (
        "1.0|WatchGuard|XTM|12.10.2.B692269|11000005|host_name=wg1#011serial=A#011"
        "msg=Authentication of SSLVPN user [eve@radius] from 192.0.2.9 was rejected, timeout",
        ("192.0.2.9", None, "wg1", "eve@radius", "vpn", False),
    ),
    "meraki": (
        "1673596662.226844514 mx1 events type=anyconnect_vpn_auth_failure msg= 'RADIUS[373] "
        "Server IP=10.0.0.5 Server port=1812 Peer IP=192.0.2.9 Peer port=5: request rejected. '",
        ("192.0.2.9", None, "mx1", None, "vpn", False),
    ),
    "pfsense": (
        "Oct 26 14:50:21 pf1 php-fpm[374]: /index.php: webConfigurator authentication error for "
        "user 'eve' from: 192.0.2.9",
        ("192.0.2.9", None, "pf1", "eve", "http", False),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), TOLD.values(), ids=TOLD.keys())
def test_a_line_that_decides_a_login(line: str, expected: tuple[Any, ...]) -> None:
    (login,) = logins(line)
    assert tuple(login.values()) == expected


def test_several_lines_of_one_attempt_are_one_login() -> None:
    attempt = (
        ASA.format(0, "113015: AAA user authentication Rejected : reason = Invalid password : "
                      "local database : user = eve : user IP = 192.0.2.9"),
        ASA.format(0, "611102: User authentication failed: IP address: 192.0.2.9, Uname: eve"),
        ASA.format(0, '605004: Login denied from 192.0.2.9/4711 to inside:10.0.0.1/ssh '
                      'for user "eve"'),
    )  # fmt: skip
    again = attempt[2].replace("17:31:50", "17:31:57")
    assert [login["resp_h"] for login in logins(*attempt, again)] == ["10.0.0.1", "10.0.0.1"]


NO_LOGIN = (
    ASA.format(0, "302013: Built inbound TCP connection 1 for outside:192.0.2.9/4711 (192.0.2.9/1) "
                  "to inside:10.0.0.1/22 (10.0.0.1/22)"),
    ASA.format(0, "611103: User logged out: Uname: eve"),
    'date=2024-10-14 time=13:46:51 devname="fg1" logid="0100032003" type="event" subtype="system" '
    'logdesc="Admin logout successful" user="eve" ui="https(192.0.2.9)" action="logout" '
    'status="success"',
)  # fmt: skip


@pytest.mark.parametrize("line", NO_LOGIN)
def test_other_lines_are_none(line: str) -> None:
    assert logins(line) == []


@pytest.mark.parametrize(
    ("name", "service"), [("fortinet-vpn-bf.log", "vpn"), ("pfsense-gui-auth.log", "http")]
)
def test_guessed_passwords_of_a_device_are_found(
    name: str, service: str, shared_data: Path
) -> None:
    found = analyze(shared_data / "vendor-logs" / "crowdsec" / name).findings
    guessing = found.filter(pl.col("detector").is_in(["brute_force", "password_spray"]))
    assert guessing["service"].unique().to_list() == [service]
