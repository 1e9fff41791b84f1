from __future__ import annotations

from typing import Any

AT = "[01/May/2024:10:00:00.250]"
HTTP = (
    f"203.0.113.5:40000 {AT} https~ pool/s1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "
    '{www.example.com|curl} "GET /index.html?a=1 HTTP/1.1" TLSv1.3'
)
TCP = f"203.0.113.5:40001 {AT} ft bk/s2 1/0/5000 4000 -- 1/1/1/1/0 0/0"
ERROR = f"[2001:db8::7]:40002 {AT} ft-https/1: SSL handshake failure"


def test_http_tcp_and_errors(whole: Any) -> None:
    batch, account = whole("\n".join([HTTP, TCP, ERROR, ""]))
    assert account.dropped == {}
    log = batch.events["device_log"].sort("orig_p")
    assert log["orig_h"].to_list() == ["203.0.113.5", "203.0.113.5", "2001:db8::7"]
    (told,) = batch.events["http"].to_dicts()
    assert (told["method"], told["uri"], told["status_code"]) == ("GET", "/index.html?a=1", 200)
    assert (told["response_body_bytes"], told["host"]) == (2750, "www.example.com")
    assert told["ts_ns"] == 1_714_557_600_250_000_000


def test_json(whole: Any) -> None:
    batch, _ = whole(
        'hapee-lb[16320]: [ACCESS] 2022 {"ip":"203.0.113.5","port":47623,"meth":"GET","path":"/x",'
        '"qs":"a=1","vers":"HTTP/1.1","code":403,"bytes":363,"fqdn":"Shop.example.com",'
        '"date":1714557600.25,"tt":2022,"ua":"curl/8.0","action":"deny"}\n'
    )
    (told,) = batch.events["http"].to_dicts()
    assert (told["orig_h"], told["orig_p"], told["uri"]) == ("203.0.113.5", 47623, "/x?a=1")
    assert (told["host"], told["status_code"]) == ("shop.example.com", 403)
    assert batch.events["device_log"]["action"].to_list() == ["deny"]
