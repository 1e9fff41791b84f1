from __future__ import annotations

import json
from typing import Any

import pytest

AT_NS = 1_714_557_600 * 10**9
FAILED = {
    "TargetUserName": "bob", "TargetDomainName": "CORP", "IpAddress": "10.0.0.9", "IpPort": "50001",
    "LogonType": "3", "SubStatus": "0xc0000064", "Status": "0xc000006d",
    "AuthenticationPackageName": "NTLM", "WorkstationName": "KALI",
}  # fmt: skip
SECURITY = "Microsoft-Windows-Security-Auditing"
SYSMON = "Microsoft-Windows-Sysmon"
CONNECTION = {
    "UtcTime": "2024-05-01 10:00:00.250", "Image": "C:\\Users\\ann\\updater.exe",
    "ProcessId": "988", "ProcessGuid": "{a}", "User": "CORP\\ann", "Protocol": "tcp",
    "Initiated": "true", "SourceIp": "10.0.0.5", "SourcePort": "50000",
    "DestinationIp": "203.0.113.9", "DestinationPort": "443",
}  # fmt: skip


def winlogbeat(code: int, provider: str, data: dict[str, Any]) -> str:
    return json.dumps({
        "@timestamp": "2024-05-01T10:00:00.000Z",
        "winlog": {"event_id": code, "provider_name": provider, "computer_name": "DC1",
                   "event_data": data},
    })  # fmt: skip


def nxlog(code: int, provider: str, data: dict[str, Any]) -> str:
    return json.dumps({"EventTime": "2024-05-01 10:00:00", "Hostname": "DC1", "EventID": code,
                       "SourceName": provider, "Channel": "x", **data})  # fmt: skip


def dumped(code: int, provider: str, data: dict[str, Any]) -> str:
    system = {"Provider": {"#attributes": {"Name": provider}}, "Computer": "DC1",
              "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": code},
              "TimeCreated": {"#attributes": {"SystemTime": "2024-05-01T10:00:00Z"}}}  # fmt: skip
    return json.dumps({"Event": {"System": system, "EventData": data}})


def wazuh(code: int, provider: str, data: dict[str, Any]) -> str:
    return json.dumps({"win": {
        "system": {"providerName": provider, "eventID": str(code), "computer": "DC1",
                   "systemTime": "2024-05-01T10:00:00.000Z"},
        "eventdata": {key[0].lower() + key[1:]: value for key, value in data.items()},
    }})  # fmt: skip


def xml(code: int, provider: str, data: dict[str, Any]) -> str:
    fields = "".join(f"<Data Name='{key}'>{value}</Data>" for key, value in data.items())
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f"<Provider Name='{provider}' Guid='x'/><EventID>{code}</EventID>"
        '<TimeCreated SystemTime="2024-05-01T10:00:00.000Z" /><Computer>DC1</Computer></System>'
        f"<EventData>{fields}</EventData></Event>"
    )


FORMS = pytest.mark.parametrize("form", [winlogbeat, nxlog, dumped, wazuh, xml])


@FORMS
def test_a_failed_logon_in_every_form(whole: Any, form: Any) -> None:
    batch, account = whole(form(4625, SECURITY, FAILED) + "\n")
    assert account.dropped == {}
    (told,) = batch.events["login"].to_dicts()
    assert (told["ts_ns"], told["hostname"], told["event_code"]) == (AT_NS, "DC1", "4625")
    assert (told["username"], told["domainname"], told["success"]) == ("bob", "CORP", False)
    assert (told["orig_h"], told["orig_p"], told["orig_hostname"]) == ("10.0.0.9", 50001, "KALI")
    assert (told["reason"], told["user_exists"]) == ("no such user", False)
    assert (told["method"], told["logon_type"]) == ("ntlm", 3)


