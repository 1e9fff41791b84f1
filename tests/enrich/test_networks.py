from __future__ import annotations

import polars as pl

from lynceus.enrich.networks import DATA, KnownNetworks

KNOWN = {
    "185.220.101.47": ("tor-exit", "tor_exit"),
    "172.217.14.206": ("google", "saas"),
    "8.8.8.8": ("google-dns", "resolver"),
    "1.1.1.1": ("cloudflare-dns", "resolver"),
    "2620:fe::fe": ("quad9", "resolver"),
    "34.117.59.81": ("google-cloud", "cloud"),
    "17.253.144.10": ("apple", "saas"),
    "104.16.1.1": ("cloudflare", "cdn"),
    "2a06:98c0::1": ("cloudflare", "cdn"),
    "52.96.1.1": ("microsoft-365", "saas"),
    "2607:f8b0::1": ("google", "saas"),
    "192.168.1.1": (None, None),
    "203.0.113.1": (None, None),
    "fe80::1": (None, None),
    "no address": (None, None),
}


def test_well_known_addresses_are_known() -> None:
    facts = KnownNetworks().facts(pl.Series([*KNOWN, None, "8.8.8.8"]))
    assert {row[0]: row[1:] for row in facts.iter_rows()} == KNOWN
    assert facts.schema == {"value": pl.String, **KnownNetworks.columns}


def test_no_private_address_is_well_known() -> None:
    inside = [f"{net}.{i}.7" for net in ("10.0", "192.168", "172.16", "127.0") for i in range(256)]
    assert KnownNetworks().facts(pl.Series(inside))["network"].null_count() == len(inside)


def test_the_data_is_small_and_says_where_it_comes_from() -> None:
    files = [f for f in DATA.iterdir() if f.name.endswith((".parquet", ".csv"))]
    assert sum(len(f.read_bytes()) for f in files) < 1_000_000
    page = DATA.joinpath("SOURCES.md").read_text(encoding="utf-8")
    for file in files:
        assert file.name in page
    lists = pl.read_csv(DATA.joinpath("networks.csv").read_bytes(), infer_schema=False)
    assert lists.null_count().sum_horizontal().item() == 0
    assert set(lists["licence"]) <= {"CC0-1.0", "MIT", "facts published by the operator"}
