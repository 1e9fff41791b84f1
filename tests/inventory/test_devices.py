"""`devices`, `identity`: one device stays one device when its address changes."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.made_sayings import MINUTE, A, B, sayings
from lynceus.inventory.devices import devices
from lynceus.inventory.identity import FACTS, by_link_address, identified
from lynceus.inventory.observed import merged


def together(stays: pl.DataFrame) -> set[frozenset[str]]:
    """The addresses of each device."""
    return {frozenset(hosts) for hosts in stays.group_by("device").agg("host")["host"]}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([(0, "10.0.0.5", "mac", A), (90, "10.0.0.9", "mac", A)], f"link address {A}"),
        ([(0, "10.0.0.5", "mac", A), (0, "2001:db8::5", "mac", A)], f"link address {A}"),
        ([(0, "10.0.0.5", "name_dhcp", "lt-7"), (90, "10.0.0.9", "name_kerberos", "lt-7")],
         "host name lt-7 by DHCP, Kerberos"),
        # By cable and by radio: two link addresses, never at once.
        ([(0, "10.0.0.5", "mac", A), (0, "10.0.0.5", "name_dhcp", "lt-7"),
          (90, "10.0.0.9", "mac", B), (90, "10.0.0.9", "name_ntlm", "lt-7")],
         "host name lt-7 by DHCP, NTLM"),
        ([(0, "10.0.0.5", "name_mdns", "nas"), (0, "fe80::5", "name_mdns", "nas")],
         "host name nas by mDNS"),
        ([(0, "10.0.0.5", "certificate", "ab" * 32), (90, "10.0.0.9", "certificate", "ab" * 32)],
         "certificate abababababababab"),
    ],
)  # fmt: skip
def test_what_joins_two_addresses(said: list[tuple[int, str, str, str]], told: str) -> None:
    stays = devices(sayings(*said))
    assert stays["device"].n_unique() == 1
    assert stays["joined_by"].unique().to_list() == [told]
    assert stays["conflict"].null_count() == stays.height


@pytest.mark.parametrize(
    ("said", "conflict"),
    [
        ([(0, "10.0.0.5", "name_mdns", "phone"), (0, "10.0.0.9", "name_mdns", "phone")],
         "another machine bears the name phone at the same time"),
        ([(0, "10.0.0.5", "mac", A), (0, "10.0.0.5", "name_dhcp", "phone"),
          (0, "10.0.0.9", "mac", B), (0, "10.0.0.9", "name_dhcp", "phone")],
         "another machine bears the name phone at the same time"),
        ([(0, "10.0.0.5", "certificate", "ab"), (0, "10.0.0.9", "certificate", "ab")], None),
        ([(0, "10.0.0.5", "mac", A), (0, "10.0.0.5", "certificate", "ab"),
          (90, "10.0.0.9", "mac", B), (90, "10.0.0.9", "certificate", "ab")], None),
        ([(0, "10.0.0.5", "mac", A), (90, "10.0.0.9", "mac", B)], None),
    ],
)  # fmt: skip
def test_what_does_not_and_what_contradicts(
    said: list[tuple[int, str, str, str]], conflict: str | None
) -> None:
    stays = devices(sayings(*said))
    assert stays["device"].n_unique() == 2
    assert stays["conflict"].unique().to_list() == [conflict]
    assert stays["joined_by"].null_count() == stays.height


def test_an_address_that_changes_hands_is_two_stays() -> None:
    stays = devices(
        sayings(
            (0, "10.0.0.5", "mac", A), (0, "10.0.0.5", "name_dhcp", "lt-7"),
            (200, "10.0.0.5", "mac", B), (210, "10.0.0.5", "name_kerberos", "ws-1"),
            (300, "10.0.0.9", "mac", A), (310, "10.0.0.5", "ja4", "t13d"),
        )
    )  # fmt: skip
    assert stays.select("host", "name", "mac", "from_ns", "until_ns").rows() == [
        ("10.0.0.5", "lt-7", A, 0, 0),
        ("10.0.0.5", "ws-1", B, 200 * MINUTE, 310 * MINUTE),
        ("10.0.0.9", "lt-7", A, 300 * MINUTE, 300 * MINUTE),
    ]
    assert stays["ja4"].to_list() == [None, ["t13d"], None]
    assert stays["device"][0] == stays["device"][2] != stays["device"][1]
    told = identified(pl.DataFrame({"value": ["10.0.0.5", "10.0.0.9", "10.0.0.77"]}), stays)
    assert told.columns == ["value", *FACTS]
    rows = told.select("device", "device_addresses", "device_joined_by", "device_before").rows()
    assert rows == [
        ("ws-1", None, None, "lt-7"),
        ("lt-7", "10.0.0.5", f"link address {A}", None),
        (None, None, None, None),
    ]
    early = identified(pl.DataFrame({"value": ["10.0.0.5"]}), stays, 100 * MINUTE)
    assert early["device"].to_list() == ["lt-7"]


def test_two_link_addresses_at_one_address_are_told() -> None:
    stays = devices(sayings((0, "10.0.0.5", "mac", A), (0, "10.0.0.5", "mac", B)))
    assert stays["conflict"].to_list() == [f"2 link addresses within ten minutes: {A}, {B}"]
    # Who answers for another with his own link address is not that other.
    own = (0, "10.0.0.66", "mac", A)
    forged = devices(sayings(own, (0, "10.0.0.1", "mac", A), (0, "10.0.0.1", "mac", B)))
    assert forged["device"].n_unique() == 2


def test_what_is_joined_is_joined_with_what_that_is_joined_with() -> None:
    chain = [(n * 100, f"10.0.0.{n}", "mac", A) for n in range(1, 4)]
    names = [(n * 100, f"10.0.0.{n}", "name_dhcp", "lt-7") for n in range(3, 6)]
    assert together(devices(sayings(*chain, *names))) == {
        frozenset(f"10.0.0.{n}" for n in range(1, 6))
    }


def test_an_asset_is_known_again_by_its_link_address() -> None:
    stays = devices(sayings((0, "10.0.0.9", "mac", A)))
    rows = pl.DataFrame(
        {"place": ["10.0.0.5"], "asset": ["pay-1"], "owner": ["IT"], "criticality": ["high"],
         "role": [None], "system": [None], "macs": [[A]], "source": ["cmdb"],
         "confidence": [1.0], "refreshed_ns": [0]},
        schema_overrides={"role": pl.String, "system": pl.String},
    )  # fmt: skip
    base = {f"asset{end}": [None, "b"] for end in ("", "_owner", "_criticality", "_role",
                                                 "_system", "_source")}  # fmt: skip
    facts = pl.DataFrame({"value": ["10.0.0.9", "10.0.0.5"], **base})
    told = by_link_address(identified(facts, stays), stays, rows)
    assert told.select("asset", "asset_owner", "asset_source").rows() == [
        ("pay-1", "IT", f"cmdb (by link address {A})"), ("b", "b", "b"),
    ]  # fmt: skip


SAYING = st.tuples(
    st.integers(0, 400), st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1"]),
    st.sampled_from(["mac", "name_dhcp", "name_ntlm", "certificate", "service"]),
    st.sampled_from(["a", "b", "c"]),
)  # fmt: skip


@given(st.lists(SAYING, max_size=25), st.randoms(use_true_random=False))
def test_any_order_gives_the_same_devices(
    said: list[tuple[int, str, str, str]], dice: object
) -> None:
    shuffled = list(said)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]

    first, second = (devices(merged(sayings(*one))) for one in (said, shuffled))
    assert first.equals(second)
    assert set(first["host"]) == {host for _, host, _, _ in said}
    assert not first.select("host", "from_ns").is_duplicated().any()
