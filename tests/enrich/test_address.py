from __future__ import annotations

import ipaddress

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.address import AddressClass, classes_of

EXPECTED = {
    "10.0.0.1": "private",
    "172.31.255.255": "private",
    "172.32.0.0": "public",
    "192.168.0.1": "private",
    "100.64.0.1": "shared",
    "100.128.0.0": "public",
    "127.0.0.1": "loopback",
    "169.254.1.1": "link_local",
    "224.0.0.251": "multicast",
    "255.255.255.255": "broadcast",
    "192.168.1.255": "private",
    "240.0.0.1": "reserved",
    "0.0.0.0": "unspecified",  # noqa: S104
    "0.1.2.3": "reserved",
    "198.18.0.1": "reserved",
    "192.0.2.1": "documentation",
    "8.8.8.8": "public",
    "::": "unspecified",
    "::1": "loopback",
    "fe80::1%en0": "link_local",
    "fd00::1": "private",
    "ff02::fb": "multicast",
    "2001:db8::1": "documentation",
    "2a00:1450::1": "public",
    "::ffff:10.1.2.3": "private",
    "host.example": "invalid",
    "010.0.0.1": "invalid",
    "": "invalid",
}


def test_each_class() -> None:
    found = classes_of(pl.Series(list(EXPECTED)))
    assert dict(zip(EXPECTED, found.to_list(), strict=True)) == EXPECTED
    assert classes_of(pl.Series([None], dtype=pl.String)).to_list() == [None]


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_public_is_what_the_registries_call_global(number: int) -> None:
    address = ipaddress.IPv4Address(number)
    found = classes_of(pl.Series([str(address)])).item()
    if address.is_global and not address.is_multicast:
        assert found == "public"
    if found in ("private", "shared", "loopback", "link_local", "documentation", "broadcast"):
        assert not address.is_global


def test_inside_is_home_and_the_link_but_never_multicast() -> None:
    facts = AddressClass(["203.0.113.0/24", "224.0.0.0/4", "2001:db8:1::/48"]).facts(
        pl.Series(["203.0.113.9", "198.51.100.1", "224.0.0.251", "fe80::1", "2001:db8:1::5", None])
    )
    assert dict(facts.select("value", "inside").iter_rows()) == {
        "203.0.113.9": True,
        "198.51.100.1": False,
        "224.0.0.251": False,
        "fe80::1": True,
        "2001:db8:1::5": True,
    }


def test_private_is_not_inside_by_itself() -> None:
    assert AddressClass().facts(pl.Series(["10.0.0.1"]))["inside"].to_list() == [False]


def test_a_wrong_home_network_is_named() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        AddressClass(["10.0.0.0/8", "10.0.0.0/99"])


def test_the_contract_of_an_enricher() -> None:
    facts = AddressClass(["10.0.0.0/8"]).facts(pl.Series(["10.0.0.1", "10.0.0.1", None, "x"]))
    assert facts.schema == {"value": pl.String, **AddressClass.columns}
    assert facts["value"].to_list() == ["10.0.0.1", "x"]
