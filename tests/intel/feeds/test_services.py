"""Feeds of services that need a key: `otx`, `recorded_future`, `threatconnect`.

The servers check each request against what the vendor has published.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from intel.reading_feeds import entries, kinds, reasons
from intel.served import Answer, Asked, served
from lynceus.intel.feeds import RecordedFuture
from lynceus.intel.subscription import Subscription
from lynceus.intel.web import FeedError, Web

KEY = {"env": "FEED_KEY"}


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEY", "s3cret")


def test_otx_pulses_page_by_page() -> None:
    pulse = {
        "name": "Pulse", "modified": "2024-01-05T00:00:00", "TLP": "green",
        "tags": ["rat"], "malware_families": [{"display_name": "Remcos"}],
        "attack_ids": [{"id": "T1071"}],
    }  # fmt: skip
    first = [
        {"indicator": "198.51.100.7", "type": "IPv4", "created": "2024-01-01T00:00:00"},
        {"indicator": "a" * 64, "type": "FileHash-SHA256"}, {"type": "IPv4"},
    ]  # fmt: skip

    def reply(asked: Asked) -> Answer:
        assert asked.path == "/api/v1/pulses/subscribed"
        assert asked.headers["x-otx-api-key"] == "s3cret"
        assert asked.query["modified_since"] == "2024-01-05T10:00:00.000Z"
        if asked.query["page"] == "1":
            return Answer({"results": [{**pulse, "indicators": first}], "next": "http://x"})
        page = {**pulse, "indicators": [{"indicator": "bad.example", "type": "domain"}]}
        return Answer({"results": [page], "next": None})

    with served(reply) as server:
        found = entries("otx", server.url, key=KEY, since_ns=1_704_448_800 * 10**9)
    assert kinds(found) == [("address", "198.51.100.7"), ("domain", "bad.example")]
    assert (found[0].name, found[0].tags) == ("Remcos", ("rat", "tlp:green"))
    assert found[0].techniques == ("T1071",)
    assert list(reasons(found)) == [2, 3]


def test_recorded_future_risk_lists_and_look_ups() -> None:
    bodies = {
        "/v2/ip/risklist": 'Name,Risk,RiskString,EvidenceDetails\n198.51.100.7,90,3/50,"{}"\n'
        "198.51.100.8,high,,\n",
        "/v2/domain/risklist": "Name,Risk,RiskString,EvidenceDetails\nbad.example,65,1/40,\n",
        "/v2/url/risklist": "Name,Risk,RiskString,EvidenceDetails\nhttp://github.com/x,65,1/40,\n",
    }

    def reply(asked: Asked) -> Answer:
        assert asked.headers["x-rftoken"] == "s3cret"
        if asked.path == "/v2/ip/198.51.100.7":
            assert asked.query["fields"] == "risk,timestamps"
            risk = {"score": 90, "criticalityLabel": "Very Malicious"}
            return Answer({"data": {"risk": risk, "timestamps": {"lastSeen": "2024-01-05"}}})
        if asked.path not in bodies:
            return Answer({"error": {"status": 404}}, status=404)
        assert asked.query == {"format": "csv/splunk", "gzip": "false", "list": "default"}
        return Answer(bodies[asked.path])

    with served(reply) as server:
        found = entries("recorded_future", f"{server.url}/v2", key=KEY)
        one = Subscription(name="rf", format="recorded_future", url=f"{server.url}/v2", key=KEY)
        with Web(one) as web:
            told = RecordedFuture().look_up(web, "address", "198.51.100.7")
            unknown = RecordedFuture().look_up(web, "domain", "other.example")
    assert kinds(found) == [
        ("address", "198.51.100.7"), ("domain", "bad.example"), ("url", "github.com/x"),
    ]  # fmt: skip
    assert (found[0].confidence, found[0].name) == ("0.90", "risk 90 (3/50 rules)")
    assert list(reasons(found)) == [3]
    assert told == "risk 90 of 100 (Very Malicious), last seen 2024-01-05"
    assert unknown == "not known"
    with served(Answer("a,b\n1,2\n")) as server, pytest.raises(FeedError, match="Name and Risk"):
        entries("recorded_future", f"{server.url}/ip/risklist", key=KEY)


def test_threatconnect_signs_each_request() -> None:
    rows = [
        {"type": "Address", "summary": "198.51.100.7", "confidence": 80, "rating": 4.0,
         "dateAdded": "2024-01-01T00:00:00Z", "lastModified": "2024-01-05T00:00:00Z",
         "active": True, "tags": {"data": [{"name": "Emotet"}]}},
        {"type": "Host", "summary": "bad.example", "active": False},
        {"type": "File", "summary": "a" * 64},
    ]  # fmt: skip

    def reply(asked: Asked) -> Answer:
        said = f"{asked.raw}:GET:{asked.headers['timestamp']}".encode()
        digest = hmac.new(b"s3cret", said, hashlib.sha256).digest()
        expected = f"TC 1234:{base64.b64encode(digest).decode()}"
        if asked.headers["authorization"] != expected:
            return Answer({"status": "Unauthorized"}, status=401)
        assert asked.path == "/api/v3/indicators"
        assert asked.query["tql"] == 'lastModified >= "2024-01-05T10:00:00.000Z"'
        if asked.query["resultStart"] == "0":
            return Answer({"data": rows, "next": "more", "status": "Success"})
        return Answer({"data": [{"type": "Host", "summary": "next.example"}], "status": "Success"})

    with served(reply) as server:
        found = entries(
            "threatconnect", server.url, user="1234", key=KEY, since_ns=1_704_448_800 * 10**9
        )
        with pytest.raises(FeedError, match="401"):
            entries("threatconnect", server.url, user="other", key=KEY)
    assert kinds(found) == [("address", "198.51.100.7"), ("domain", "next.example")]
    assert (found[0].name, found[0].confidence) == ("Emotet", "0.80")
    assert list(reasons(found)) == [3]


@pytest.mark.parametrize("form", ["otx", "recorded_future", "threatconnect", "misp_rest"])
def test_without_a_key_nothing_is_asked(form: str) -> None:
    with served(Answer("{}")) as server:
        with pytest.raises(FeedError, match="needs a key"):
            entries(form, server.url)
        assert not server.asked
        with pytest.raises(FeedError, match="environment variable NOWHERE"):
            entries(form, server.url, key={"env": "NOWHERE"})


@pytest.mark.parametrize("form", ["otx", "threatconnect"])
@pytest.mark.parametrize("body", ["[]", "{}", '{"results": 7, "data": 7}'])
def test_answers_of_wrong_types_are_one_line(form: str, body: str) -> None:
    with served(Answer(body)) as server, pytest.raises(FeedError, match="is no page of"):
        entries(form, server.url, key=KEY)
