"""`lookup`: what every source says of a value, by itself."""

from __future__ import annotations

from typing import Any

import pytest

from lynceus.intel.lookup import asked, look_up, statistics
from lynceus.intel.store import IntelStore, IntelStoreError
from lynceus.intel.subscription import Subscription
from lynceus.intel.update import update

DAY_NS = 86_400 * 10**9
NOW_NS = 1_704_448_800 * 10**9


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> IntelStore:
    folder = tmp_path_factory.mktemp("lookup")
    texts = {
        "a": "ioc,malware,confidence,last_seen\n198.51.100.7,Emotet,0.9,2023-11-21T10:00:00Z\n"
        "bad.example,Emotet,0.9,2024-01-05\n",
        "b": "ioc,malware,confidence\n198.51.100.0/24,QakBot,0.5\nhttp://bad.example/x,,0.5\n",
    }
    held = IntelStore(folder / "intel")
    for name, text in texts.items():
        (folder / name).write_text(text)
        one = {"name": name, "format": "delimited", "url": str(folder / name)}
        held.subscribe(Subscription.model_validate(one))
    update(held, NOW_NS)
    return held


def said(store: IntelStore, value: str, at_ns: int = NOW_NS) -> list[tuple[Any, ...]]:
    rows = look_up(store, value, at_ns)
    return [(r["source"], r["indicator"], r["known as"], r["confidence now"]) for r in rows]


def test_conflicts_are_shown_and_age_lowers(store: IntelStore) -> None:
    assert said(store, "198.51.100.7") == [
        ("a", "198.51.100.7", "Emotet", 0.68),
        ("b", "198.51.100.0/24", "QakBot", 0.5),
    ]
    later = said(store, "198.51.100.7", NOW_NS + 400 * DAY_NS)
    assert sorted(now for *_, now in later) == pytest.approx([0.025, 0.045], abs=0.0051)


def test_names_by_label_borders_and_pages(store: IntelStore) -> None:
    assert [s[:2] for s in said(store, "www.bad.example")] == [
        ("a", "bad.example"), ("b", "bad.example"),
    ]  # fmt: skip
    assert ("b", "bad.example/x") in [s[:2] for s in said(store, "http://bad.example/x")]
    assert said(store, "notbad.example") == said(store, "198.51.101.7") == said(store, "???") == []


def test_what_each_feed_adds(store: IntelStore) -> None:
    rows = {row["source"]: row for row in statistics(store, NOW_NS).iter_rows(named=True)}
    assert (rows["a"]["indicators"], rows["a"]["only here"], rows["a"]["address"]) == (2, 1, 1)
    assert (rows["b"]["indicators"], rows["b"]["url"], rows["b"]["domain"]) == (3, 1, 1)


def test_only_a_feed_with_a_service_can_be_asked(store: IntelStore) -> None:
    with pytest.raises(IntelStoreError, match="is no feed whose service answers"):
        asked(store, "a", "198.51.100.7")
