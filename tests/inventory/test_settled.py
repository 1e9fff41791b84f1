"""`settled`, `known`, `weaknesses`: who is believed, what is stale, what is unknown."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.enrich.assets import FACTS
from lynceus.enrich.lists import ListError
from lynceus.intel.subscription import Subscription
from lynceus.inventory.known import Known
from lynceus.inventory.settings import AssetSettings
from lynceus.inventory.settled import settled
from lynceus.inventory.store import InventoryStore
from lynceus.inventory.update import update
from lynceus.inventory.weaknesses import weaknesses

DAY = 86_400 * 10**9
NOW = 20_000 * DAY


def rows(*said: dict[str, object]) -> pl.DataFrame:
    base = {
        "place": "192.0.2.10", "asset": None, "owner": None, "criticality": None, "role": None,
        "system": None, "source": "a", "confidence": 1.0, "refreshed_ns": NOW,
    }  # fmt: skip
    text = dict.fromkeys(("asset", "owner", "criticality", "role", "system"), pl.String)
    return pl.DataFrame([{**base, **one} for one in said], schema_overrides=text)


def test_each_field_is_taken_from_who_weighs_most() -> None:
    told = settled(
        rows(
            {"source": "cmdb", "asset": "pay-1.corp.example", "owner": "IT", "confidence": 0.8},
            {"source": "netbox", "asset": "PAY-1", "owner": "Finance", "criticality": "high"},
            {"source": "scan", "system": "Linux", "confidence": 0.1},
        ),
        NOW,
    )
    assert list(told.columns) == ["place", *FACTS]
    assert told.row(0, named=True) == {
        "place": "192.0.2.10", "asset": "PAY-1", "asset_owner": "Finance",
        "asset_criticality": "high", "asset_role": None, "asset_system": "Linux",
        "asset_source": "netbox, scan", "asset_stale_days": None,
        "asset_conflict": "owner: Finance (netbox) or IT (cmdb)",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "owner", "stale"),
    [
        (30, "IT", None),  # fresh to the day: the confidence of 1 counts
        (45, "IT", 45),  # 2 ** -0.5 = 0.707 > 0.7
        (46, "Finance", None),  # 2 ** -(16 / 30) = 0.691 < 0.7
        (9000, "Finance", None),
    ],
)
def test_a_stale_source_weighs_less_and_is_told(days: int, owner: str, stale: int | None) -> None:
    said = rows(
        {"source": "cmdb", "owner": "IT", "refreshed_ns": NOW - days * DAY},
        {"source": "netbox", "owner": "Finance", "confidence": 0.7},
    )
    told = settled(said, NOW, 30.0).row(0, named=True)
    assert (told["asset_owner"], told["asset_stale_days"]) == (owner, stale)
    assert told["asset_conflict"].startswith("owner: ")


def test_without_a_time_nothing_is_stale() -> None:
    said = rows({"owner": "IT", "refreshed_ns": 0})
    assert settled(said)["asset_stale_days"].to_list() == [None]
    assert settled(said, NOW)["asset_stale_days"].to_list() == [20_000]
    assert settled(rows({"owner": "IT", "refreshed_ns": NOW + DAY}), NOW)[
        "asset_stale_days"
    ].to_list() == [None]
    assert settled(said.clear()).height == 0


def vulnerable(*found: tuple[str, str, float | None, str]) -> pl.DataFrame:
    schema = {"place": pl.String, "cve": pl.String, "cvss": pl.Float64, "source": pl.String}
    made = pl.DataFrame(found, schema=schema, orient="row")
    return made.with_columns(refreshed_ns=pl.lit(NOW - 40 * DAY))


def test_the_worst_weakness_is_named_and_no_scan_is_not_no_weakness() -> None:
    facts = pl.DataFrame({"value": ["192.0.2.1", "192.0.2.2"]})
    found = vulnerable(
        ("192.0.2.1", "CVE-2014-0160", 7.5, "nessus"), ("192.0.2.1", "CVE-2021-44228", 10.0, "gvm"),
        ("192.0.2.1", "CVE-2021-44228", None, "nessus"), ("192.0.2.9", "CVE-2020-1", 9.0, "gvm"),
    )  # fmt: skip
    told = weaknesses(facts, found, NOW, 30.0)
    assert told.drop("value").rows() == [
        (2, "CVE-2021-44228", 10.0, "gvm, nessus", 40), (None, None, None, None, None),
    ]  # fmt: skip
    assert weaknesses(facts, found.clear())["cves"].to_list() == [None, None]


def test_list_and_store_together(tmp_path: Path) -> None:
    listing = tmp_path / "mine.csv"
    listing.write_text("name,ip,owner\npay-1,192.0.2.10,IT\noffice,192.0.2.0/24,\n")
    (tmp_path / "b.csv").write_text("name,ip,owner\npay-1,192.0.2.10,Finance\n")
    store = InventoryStore(tmp_path / "inventory")
    store.subscribe(
        Subscription(name="cmdb", format="asset_list", url=str(tmp_path / "b.csv"), confidence=0.9)
    )
    update(store, NOW)
    known = Known.of(listing, AssetSettings(store=tmp_path / "inventory"))
    asked = pl.Series(["192.0.2.10", "192.0.2.77", "198.51.100.1"])
    facts = known.assets(NOW).facts(asked)
    assert facts.select("asset", "asset_owner", "asset_source", "asset_conflict").rows() == [
        ("pay-1", "IT", "list", "owner: IT (list) or Finance (cmdb)"),
        ("office", None, "list", None),
        (None, None, None, None),
    ]
    inside = facts.with_columns(inside=pl.Series([True, True, None]))
    assert known.about(inside)["asset_unknown"].to_list() == [None, None, None]
    inside = facts.with_columns(inside=pl.lit(True))
    assert known.about(inside)["asset_unknown"].to_list() == [None, None, True]
    assert Known().about(inside)["asset_unknown"].to_list() == [None, None, None]
    (tmp_path / "inventory" / "feeds.toml").write_text("[")
    with pytest.raises(ListError, match=r"feeds\.toml: cannot be read"):
        Known.of(None, AssetSettings(store=tmp_path / "inventory"))
