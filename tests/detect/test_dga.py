"""`dga`: a host asks for names that an algorithm made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from detect.traffic import findings_of
from lynceus.detect.dga import Dga

RESOLVER = "10.0.0.53"


def asked(names: Iterable[str], every_s: float = 20.0, asker: str = "10.0.0.5",
          **columns: Any) -> list[dict[str, Any]]:  # fmt: skip
    usual = {"orig_h": asker, "resp_h": RESOLVER, "resp_p": 53, "proto": "udp", "qtype": "A",
             "rcode": "NXDOMAIN", **columns}  # fmt: skip
    return [{**usual, "at_s": n * every_s, "query": name} for n, name in enumerate(names)]


def made(count: int, seed: int = 1) -> list[str]:
    """Letters by chance, as most algorithms draw them."""
    draw = np.random.default_rng(seed)
    letters = [*"abcdefghijklmnopqrstuvwxyz"]
    return ["".join(draw.choice(letters, 16)) + ".com" for _ in range(count)]


WORDS = ("garden", "river", "hotel", "music", "town", "blue", "sport", "house", "food", "art")
PLAIN = [f"{a}-{b}.org" for a in WORDS for b in WORDS if a != b]


def test_a_stream_of_made_names_is_high() -> None:
    rows = asked(made(30)) + asked(
        ["kqzjwpxvbnmtrhgd.com"], rcode="NOERROR", answers=["203.0.113.7"]
    )
    (finding,) = findings_of(Dga(), dns=rows)
    assert (finding["orig_h"], finding["severity"], finding["orig_role"]) == (
        "10.0.0.5",
        "high",
        "infected",
    )
    assert finding["evidence"]["made_domains"] >= 28
    assert finding["because"].endswith("Answered were kqzjwpxvbnmtrhgd.com.")


def test_one_strange_name_is_nothing() -> None:
    assert findings_of(Dga(), dns=asked(made(1) * 50 + PLAIN[:30], rcode="NOERROR")) == []


def test_made_names_that_all_exist_are_less_sure() -> None:
    (finding,) = findings_of(Dga(), dns=asked(made(30), rcode="NOERROR", answers=["203.0.113.7"]))
    assert (finding["severity"], finding["confidence"]) == ("medium", 0.5)


def test_a_slow_stream_shows_in_the_day() -> None:
    (finding,) = findings_of(Dga(), dns=asked(made(40), every_s=900.0))
    assert finding["window_end_ns"] - finding["window_start_ns"] == 86_400 * 10**9


def test_a_burst_of_unknown_names_that_look_plain_is_low() -> None:
    (finding,) = findings_of(Dga(), dns=asked(PLAIN[:60]))
    assert (finding["severity"], finding["orig_role"]) == ("low", "unknown")
    assert finding["because"].startswith("10.0.0.5 asked for 60 domains that do not exist, 100 %")


def test_a_resolver_that_forwards_stands_behind_its_client() -> None:
    names = made(30)
    rows = asked(names) + asked(names, asker=RESOLVER, resp_h="203.0.113.53")
    assert [finding["orig_h"] for finding in findings_of(Dga(), dns=rows)] == ["10.0.0.5"]


def below(domain: str) -> list[str]:
    return [f"{hashlib.sha256(str(n).encode()).hexdigest()[:20]}.{domain}" for n in range(80)]


@pytest.mark.parametrize(
    "rows",
    [
        asked(PLAIN, rcode="NOERROR"),
        asked(PLAIN[:30]),
        asked(below("edge-cache.net"), rcode="NOERROR"),
        asked(below("zen.spamhaus.org")),
        asked(["kqzjwpxv", "wpad", "printer.local", "db.corp", "4.3.2.10.in-addr.arpa"] * 40),
        asked(["www.google.com", "update.microsoft.com"] * 60),
        asked(made(9), rcode="NOERROR"),
    ],
    ids=["browsing", "typos", "content network", "block list", "local", "popular", "nine"],
)
def test_ordinary_questions_are_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(Dga(), dns=rows) == []
