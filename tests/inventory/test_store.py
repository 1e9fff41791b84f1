"""`store`, `update`, `entry`, `judged`, `source`: what sources said, read when they are due."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.intel.feed_folder import FIRST_RETRY_S
from lynceus.intel.subscription import Subscription
from lynceus.inventory.entry import PersonEntry
from lynceus.inventory.judged import account, judged, mac, place
from lynceus.inventory.store import InventoryError, InventoryStore
from lynceus.inventory.update import update

NOW = 1_714_644_000 * 10**9
DAY = 86_400 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> InventoryStore:
    (tmp_path / "a.csv").write_text("name,ip\npay-1,192.0.2.10\n")
    store = InventoryStore(tmp_path / "inventory")
    one = Subscription(name="mine", format="asset_list", url=str(tmp_path / "a.csv"))
    store.subscribe(one)
    return store


def test_a_source_is_read_when_it_is_due(store: InventoryStore, tmp_path: Path) -> None:
    [first] = update(store, NOW)
    assert (first.outcome, first.assets, first.refused) == ("read", 1, 0)
    assert update(store, NOW + DAY - 1) == []
    [again] = update(store, NOW + DAY)
    assert again.outcome == "unchanged"
    rows = store.rows("assets")
    assert rows.select("place", "source", "confidence", "refreshed_ns").rows() == [
        ("192.0.2.10", "mine", 1.0, NOW + DAY)
    ]
    (tmp_path / "a.csv").write_text("name,ip\npay-1,192.0.2.300\nx,nowhere\n")
    [failed] = update(store, NOW + DAY, only=["mine"])
    assert failed.outcome == "failed"
    assert failed.reason == ("mine: not believed: line 2: '192.0.2.300' is no address or network")
    assert store.rows("assets").height == 1  # what it said before goes on
    assert store.states()["mine"].next_ns == NOW + DAY + FIRST_RETRY_S * 10**9
    store.unsubscribe("mine")
    assert store.rows("assets").height == 0
    assert not list((tmp_path / "inventory").rglob("mine.parquet"))


def test_a_source_that_shrinks_to_next_to_nothing_is_not_believed(
    store: InventoryStore, tmp_path: Path
) -> None:
    many = "".join(f"h{n},192.0.2.{n}\n" for n in range(1, 201))
    (tmp_path / "a.csv").write_text("name,ip\n" + many)
    assert update(store, NOW)[0].assets == 200
    (tmp_path / "a.csv").write_text("name,ip\nh1,192.0.2.1\n")
    [failed] = update(store, NOW + DAY)
    assert "not believed: 1 rows where there were 200" in failed.reason
    assert store.rows("assets").height == 200


def test_a_store_that_cannot_be_used(tmp_path: Path, store: InventoryStore) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InventoryError, match="is a file"):
        InventoryStore(tmp_path / "file")
    update(store, NOW)
    (store.root / "assets" / "mine.parquet").write_bytes(b"none")
    with pytest.raises(InventoryError, match=r"mine\.parquet: cannot be read"):
        store.rows("assets")
    (store.root / "state.json").write_text("[]")
    with pytest.raises(InventoryError, match=r"state\.json: cannot be read"):
        store.states()


@pytest.mark.parametrize(
    ("given", "kept"),
    [("00-50-56-AA-BB-CC", "00:50:56:aa:bb:cc"), ("0050.56aa.bbcc", "00:50:56:aa:bb:cc"),
     ("ff:ff:ff:ff:ff:ff", None), ("00:00:00:00:00:00", None), ("x", None)],
)  # fmt: skip
def test_link_addresses_of_one_machine(given: str, kept: str | None) -> None:
    assert mac(given) == kept


@pytest.mark.parametrize(
    "wrong", ["0.0.0.0/32", "127.0.0.1", "224.0.0.1", "::", "10.0.0.0/7", "x", ""]
)
def test_what_is_the_place_of_no_machine(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        place(wrong)


def test_accounts_lose_their_domain_and_nothing_invisible_is_kept() -> None:
    assert [account(t) for t in ("CORP\\Ada", "ada@corp.example", " ADA ", "", None)] == [
        "ada", "ada", "ada", None, None,
    ]  # fmt: skip
    found = judged([PersonEntry(1, "eve", name="E\u202eve\n\x1b[31m"), PersonEntry(2, "@x")])
    assert found.people["name"].to_list() == ["E\\u202eve \\x1b[31m"]
    assert found.refused.rows() == [(2, "", "has no account name")]
