"""Who met whom, by number, against what the flows say."""

from __future__ import annotations

import polars as pl

from lynceus.enrich.meetings import Meetings, meetings
from lynceus.enrich.prefixes import PrefixTable

FLOWS = pl.DataFrame(
    {
        "orig_h": ["10.0.0.1", "10.0.0.1", "10.0.0.1", None, "2001:db8::5", "10.0.0.2"],
        "resp_h": ["8.8.8.8", "8.8.8.8", None, "9.9.9.9", "8.8.8.8", "224.0.0.251"],
        "orig_packets": [1, 2, 1, 1, 1, 1],
        "resp_packets": [0, 3, 0, 1, None, 0],
        "orig_l2_addr": ["a", "a", "a", "b", "c", "00:00:00:00:00:00"],
        "resp_l2_addr": ["r", "r", None, "r", "r", None],
    }
)


def named(met: Meetings, numbers: pl.Series) -> list[str | None]:
    return met.hosts["value"].gather(numbers).to_list()


def test_pairs_are_counted_by_number() -> None:
    met = meetings(FLOWS, {})
    ends = zip(named(met, met.pairs["orig"]), named(met, met.pairs["resp"]), strict=True)
    told = dict(zip(ends, met.pairs.select("flows", "answered").rows(), strict=True))
    assert told == {
        ("10.0.0.1", "8.8.8.8"): (2, True),
        ("10.0.0.1", None): (1, False),
        ("2001:db8::5", "8.8.8.8"): (1, None),
        ("10.0.0.2", "224.0.0.251"): (1, False),
    }


def test_a_host_is_its_row() -> None:
    hosts = meetings(FLOWS, {}).hosts
    assert hosts["host"].to_list() == list(range(hosts.height))
    rows = {row.pop("value"): row for row in hosts.drop("host").to_dicts()}
    assert set(rows) == {*FLOWS["orig_h"].drop_nulls(), *FLOWS["resp_h"].drop_nulls()}
    ten = {"class": "private", "range": "10.0.0.0/8", "version": 4}
    numbers = {"key": 10 * 2**24 + 1, "net": 10 * 2**16, "wide": 10 * 2**8}
    assert rows["10.0.0.1"] == ten | numbers
    six = {"class": "documentation", "range": None, "version": 6, "key": None}
    assert rows["2001:db8::5"] == six | {"net": 0x20010DB8 << 32, "wide": 0x20010DB8}


def test_who_shows_itself_on_the_link() -> None:
    arp = pl.DataFrame({"orig_h": ["192.0.2.7"], "resp_h": ["192.0.2.8"]})
    dhcp = pl.DataFrame({"assigned_addr": ["192.0.2.9", None]})
    met = meetings(FLOWS, {"arp": arp, "dhcp": dhcp})
    assert set(named(met, met.link)) == {"192.0.2.7", "192.0.2.9", "10.0.0.2"}


def test_link_addresses_of_public_hosts() -> None:
    met = meetings(FLOWS, {})
    seen = met.link_addresses()
    assert set(zip(named(met, seen["host"]), seen["mac"], strict=True)) == {
        ("8.8.8.8", "r"),
        ("2001:db8::5", "c"),
    }


def test_networks_hold_their_hosts() -> None:
    met = meetings(FLOWS, {})
    within = met.within(PrefixTable(["10.0.0.0/8"]))
    assert set(named(met, met.numbers(within))) == {"10.0.0.1", "10.0.0.2"}


def test_without_flows_the_events_tell() -> None:
    ssh = FLOWS.select("orig_h", "resp_h")
    met = meetings(FLOWS.clear(), {"ssh": ssh})
    assert met.pairs["answered"].to_list() == [True] * met.pairs.height
    assert met.pairs["flows"].sum() == 5
    assert meetings(FLOWS.clear(), {}).hosts.is_empty()
