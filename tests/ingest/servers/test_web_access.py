from __future__ import annotations

from typing import Any

import pytest

from lynceus.ingest import open_input

AT = "[01/May/2024:12:00:00 +0200]"
AT_NS = 1_714_557_600 * 10**9
GET = '"GET /a?b=1 HTTP/1.1" 200 5771'
AGENT = '"https://www.example.org/" "curl/8.0"'


def request(whole: Any, line: str) -> dict[str, Any]:
    batch, account = whole(line + "\n")
    assert account.dropped == {}
    (told,) = batch.events["http"].to_dicts()
    return dict(told)


@pytest.mark.parametrize(
    ("line", "client", "user", "host"),
    [
        (f"203.0.113.5 - - {AT} {GET}", "203.0.113.5", None, None),
        (f"203.0.113.5 - frank {AT} {GET}", "203.0.113.5", "frank", None),
        (f"203.0.113.5 - frank the first {AT} {GET}", "203.0.113.5", "frank the first", None),
        (f"203.0.113.5 - - {AT} {GET} {AGENT}", "203.0.113.5", None, None),
        (f"2001:db8::1 - - {AT} {GET} {AGENT}", "2001:db8::1", None, None),
        (f"www.example.com:443 203.0.113.5 - - {AT} {GET} {AGENT}", "203.0.113.5", None,
         "www.example.com"),
        (f"www.example.com 203.0.113.5 - ann {AT} {GET} {AGENT} \"-\"", "203.0.113.5", "ann",
         "www.example.com"),
        (f"- 203.0.113.5 - - {AT} {GET} \"-\" \"-\"", "203.0.113.5", None, None),
        (f"203.0.113.5 (-) - - {AT} {GET} {AGENT}", "203.0.113.5", None, None),
        (f"203.0.113.5 - - {AT} \"-\" {GET} 0 {AGENT}", "203.0.113.5", None, None),
        (f"May  1 10:00:00 web1 nginx[7]: 203.0.113.5 - - {AT} {GET} {AGENT}", "203.0.113.5", None,
         None),
    ],
)  # fmt: skip
def test_common_combined_and_virtual_host(
    whole: Any, line: str, client: str, user: str | None, host: str | None
) -> None:
    told = request(whole, line)
    assert (told["orig_h"], told["username"], told["host"]) == (client, user, host)
    assert (told["method"], told["uri"], told["version"]) == ("GET", "/a?b=1", "1.1")
    assert (told["status_code"], told["response_body_bytes"], told["ts_ns"]) == (200, 5771, AT_NS)
    if AGENT in line:
        assert (told["user_agent"], told["referrer"]) == ("curl/8.0", "https://www.example.org/")


def test_what_is_no_request_is_the_target_as_it_stands(whole: Any) -> None:
    told = request(whole, rf'203.0.113.5 - - {AT} "\x16\x03\x01 \"" 400 150 "-" "-"')
    assert (told["method"], told["status_code"]) == (None, 400)
    assert told["uri"] == r"\x16\x03\x01 \""
    assert (told["referrer"], told["user_agent"]) == (None, None)


def test_json_of_nginx_with_the_server_that_answered(whole: Any) -> None:
    line = (
        '{"time_iso8601":"2024-05-01T12:00:00+02:00","remote_addr":"203.0.113.5","remote_user":"",'
        '"request":"POST /x HTTP/2.0","status":"204","body_bytes_sent":"0","request_time":"0.5",'
        '"http_host":"www.example.com:8443","upstream_addr":"192.0.2.1:80, 192.0.2.7:8080"}'
    )
    told = request(whole, line)
    assert (told["orig_h"], told["resp_h"], told["resp_p"]) == ("203.0.113.5", "192.0.2.7", 8080)
    assert (told["method"], told["version"], told["host"]) == ("POST", "2.0", "www.example.com")
    assert (told["status_code"], told["ts_ns"], told["username"]) == (204, AT_NS, None)
    batch, _ = whole(line + "\n")
    (flow,) = batch.flows.to_dicts()
    assert (flow["service"], flow["duration_s"], flow["uid"]) == ("http", 0.5, told["uid"])


def test_whom_basic_authentication_turns_away_failed_to_log_in(whole: Any) -> None:
    batch, _ = whole(
        f'203.0.113.5 - admin {AT} "GET /private HTTP/1.1" 401 10\n'
        f'203.0.113.5 - - {AT} "GET /private HTTP/1.1" 401 10\n'
        f'203.0.113.5 - admin {AT} "GET /private HTTP/1.1" 200 10\n'
    )
    (told,) = batch.events["login"].to_dicts()
    assert (told["username"], told["success"], told["method"]) == ("admin", False, "basic")
    assert batch.events["http"].height == 3


def test_the_source_is_chosen_by_content(tmp_path: Any) -> None:
    path = tmp_path / "anything"
    path.write_text(f"203.0.113.5 - - {AT} {GET}\n", encoding="utf-8")
    assert open_input(path).name == "device_log"  # type: ignore[attr-defined]
