"""`web`: asked conditionally, patiently, within bounds, without telling secrets (`secret`)."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from intel.served import Answer, Asked, served
from lynceus.enrich import lists
from lynceus.intel.subscription import Subscription
from lynceus.intel.web import FeedError, Unchanged, Web


def web(url: str, pauses: list[float] | None = None, **ask: object) -> Web:
    one = Subscription.model_validate({"name": "f", "format": "delimited", "url": url, **ask})
    return Web(one, pause=[].append if pauses is None else pauses.append)


def test_what_is_as_it_was_is_not_fetched_again() -> None:
    def reply(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"a"':
            assert asked.headers["if-modified-since"] == "Fri, 05 Jan 2024 10:00:00 GMT"
            return Answer(status=304)
        headers = {"ETag": '"a"', "Last-Modified": "Fri, 05 Jan 2024 10:00:00 GMT"}
        return Answer("198.51.100.1\n", headers=headers)

    with served(reply) as server:
        one = web(server.url)
        assert one.text() == "198.51.100.1\n"
        with pytest.raises(Unchanged):
            one.text()


def test_a_file_that_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("198.51.100.1\n")
    one = web(str(path))
    assert one.text()
    with pytest.raises(Unchanged):
        one.text()
    path.write_text("198.51.100.1\n198.51.100.2\n")
    assert one.text().count("\n") == 2


def test_a_busy_service_is_asked_again_when_it_says() -> None:
    pauses: list[float] = []
    busy = Answer(status=429, headers={"Retry-After": "7"})
    with served(Answer("fine"), busy, Answer(status=500)) as server:
        assert web(server.url, pauses).text() == "fine"
        assert len(server.asked) == 3
    assert pauses == [7.0, 2.0]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=500), "500 Internal Server Error"),
        (Answer(status=429, headers={"Retry-After": "86400"}), "429"),
        (Answer("0123456789" * 10, half=True), "no connection"),
        (Answer("late", late_s=5), "no answer in time"),
        (Answer(status=403), "403 Forbidden"),
        (Answer(status=304), "304"),
        (Answer("this is not packed", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (Answer("<!DOCTYPE html><title>Sorry</title>"), "a page for a browser"),
        (Answer(b"\x00\x01\x02"), "binary data"),
        (Answer(status=302, headers={"Location": "/"}), "without end"),
    ],
)
def test_what_fails_is_one_line_without_the_secret(
    monkeypatch: pytest.MonkeyPatch, answer: Answer, reason: str
) -> None:
    monkeypatch.setenv("FEED_KEY", "s3cret")
    with served(answer) as server:
        one = web(f"{server.url}/list?token=s3cret", timeout_s=0.2, key={"env": "FEED_KEY"})
        with pytest.raises(FeedError, match=reason) as error:
            one.text(headers={"X-Key": one.key()})
    told = str(error.value)
    assert told.startswith("feed f: ")
    assert "s3cret" not in told + repr(one)
    assert "\n" not in told


def test_what_unpacks_to_too_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr("lynceus.intel.web.MOST_BYTES", 1 << 20)
    bomb = gzip.compress(b"198.51.100.1\n" * 1_000_000)
    with served(Answer(bomb)) as server, pytest.raises(FeedError, match="more than 1 MiB"):
        web(server.url).text()
    large = Answer(b"198.51.100.1\n" * 100_000)
    with served(large) as server, pytest.raises(FeedError, match="more than 1 MiB"):
        web(server.url).text()
    packed = Answer(bomb, headers={"Content-Encoding": "gzip"})
    with served(packed) as server, pytest.raises(FeedError, match="more than 1 MiB"):
        web(server.url).text()


def test_a_proxy_is_asked_in_the_place_of_the_service() -> None:
    with served(Answer("by proxy")) as proxy:
        assert web("http://feed.example/list", proxy=proxy.url).text() == "by proxy"
        assert proxy.asked[0].headers["host"] == "feed.example"


@pytest.mark.parametrize("url", ["ftp://x.example/list", "http://[::1", "http://127.0.0.1:1/"])
def test_addresses_that_lead_nowhere(url: str) -> None:
    with pytest.raises(FeedError, match=r"^feed f: "):
        web(url).text()


def test_a_file_of_authorities_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(FeedError, match="is no file of certificates"):
        web("https://127.0.0.1:1/", ca=tmp_path / "ca.pem").text()
