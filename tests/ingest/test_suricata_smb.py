from __future__ import annotations

from typing import Any

from ingest.eve_records import eve, flow, only, record

SVCCTL = "367abb81-9844-35f1-ad32-98f038001003"


def smb(at_s: float, command: str, status: str | None = "STATUS_SUCCESS", **more: Any) -> Any:
    told = {"id": 1, "dialect": "3.11", "command": command, "session_id": 4398046511105,
        "tree_id": 5, **more}  # fmt: skip
    return record("smb", at_s, smb={**told, "status": status} if status else told)


LOGIN: dict[str, Any] = {
    "ntlmssp": {"host": "WS1", "domain": "CORP", "user": "eve", "version": "10.0"}
}
SETUP = "SMB2_COMMAND_SESSION_SETUP"
CREATE = "SMB2_COMMAND_CREATE"


def test_a_session_its_share_and_its_files(whole: Any) -> None:
    records = [
        smb(1.0, SETUP, "STATUS_MORE_PROCESSING_REQUIRED"),
        smb(1.1, SETUP, **LOGIN),
        smb(1.2, "SMB2_COMMAND_TREE_CONNECT", share="\\\\fs\\c$", share_type="FILE"),
        smb(1.3, CREATE, filename="a.txt", disposition="FILE_OVERWRITE_IF",
            access="delete on close", size=9),
        smb(1.4, CREATE, "STATUS_ACCESS_DENIED", directory="d", disposition="FILE_OPEN"),
        smb(1.5, "SMB2_COMMAND_SET_INFO", rename={"from": "a.txt", "to": "a.locked"}),
        smb(1.6, "SMB2_COMMAND_CLOSE", None),
    ]  # fmt: skip
    batch, account = whole(eve(flow(), *records))
    session = only(batch.events["smb"])
    assert (session["version"], session["dialect"], session["auth"]) == ("SMB3", "3.1.1", "ntlm")
    assert (session["username"], session["success"], session["session_id"]) == (
        "eve", True, "0x40000000001")  # fmt: skip
    login = only(batch.events["ntlm"])
    assert (login["carrier"], login["hostname"], login["version"]) == ("smb", "WS1", None)
    share = only(batch.events["smb_mapping"])
    assert (share["path"], share["share_type"], share["username"]) == ("\\\\fs\\c$", "DISK", "eve")
    made, refused, renamed = batch.events["smb_files"].sort("ts_ns").to_dicts()
    assert (made["action"], made["path"], made["size_bytes"]) == (
        "SMB::FILE_OPEN", "\\\\fs\\c$", 9)  # fmt: skip
    assert (made["disposition"], made["created"], made["delete_on_close"]) == (
        "overwrite_if", True, True)  # fmt: skip
    assert (refused["is_directory"], refused["created"], refused["size_bytes"]) == (
        True, None, None)  # fmt: skip
    assert (renamed["action"], renamed["prev_name"], renamed["name"]) == (
        "SMB::FILE_RENAME", "a.txt", "a.locked")  # fmt: skip
    assert {row["uid"] for row in (session, login, share, made)} == {batch.flows["uid"][0]}
    assert account.notes["smb_records_not_used"] == 1


def test_logins_that_fail_are_anonymous_or_by_ticket(whole: Any) -> None:
    empty: dict[str, Any] = {"ntlmssp": {"host": "", "domain": "", "user": ""}}
    records = [
        smb(1.0, "SMB1_COMMAND_SESSION_SETUP_ANDX", "STATUS_LOGON_FAILURE", **LOGIN),
        smb(2.0, SETUP, **empty),
        smb(3.0, SETUP, kerberos={"realm": "CORP", "snames": ["cifs", "fs"]}),
    ]
    rows = whole(eve(*records))[0].events["smb"].sort("ts_ns").to_dicts()
    assert [(r["auth"], r["username"], r["success"]) for r in rows] == [
        ("ntlm", "eve", False), ("anonymous", None, True), ("kerberos", None, True)]  # fmt: skip
    assert rows[0]["version"] == "SMB1" and rows[0]["status"] == "STATUS_LOGON_FAILURE"


def test_pipes_and_calls_through_them(whole: Any) -> None:
    call = {"request": "REQUEST", "response": "RESPONSE", "opnum": 12,
        "req": {"stub_data_size": 200}, "res": {"stub_data_size": 24},
        "interfaces": [{"uuid": SVCCTL.upper(), "version": "2.0"}]}  # fmt: skip
    records = [
        smb(1.0, SETUP, **LOGIN),
        smb(1.1, "SMB2_COMMAND_TREE_CONNECT", named_pipe="\\\\fs\\IPC$", share_type="PIPE"),
        smb(1.2, CREATE, filename="svcctl", disposition="FILE_OPEN"),
        smb(1.3, "SMB2_COMMAND_IOCTL", dcerpc=call),
    ]
    events = whole(eve(*records))[0].events
    assert only(events["smb_files"])["action"] == "SMB::PIPE_OPEN"
    row = only(events["dce_rpc"])
    assert (row["endpoint"], row["operation"], row["opnum"]) == ("svcctl", "CreateServiceW", 12)
    assert (row["fault"], row["username"], row["request_bytes"]) == (False, "eve", 200)


def test_calls_over_tcp_know_the_one_interface_of_their_flow(whole: Any) -> None:
    def calls(flow_id: int, *uuids: str) -> list[Any]:
        bind = {
            "request": "BIND",
            "response": "BINDACK",
            "interfaces": [{"uuid": u} for u in uuids],
        }
        asked = {"request": "REQUEST", "response": "FAULT", "req": {"opnum": 12}}
        return [
            record("dcerpc", at, flow_id=flow_id, dcerpc=d) for at, d in ((1, bind), (2, asked))
        ]

    other = "12345778-1234-abcd-ef00-0123456789ac"
    rows = whole(eve(*calls(1, SVCCTL), *calls(2, SVCCTL, other)))[0].events["dce_rpc"]
    one, several = rows.sort("endpoint", nulls_last=True).to_dicts()
    assert (one["endpoint"], one["operation"], one["fault"]) == ("svcctl", "CreateServiceW", True)
    assert (several["endpoint"], several["operation"], several["opnum"]) == (None, None, 12)
