"""`misp_event`, `misp_feed` and `misp_rest`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from intel.reading_feeds import entries, kinds, reasons
from intel.served import Answer, Asked, served
from lynceus.intel.feeds import misp_rest
from lynceus.intel.web import FeedError, Unchanged


def attribute(kind: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "value": value, "to_ids": True, "timestamp": "1704448800", **more}


EVENT = {
    "Event": {
        "info": "Campaign", "date": "2024-01-05",
        "Tag": [{"name": "tlp:amber"}, {"name": 'misp-galaxy:malpedia="Emotet"'},
                {"name": 'misp-galaxy:mitre-attack-pattern="Web Protocols - T1071.001"'}],
        "Attribute": [
            attribute("ip-dst|port", "198.51.100.7|443"),
            attribute("domain|ip", "bad.example|198.51.100.8"),
            attribute("sha256", "a" * 64),
            attribute("hostname", "seen.example", to_ids=False),
            attribute("btc", "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"),
            "no object",
        ],
        "Object": [{"Attribute": [attribute("x509-fingerprint-sha1", "ab" * 20)]}],
    }
}  # fmt: skip


def test_an_event(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text(json.dumps(EVENT))
    found = entries("misp_event", tmp_path / "e.json")
    assert kinds(found) == [
        ("address", "198.51.100.7"),
        ("domain", "bad.example"),
        ("address", "198.51.100.8"),
        ("certificate", "ab" * 20),
    ]
    assert (found[0].name, found[0].techniques) == ("Emotet", ("T1071.001",))
    assert "tlp:amber" in found[0].tags
    assert list(reasons(found)) == [3, 5, 6]
    (tmp_path / "e.json").write_text('{"x": 1}')
    with pytest.raises(FeedError, match="expected a MISP event"):
        entries("misp_event", tmp_path / "e.json")


def test_a_feed_of_events(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"5a": {"info": "x"}}')
    (tmp_path / "5a.json").write_text(json.dumps(EVENT))
    assert len(kinds(entries("misp_feed", tmp_path))) == 4
    (tmp_path / "manifest.json").write_text('{"../../secret": {}}')
    with pytest.raises(FeedError, match="is no id of an event"):
        entries("misp_feed", tmp_path)


def test_a_feed_that_is_as_it_was_is_not_read_again() -> None:
    def reply(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"v1"':
            return Answer(status=304)
        body = {"5a": {}} if asked.path == "/manifest.json" else EVENT
        return Answer(body, headers={"ETag": '"v1"'})

    from lynceus.intel.feeds import MispFeed
    from lynceus.intel.subscription import Subscription
    from lynceus.intel.web import Web

    with served(reply) as server:
        web = Web(Subscription(name="feed", format="misp_feed", url=server.url))
        assert len(kinds(list(MispFeed().entries(web)))) == 4
        with pytest.raises(Unchanged):
            list(MispFeed().entries(web))


def test_a_server_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misp_rest, "PAGE", 2)
    monkeypatch.setenv("MISP_KEY", "s3cret")
    rows = [attribute("domain", f"n{n}.example", Event={"info": "e"}) for n in range(3)]

    def reply(asked: Asked) -> Answer:
        assert (asked.method, asked.path) == ("POST", "/attributes/restSearch")
        assert asked.headers["authorization"] == "s3cret"
        assert asked.headers["accept"] == "application/json"
        assert asked.body["to_ids"] == asked.body["published"] == 1
        assert asked.body["timestamp"] == 1_704_448_800
        at = (asked.body["page"] - 1) * 2
        return Answer({"response": {"Attribute": rows[at : at + 2]}})

    with served(reply) as server:
        found = entries(
            "misp_rest", server.url, key={"env": "MISP_KEY"}, since_ns=1_704_448_800 * 10**9
        )
    assert [k for _, k in kinds(found)] == [f"n{n}.example" for n in range(3)]
    with served(Answer({"errors": "x"})) as server, pytest.raises(FeedError, match="no attributes"):
        entries("misp_rest", server.url, key={"env": "MISP_KEY"})
