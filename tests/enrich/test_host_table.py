"""Single addresses among many."""

from __future__ import annotations

import ipaddress

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lynceus.enrich.host_table import HostTable
from lynceus.enrich.prefixes import parse

V4 = st.integers(0, 2**32 - 1).map(lambda n: str(ipaddress.IPv4Address(n)))
V6 = st.integers(2**64, 2**128 - 1).map(lambda n: str(ipaddress.IPv6Address(n)))
HOSTS = st.lists(st.one_of(V4, V6), max_size=20)


@given(HOSTS, HOSTS)
def test_each_address_is_found_and_no_other(known: list[str], asked: list[str]) -> None:
    every = [*asked, *known, "x"]
    found = HostTable(pl.Series(known, dtype=pl.String)).find(parse(pl.Series(every)))
    assert found.tolist() == [known.index(one) if one in known else -1 for one in every]


def test_of_one_that_is_there_twice_the_first_counts() -> None:
    table = HostTable(pl.Series(["10.0.0.1", "2001:db8::1", "10.0.0.1", "2001:DB8::1"]))
    asked = pl.Series(["2001:db8:0::1", "10.0.0.1", "::ffff:10.0.0.1", None])
    assert table.find(parse(asked)).tolist() == [1, 0, 0, -1]
