"""`observed`, `traffic`: what devices say of themselves, out of flows and events."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from inventory.made_sayings import sayings
from lynceus.inventory.devices import devices
from lynceus.inventory.observed import around, condensed, merged, observed
from lynceus.inventory.store import InventoryStore
from lynceus.inventory.traffic import kept
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform
from lynceus.store.lake import Lake

AT = 1_714_644_000 * 10**9
INSIDE = ["10.0.0.0/24"]
A, ROUTER = "00:50:56:00:00:0a", "00:50:56:00:00:01"


def table(name: str, *rows: dict[str, object]) -> pl.DataFrame:
    schema = FLOW_SCHEMA if name == "flows" else EVENT_SCHEMAS[name]
    base = {"site": "s", "ts_ns": AT, "end_ns": AT, "orig_h": "10.0.0.5", "resp_h": "10.0.0.1"}
    made = pl.DataFrame([{**base, **row} for row in rows], infer_schema_length=None)
    return conform(made, schema)


FLOWS = table(
    "flows",
    {"orig_l2_addr": A, "resp_h": "198.51.100.1", "resp_l2_addr": ROUTER, "uid": "1"},
    {"orig_l2_addr": A, "resp_l2_addr": ROUTER, "resp_packets": 3, "service": "dns",
     "resp_p": 53, "proto": "udp", "uid": "2"},
)  # fmt: skip
EVENTS = {
    "dhcp": table("dhcp", {"mac": A.upper(), "assigned_addr": "10.0.0.5", "host_name": "LT-7.x",
                           "vendor_class": "MSFT 5.0", "orig_h": "169.254.1.1"}),
    "dns": table(
        "dns",
        {"resp_p": 5353, "query": "nas.local", "qtype": "A", "answers": ["10.0.0.8"]},
        {"resp_p": 53, "query": "www.example", "qtype": "A", "answers": ["10.0.0.9"]},
    ),
    "kerberos": table("kerberos", {"client": "LT-7$", "success": True},
                      {"client": "ada", "success": True}),
    "ntlm": table("ntlm", {"hostname": "LT-7", "server_nb_computer_name": "DC-1"}),
    "tls": table("tls", {"cert_sha256": "ab", "ja4": "t13d", "server_name": "srv.example"}),
    "rdp": table("rdp", {"client_name": "192.0.2.1"}),
    "snmp": table("snmp", {"host_name": "sw-1"}),
}  # fmt: skip


def test_who_is_where_and_by_what() -> None:
    rows = observed(FLOWS, EVENTS, INSIDE)
    assert rows.select("host", "kind", "value", "count").rows() == [
        ("10.0.0.1", "certificate", "ab", 1),
        ("10.0.0.1", "name_ntlm", "dc-1", 1),
        ("10.0.0.1", "name_snmp", "sw-1", 1),
        ("10.0.0.1", "server_name", "srv.example", 1),
        ("10.0.0.1", "service", "dns 53/udp", 1),
        ("10.0.0.5", "ja4", "t13d", 1),
        ("10.0.0.5", "mac", A, 3),
        ("10.0.0.5", "name_dhcp", "lt-7", 1),
        ("10.0.0.5", "name_kerberos", "lt-7", 1),
        ("10.0.0.5", "name_ntlm", "lt-7", 1),
        ("10.0.0.5", "vendor_class", "MSFT 5.0", 1),
        ("10.0.0.8", "name_mdns", "nas", 1),
    ]
    assert merged(pl.concat([rows, rows]))["count"].sum() == 2 * rows["count"].sum()


def test_a_link_address_before_many_is_nobodys() -> None:
    many = table("flows", *({"orig_h": f"10.0.0.{n}", "orig_l2_addr": A} for n in range(2, 8)))
    assert observed(many, {}, INSIDE).filter(pl.col("kind") == "mac").is_empty()
    assert observed(many.head(2), {}, INSIDE).filter(pl.col("kind") == "mac").height == 2
    nets = table("flows", *({"orig_h": f"10.0.{n}.7", "orig_l2_addr": A} for n in range(2)))
    assert observed(nets, {}, ["10.0.0.0/16"]).filter(pl.col("kind") == "mac").is_empty()
    everybody = table("flows", {"orig_h": "10.0.0.9", "orig_l2_addr": "ff:ff:ff:ff:ff:ff"})
    assert observed(everybody, {}, INSIDE).filter(pl.col("kind") == "mac").is_empty()


def test_what_is_around_some_hosts_is_enough_to_know_them() -> None:
    said = sayings(
        (0, "10.0.0.1", "mac", A), (90, "10.0.0.2", "mac", A),
        (90, "10.0.0.2", "name_dhcp", "lt-7"), (200, "10.0.0.3", "name_ntlm", "lt-7"),
        (0, "10.0.0.4", "name_ntlm", "other"), (0, "10.0.0.1", "service", "dns 53/udp"),
        (0, "10.0.0.4", "service", "dns 53/udp"),
    )  # fmt: skip
    near = around(said, pl.Series(["10.0.0.1"]))
    assert set(near["host"]) == {"10.0.0.1", "10.0.0.2", "10.0.0.3"}
    assert devices(near).equals(devices(said).filter(pl.col("host") != "10.0.0.4"))
    assert around(said, pl.Series(["10.0.0.9"], dtype=pl.String)).is_empty()
    short = observed(FLOWS, EVENTS, INSIDE, in_short=True)
    kinds = set(observed(FLOWS, EVENTS, INSIDE)["kind"]) - set(short["kind"])
    assert kinds == {"service", "ja4", "server_name"}


def test_an_analysis_and_a_lake_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "out" / "events").mkdir(parents=True)
    FLOWS.write_parquet(tmp_path / "out" / "flows.parquet")
    for name, rows in EVENTS.items():
        rows.write_parquet(tmp_path / "out" / "events" / f"{name}.parquet")
    Lake(tmp_path / "lake").add(Batch(FLOWS, EVENTS))
    one, other = (kept(tmp_path / name, INSIDE) for name in ("out", "lake"))
    direct = observed(FLOWS, EVENTS, INSIDE)
    assert one.equals(direct)
    # The lake keeps no link addresses of flows; DHCP tells them.
    assert set(other.rows()) <= set(direct.rows()) | set(other.filter(kind="mac").rows())
    store = InventoryStore(tmp_path / "i")
    assert store.observe(one) == store.observe(one) == one.height
    assert store.seen().equals(one)
    with pytest.raises(ValueError, match="holds no flows"):
        kept(tmp_path / "nothing")


def test_of_days_that_are_over_the_ends_stay() -> None:
    day = 24 * 60
    alone = [(minute, "10.0.0.5", "mac", A) for minute in range(0, day, 10)]
    shared = [
        (minute, f"10.0.0.{n}", "name_dhcp", "twin") for minute in (0, 10, 20) for n in (7, 8)
    ]
    rows = sayings(*alone, *shared, (day, "10.0.0.5", "mac", A), (day + 10, "10.0.0.5", "mac", A))
    kept = condensed(rows, day // 10)
    mine = kept.filter(pl.col("host") == "10.0.0.5")
    assert mine["bin"].to_list() == [0, day // 10 - 1, day // 10, day // 10 + 1]
    assert kept.filter(pl.col("value") == "twin").height == 6, "who bears a name at once is told"
    assert (
        devices(kept)
        .select("host", "from_ns", "device")
        .equals(devices(rows).select("host", "from_ns", "device"))
    )
