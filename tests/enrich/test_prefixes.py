"""Longest prefix against the standard library's own arithmetic."""

from __future__ import annotations

import ipaddress

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich import prefixes
from lynceus.enrich.prefixes import PrefixTable, distinct, facts_at, parse, parse_networks

V4 = st.one_of(
    st.integers(0, 2**32 - 1),
    st.integers(0, 255).map(lambda n: 0x0A000000 + n),
    st.sampled_from([0, 2**32 - 1]),
).map(lambda n: str(ipaddress.IPv4Address(n)))
V6 = st.one_of(
    st.integers(0, 2**128 - 1),
    st.integers(0, 255).map(lambda n: (0x20010DB8 << 96) + n),
    st.sampled_from([0, 2**128 - 1, 2**64, 2**64 - 1]),
).map(lambda n: str(ipaddress.IPv6Address(n)))


@st.composite
def networks(draw: st.DrawFn) -> str:
    address = draw(st.one_of(V4, V6))
    bits = draw(st.integers(0, 32 if "." in address and ":" not in address else 128))
    return f"{address}/{bits}"


def unmapped(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(text)
    mapped = address.ipv4_mapped if address.version == 6 else None
    return mapped or address


def expected(address: str, nets: list[str]) -> int:
    """Row of the longest network that holds the address, the first of equal ones."""
    best, row = -1, -1
    for i, text in enumerate(nets):
        net = ipaddress.ip_network(text, strict=False)
        if unmapped(address) in net and net.prefixlen > best:
            best, row = net.prefixlen, i
    return row


@settings(deadline=None)
@given(st.lists(networks(), max_size=12), st.lists(st.one_of(V4, V6), max_size=12))
def test_the_longest_prefix_wins(nets: list[str], addresses: list[str]) -> None:
    # Networks inside ::ffff:0:0/96 are read as IPv4 and have their own test.
    nets = [n for n in nets if not _in_mapped(n)]
    edges = [str(ipaddress.ip_network(n, strict=False)[-1]) for n in nets]
    asked = [*addresses, *edges]
    wanted = [expected(a, nets) for a in asked]
    for large in (prefixes.LARGE, 0):  # many networks are looked up by another way
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(prefixes, "LARGE", large)
            found = PrefixTable(nets).find(pl.Series(asked, dtype=pl.String))
        assert found.tolist() == wanted


def _in_mapped(text: str) -> bool:
    net = ipaddress.ip_network(text, strict=False)
    return net.version == 6 and unmapped(str(net.network_address)).version == 4


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=20))
def test_any_text_is_read_as_the_standard_library_reads_it(texts: list[str]) -> None:
    family = parse(pl.Series(texts, dtype=pl.String)).family().tolist()
    for text, mine in zip(texts, family, strict=True):
        try:
            theirs = unmapped(text.partition("%")[0]).version
        except ValueError:
            theirs = 0
        if "%" not in text:
            assert mine == theirs


def test_rank_decides_before_length() -> None:
    nets = ["192.0.2.0/28", "192.0.2.0/24", "192.0.2.64/26"]
    asked = pl.Series(["192.0.2.1", "192.0.2.70", "192.0.2.200"])
    by_length = PrefixTable(nets).find(asked)
    by_rank = PrefixTable(nets, np.array([0, 1, 0])).find(asked)
    assert by_length.tolist() == [0, 2, 1]
    assert by_rank.tolist() == [1, 1, 1]


def test_the_last_address_of_each_family_is_found() -> None:
    table = PrefixTable(["255.255.255.0/24", "ffff::/16"])
    asked = pl.Series(["255.255.255.255", "ffff:" * 7 + "ffff", "::", "0.0.0.0"])  # noqa: S104
    assert table.find(asked).tolist() == [0, 1, -1, -1]


def test_mapped_addresses_are_their_ipv4_address_and_zones_are_left_out() -> None:
    table = PrefixTable(["198.51.100.0/24", "fe80::/10"])
    asked = pl.Series(["::ffff:198.51.100.7", "fe80::1%eth0", None, "", "198.51.100.07"])
    assert table.find(asked).tolist() == [0, 1, -1, -1, -1]


def test_what_is_no_network_is_named() -> None:
    wrong = ["10.0.0.0/33", "10.0.0/8", "::/129", "x", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8"]
    table = PrefixTable(["10.0.0.0/8", *wrong, "::1"])
    assert table.unreadable.tolist() == list(range(1, len(wrong) + 1))
    v4, v6 = parse_networks(pl.Series(["10.9.9.9/8", "2001:db8::1/32"]))
    assert v4.first.tolist() == [10 << 24]
    assert v6.bits.tolist() == [32]


def test_ranges_make_an_equal_table() -> None:
    table = PrefixTable(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"])
    again = PrefixTable.of_ranges(*table.ranges())
    asked = pl.Series(["10.0.0.1", "10.1.2.3", "11.0.0.0", "2001:db8::9", "2001:db9::"])
    assert again.find(asked).tolist() == table.find(asked).tolist() == [0, 1, -1, 2, -1]


def test_facts_stand_beside_their_values() -> None:
    value = distinct(pl.Series(["a", None, "b", "a"]))
    frame = facts_at(value, np.array([1, -1]), pl.DataFrame({"fact": ["x", "y"]}))
    assert frame.rows() == [("a", "y"), ("b", None)]
