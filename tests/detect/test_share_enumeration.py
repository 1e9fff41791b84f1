"""`share_enumeration`: shares of many hosts, looked through."""

from __future__ import annotations

from detect.domain import ATTACKER, call, row
from detect.traffic import findings_of
from lynceus.detect.share_enumeration import ShareEnumeration


def test_the_lists_of_many_hosts() -> None:
    calls = [call("NetrShareEnum", n, resp_h=f"10.0.3.{n}") for n in range(12)]
    (finding,) = findings_of(ShareEnumeration(), dce_rpc=calls)
    assert (finding["orig_h"], finding["severity"]) == (ATTACKER, "medium")
    assert finding["because"] == (
        "10.0.0.66 asked 12 hosts for the list of their shares and connected to 0 hosts in 11 s; "
        "at most 0 shares of one host refused."
    )
    assert findings_of(ShareEnumeration(), dce_rpc=calls[:4])[0]["severity"] == "low"


def test_the_pipes_of_many_hosts() -> None:
    shares = [row(n, 445, resp_h=f"10.0.3.{n}", path=rf"\\H{n}\IPC$") for n in range(30)]
    (finding,) = findings_of(ShareEnumeration(), smb_mapping=shares)
    assert (finding["severity"], finding["evidence"]["reached_hosts"]) == ("medium", 30)


def test_refused_shares_of_one_host() -> None:
    shares = [row(n, 445, path=rf"\\FS\share{n}", success=False) for n in range(10)]
    (finding,) = findings_of(ShareEnumeration(), smb_mapping=shares)
    assert (finding["severity"], finding["evidence"]["refused_shares"]) == ("low", 10)


def test_a_client_of_a_few_servers_is_silent() -> None:
    shares = [row(n, 445, resp_h=f"10.0.3.{n % 4}", path=rf"\\FS\share{n}") for n in range(40)]
    calls = [call("NetrShareEnum", n, resp_h="10.0.3.1") for n in range(40)]
    assert findings_of(ShareEnumeration(), smb_mapping=shares, dce_rpc=calls) == []
