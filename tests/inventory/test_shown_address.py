"""`shown_address`: all that is known of one address, with who says it and how old that is."""

from __future__ import annotations

from pathlib import Path

from lynceus.config import Config
from lynceus.intel.subscription import Subscription
from lynceus.inventory.shown_address import about, lines
from lynceus.inventory.store import InventoryStore
from lynceus.inventory.update import update

DAY = 86_400 * 10**9
READ = 1_714_644_000 * 10**9


def test_network_and_host_are_both_told_with_their_weights(tmp_path: Path) -> None:
    text = "name,ip,owner\noffice,192.0.2.0/24,IT\npay-1,192.0.2.10,\n"
    (tmp_path / "a.csv").write_text(text)
    store = InventoryStore(tmp_path / "i")
    store.subscribe(Subscription(name="a", format="asset_list", url=str(tmp_path / "a.csv")))
    update(store, READ)
    told = about(store, Config(), "192.0.2.10", READ + 60 * DAY)
    assert told["believed"]["asset"] == "pay-1"
    assert told["believed"]["asset_stale_days"] == 60
    assert [(row["place"], row["weight"]) for row in told["sources"]] == [
        ("192.0.2.0/24", 0.5), ("192.0.2.10", 0.5),
    ]  # fmt: skip
    shown = list(lines(told))
    assert shown[0] == "192.0.2.10: "
    assert "  a says of 192.0.2.10: asset pay-1 (read 2024-05-02 10:00:00, weight 0.5)" in shown
    nobody = list(lines(about(store, Config(), "2001:db8::1", READ)))
    assert nobody == ["2001:db8::1: no source knows it"]
