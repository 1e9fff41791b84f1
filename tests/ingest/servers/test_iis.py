from __future__ import annotations

from typing import Any

from lynceus.ingest.servers import iis

HEAD = (
    "#Software: Microsoft Internet Information Services 10.0\n"
    "#Version: 1.0\n"
    "#Date: 2024-05-01 10:00:00\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
)
ROW = (
    "2024-05-01 10:00:00 192.0.2.7 GET /a b=1 443 - 203.0.113.5 Mozilla/5.0+(Windows) "
    "https://www.example.org/ 200 0 0 250\n"
)
DENIED = "2024-05-01 10:00:05 192.0.2.7 POST /login - 443 CORP\\ann 203.0.113.5 - - 401 1 1326 31\n"


def test_requests_are_flows_with_both_ends(whole: Any) -> None:
    batch, account = whole(HEAD + ROW + DENIED)
    first, second = batch.events["http"].sort("ts_ns").to_dicts()
    assert (first["method"], first["uri"], first["status_code"]) == ("GET", "/a?b=1", 200)
    assert (first["user_agent"], first["referrer"]) == (
        "Mozilla/5.0 (Windows)", "https://www.example.org/",
    )  # fmt: skip
    assert (second["uri"], second["username"]) == ("/login", "CORP\\ann")
    flow = batch.flows.sort("end_ns").row(0, named=True)
    assert (flow["orig_h"], flow["resp_h"], flow["resp_p"]) == ("203.0.113.5", "192.0.2.7", 443)
    assert (flow["duration_s"], flow["end_ns"]) == (0.25, 1_714_557_600 * 10**9)
    (login,) = batch.events["login"].to_dicts()
    assert (login["username"], login["resp_h"], login["success"]) == (
        "CORP\\ann", "192.0.2.7", False,
    )  # fmt: skip
    assert account.dropped == {"line_without_content": 4}


def test_the_fields_may_change_within_a_file_and_bytes_are_told_where_they_are_logged(
    whole: Any,
) -> None:
    other = (
        "#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs-bytes cs-host\n"
        "2024-05-01 11:00:00 203.0.113.6 GET /x 404 900 300 Shop.example.com\n"
        "2024-05-01 11:00:01 203.0.113.6 GET /x 404 900\n"
    )
    batch, account = whole(HEAD + ROW + other)
    told = batch.events["http"].sort("ts_ns").to_dicts()[1]
    assert (told["host"], told["status_code"], told["resp_h"]) == ("shop.example.com", 404, None)
    log = batch.events["device_log"].sort("ts_ns").to_dicts()[1]
    assert (log["orig_bytes"], log["resp_bytes"]) == (300, 900)
    assert account.dropped == {"line_without_content": 6}


def test_dated_lines_of_others_are_not_taken(whole: Any) -> None:
    batch, account = whole(
        "2024-05-01 10:00:00 some program started\n203.0.113.5 - - [01/May/2024:12:00:00 +0200] "
        '"GET / HTTP/1.1" 200 1\n'
    )
    assert batch.events["http"].height == 1
    assert account.dropped == {"line_of_no_known_device": 1}


def test_a_long_file_keeps_its_fields_from_piece_to_piece() -> None:
    cut = [HEAD.encode() + ROW.encode(), ROW.encode(), b"#Fields: date time c-ip\nx\n", b"y\n"]
    _, second, third, last = iis.with_fields(cut)
    assert second == HEAD.splitlines(keepends=True)[3].encode() + ROW.encode()
    assert third.endswith(b"#Fields: date time c-ip\nx\n")
    assert last == b"#Fields: date time c-ip\ny\n"