@FORMS
def test_a_connection_of_sysmon_in_every_form(whole: Any, form: Any) -> None:
    batch, _ = whole(form(3, SYSMON, CONNECTION) + "\n")
    (flow,) = batch.flows.to_dicts()
    assert (flow["orig_h"], flow["orig_p"]) == ("10.0.0.5", 50000)
    assert (flow["resp_h"], flow["resp_p"], flow["proto"]) == ("203.0.113.9", 443, "tcp")
    assert (flow["orig_bytes"], flow["duration_s"]) == (None, None)
    (told,) = batch.events["process"].to_dicts()
    assert (told["uid"], told["ts_ns"]) == (flow["uid"], AT_NS + 250_000_000)
    assert (told["process_name"], told["pid"], told["username"]) == (
        "updater.exe", 988, "CORP\\ann",
    )  # fmt: skip
    assert (told["initiated"], told["hostname"], told["product"]) == (True, "DC1", "sysmon")


@pytest.mark.parametrize(
    ("code", "data", "service", "success", "reason"),
    [
        (4624, {"LogonType": "10", "IpAddress": "203.0.113.9"}, "rdp", True, None),
        (4768, {"Status": "0x0", "IpAddress": "::ffff:10.0.0.9"}, "kerberos", True, None),
        (4768, {"Status": "0x6", "IpAddress": "::ffff:10.0.0.9"}, "kerberos", False,
         "no such user"),
        (4771, {"Status": "0x18", "IpAddress": "::ffff:10.0.0.9"}, "kerberos", False,
         "wrong password"),
        (4776, {"Status": "0xC000006A", "Workstation": "KALI"}, "ntlm", False, "wrong password"),
        (4776, {"Status": "0x0", "Workstation": "KALI"}, "ntlm", True, None),
        (4769, {"Status": "0x1F", "IpAddress": "::ffff:10.0.0.9"}, "kerberos", False,
         "broken ticket"),
        (4648, {"IpAddress": "10.0.0.9"}, "windows", None, None),
        (4625, {"Status": "0xc0000123", "SubStatus": "0x0"}, "windows", False, "0xc0000123"),
    ],
)  # fmt: skip
def test_each_kind_of_login(
    whole: Any, code: int, data: dict[str, str], service: str, success: bool, reason: str
) -> None:
    batch, _ = whole(winlogbeat(code, SECURITY, {"TargetUserName": "bob", **data}) + "\n")
    (told,) = batch.events["login"].to_dicts()
    assert (told["service"], told["success"], told["reason"]) == (service, success, reason)
    far = data.get("IpAddress", "").removeprefix("::ffff:") or None
    assert told["orig_h"] == far


def test_a_service_ticket_that_was_given_is_no_login(whole: Any) -> None:
    batch, account = whole(winlogbeat(4769, SECURITY, {"Status": "0x0"}) + "\n")
    assert "login" not in batch.events
    assert account.balanced


def test_a_look_up_belongs_to_the_address_its_host_opens_from(whole: Any) -> None:
    asked = {"QueryName": "Example.ORG", "QueryStatus": "0",
             "QueryResults": "type:  5 a.example.net;::ffff:192.0.2.1;"}  # fmt: skip
    gone = {"QueryName": "gone.example", "QueryStatus": "9003", "QueryResults": "-"}
    batch, _ = whole("\n".join([
        nxlog(3, SYSMON, CONNECTION), nxlog(22, SYSMON, asked), nxlog(22, SYSMON, gone),
        nxlog(22, SYSMON, asked).replace("DC1", "OTHER"), "",
    ]))  # fmt: skip
    told = batch.events["dns"].sort("query").to_dicts()
    assert [(t["orig_h"], t["query"], t["rcode"]) for t in told] == [
        ("10.0.0.5", "example.org", "NOERROR"), ("10.0.0.5", "gone.example", "NXDOMAIN"),
    ]  # fmt: skip
    assert told[0]["answers"] == ["a.example.net", "192.0.2.1"]
    assert batch.events["device_log"].height == 4
