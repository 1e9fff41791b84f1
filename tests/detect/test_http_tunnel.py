"""`http_tunnel`: data carried in web requests to one host."""

from __future__ import annotations

from typing import Any

import pytest

from detect.content import dense, request, uploads
from detect.traffic import findings_of
from lynceus.detect.http_tunnel import HttpTunnel


def test_dense_targets_are_a_tunnel() -> None:
    (finding,) = findings_of(HttpTunnel(), http=dense(80))
    assert (finding["orig_h"], finding["resp_h"]) == ("10.0.0.5", "203.0.113.80")
    assert (finding["orig_role"], finding["severity"]) == ("infected", "medium")
    assert finding["evidence"]["entropy_bits"] > 4.6
    assert finding["because"].startswith("10.0.0.5 asked t.example for 80 pages that were nearly")


def test_endless_uploads_are_one_too() -> None:
    (finding,) = findings_of(HttpTunnel(), http=uploads(80))
    assert finding["evidence"]["carried_bytes"] == 80 * 700
    assert "80 of them with a body (56.0 KB in all) to 1 path" in finding["because"]


def test_a_proxy_between_does_not_hide_it() -> None:
    rows = dense(80, resp_h="10.0.0.2", resp_p=3128)
    rows = [{**row, "uri": f"http://t.example{row['uri']}"} for row in rows]
    (finding,) = findings_of(HttpTunnel(), http=rows)
    assert finding["evidence"]["name"] == "t.example"


@pytest.mark.parametrize(
    ("port", "level"), [(22, "medium"), (5222, "low"), (443, None), (8443, None)]
)
def test_a_way_through_a_proxy_to_an_odd_port(port: int, level: str | None) -> None:
    rows = [request(1.0, f"far.example:{port}", method="CONNECT", host=f"far.example:{port}",
                    resp_h="10.0.0.2", resp_p=3128)]  # fmt: skip
    assert [f["severity"] for f in findings_of(HttpTunnel(), http=rows)] == ([level] * bool(level))


def pages(count: int = 200, **columns: Any) -> list[dict[str, Any]]:
    return [request(float(n), f"/article/{n}/about-the-town", **columns) for n in range(count)]


def test_ordinary_use_is_none() -> None:
    shared = dense(80) + dense(80, orig_h="10.0.0.6")
    assert findings_of(HttpTunnel(), http=shared) == [], "others ask the same host"
    assert findings_of(HttpTunnel(), http=pages()) == []
    assert findings_of(HttpTunnel(), http=dense(80, referrer="http://t.example/")) == []
    assert findings_of(HttpTunnel(), http=uploads(80, host="api.github.com")) == []
    assert findings_of(HttpTunnel(), http=uploads(59)) == []
    assert findings_of(HttpTunnel(), http=uploads(80, status_code=404)) == []
