"""`retro`: what was met before anybody listed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.enrich.intel import Indicators
from lynceus.intel.retro import new_since, retro_hunt
from lynceus.intel.store import IntelStore
from lynceus.intel.subscription import Subscription
from lynceus.intel.update import update
from lynceus.records import Batch
from lynceus.store.lake import Lake
from lynceus.testing import START_S, events, flow, flows

DAY_S = 86_400
NOW_NS = (START_S + 12 * DAY_S + 3_600) * 10**9
HOME = ("10.0.0.0/8",)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A conversation with a bad address, a question for a bad name a day later."""
    made = Lake(tmp_path_factory.mktemp("retro") / "lake")
    rows = [flow(at_s=0, orig_h="10.0.0.7", resp_h="198.51.100.7", resp_p=443)]
    rows += [flow(at_s=n * 600, orig_h="10.0.0.8", resp_h="203.0.113.9") for n in range(20)]
    asked = events("dns", [{"at_s": DAY_S, "orig_h": "10.0.0.9", "query": "a.bad.example"}])
    made.add(Batch(flows(rows), {"dns": asked}))
    return made


def known(folder: Path, *texts: str) -> Indicators:
    (folder / "list.txt").write_text("".join(f"{text}\n" for text in texts))
    return Indicators.load([folder / "list.txt"])


def test_what_was_seen_says_how_long_ago(lake: Lake, tmp_path: Path) -> None:
    found = retro_hunt(known(tmp_path, "198.51.100.7", "bad.example"), lake, NOW_NS, home=HOME)
    assert sorted(i.title.rpartition(", ")[2] for i in found) == [
        "seen 11 days ago",
        "seen 12 days ago",
    ]
    by_address = next(i for i in found if "12 days" in i.title)
    assert by_address.severity == "high"
    assert {e.id for e in by_address.entities} == {"10.0.0.7", "198.51.100.7"}
    assert by_address.sentences[0].text.startswith("This was seen 12 days ago")
    assert by_address.sentences[0].findings == (by_address.findings[0].id,)


def test_only_the_last_days_where_so_wanted(lake: Lake, tmp_path: Path) -> None:
    both = known(tmp_path, "198.51.100.7", "bad.example")
    assert len(retro_hunt(both, lake, NOW_NS, days=12, home=HOME)) == 1
    assert retro_hunt(both, lake, NOW_NS, days=2, home=HOME) == []
    assert retro_hunt(known(tmp_path, "192.0.2.1"), lake, NOW_NS, home=HOME) == []
    assert retro_hunt(both, Lake(tmp_path / "none"), NOW_NS) == []


def test_new_is_what_the_store_heard_of_since(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("198.51.100.1\n")
    store = IntelStore(tmp_path / "intel")
    one = {"name": "f", "format": "delimited", "url": str(path)}
    store.subscribe(Subscription.model_validate(one))
    update(store, NOW_NS, only=["f"])
    path.write_text("198.51.100.1\n198.51.100.7\n")
    update(store, NOW_NS + 10**9, only=["f"])
    assert new_since(store, NOW_NS).table["indicator"].to_list() == ["198.51.100.7"]
    assert new_since(store, None).table.height == 2
    assert new_since(store, NOW_NS + 10**9).table.is_empty()
