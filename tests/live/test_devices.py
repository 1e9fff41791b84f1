"""Devices of live traffic: who is where, over checkpoints, and in the store of the site."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from inventory.made_sayings import A, B, sayings
from inventory.test_observed import AT, INSIDE, table
from lynceus.inventory import observed
from lynceus.inventory.known import Known
from lynceus.inventory.settings import AssetSettings
from lynceus.inventory.store import InventoryStore
from lynceus.live import devices as module
from lynceus.live.degraded import Degraded
from lynceus.live.devices import EVERY_S, Devices
from lynceus.moments import NS
from lynceus.records import Batch

HOSTS = pl.Series(["10.0.0.5", "10.0.0.6"])


def lease(address: str, minute: int, mac: str = A, name: str = "LT-7") -> Batch:
    """A device that is given an address."""
    at_ns = AT + minute * 60 * NS
    row = {"mac": mac, "assigned_addr": address, "host_name": name, "ts_ns": at_ns}
    return Batch(table("flows", {}).clear(), {"dhcp": table("dhcp", row)})


def made(said: list[str] | None = None) -> Devices:
    return Devices(Degraded((said if said is not None else []).append), 0)


def test_a_device_stays_one_when_its_address_changes() -> None:
    live = made()
    live.take(lease("10.0.0.5", 0), INSIDE)
    live.take(lease("10.0.0.6", 30), INSIDE)
    stays = live.stays(Known(), HOSTS)
    assert stays["host"].to_list() == ["10.0.0.5", "10.0.0.6"]
    assert stays["device"].n_unique() == 1
    assert stays["name"].to_list() == ["lt-7", "lt-7"]
    again = made()
    again.resume(live.snapshot())
    again.take(lease("10.0.0.5", 60, B, "PR-1"), INSIDE)
    later = again.stays(Known(), HOSTS)
    assert later["device"].n_unique() == 2
    assert live.stays(Known(), HOSTS).equals(stays)


def test_what_was_known_before_counts_too() -> None:
    before = Known(seen=sayings((0, "10.0.0.6", "mac", A)))
    live = made()
    live.take(lease("10.0.0.5", 0), INSIDE)
    rows = before.seen.with_columns(site=pl.lit("s"))
    assert live.stays(Known(seen=rows), HOSTS)["device"].n_unique() == 1


def test_pieces_are_put_together_and_the_old_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECES", 3)
    monkeypatch.setattr(module, "MOST_ROWS", 6)
    live = made()
    for minute in range(0, 200, 10):
        live.take(lease("10.0.0.5", minute), INSIDE)
    assert len(live.snapshot()) <= 4
    assert live.rows.height <= 6 + 3 * 2
    assert live.rows["bin"].max() == (AT + 190 * 60 * NS) // observed.BIN_NS


def test_a_large_piece_is_not_put_together_anew_at_each_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PIECES", 2)
    live = made()
    large = sayings(
        *((AT // (60 * NS), f"10.0.{n}.7", "mac", f"02000000{n:04}") for n in range(100))
    )
    live.resume([large])
    for minute in range(0, 60, 10):
        live.take(lease("10.0.0.5", minute), INSIDE)
    assert live.snapshot()[0] is large, "a checkpoint has it already"
    assert len(live.snapshot()) <= 3
    for minute in range(60, 300, 10):
        live.take(lease("10.0.0.5", minute), INSIDE)
    assert live.snapshot()[0].height > large.height
    assert len(live.rows.unique(["host", "kind", "value", "bin"])) == len(live.rows)


def test_the_store_of_the_site_learns_it_every_hour(tmp_path: Path) -> None:
    (tmp_path / "inventory").mkdir()
    settings = AssetSettings(store=tmp_path / "inventory")
    live = made()
    live.take(lease("10.0.0.5", 0), INSIDE)
    live.store(settings, int(EVERY_S * NS) - 1)
    held = InventoryStore(tmp_path / "inventory")
    assert held.seen().is_empty()
    live.store(AssetSettings(), int(EVERY_S * NS))
    live.store(settings, int(EVERY_S * NS))
    assert held.seen()["value"].to_list() == [A, "lt-7"]
    live.store(settings, int(2 * EVERY_S * NS))
    assert held.seen()["count"].to_list() == [1, 1], "the same twice changes nothing"


def test_a_store_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    live = made(said)
    live.take(lease("10.0.0.5", 0), INSIDE)
    (tmp_path / "file").touch()
    live.store(AssetSettings(store=tmp_path / "file" / "inventory"), int(EVERY_S * NS))
    assert len(said) == 1
