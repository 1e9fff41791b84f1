"""`ingest/pseudonym.py`: nobody of the site is named, and the key reveals everybody."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynceus.account import Account
from lynceus.ingest.pseudonym import (
    ADDRESSES,
    CLIENT_OF,
    FREE,
    MACS,
    NAMES,
    SUBJECT_OF,
    PseudonymError,
    Pseudonymised,
    Pseudonyms,
)
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform
from lynceus.testing import flow, flows

PUBLISHED = bytes([
    21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
    216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
])  # fmt: skip
"""The key of the published samples of Crypto-PAn."""
KEY = PUBLISHED + bytes(range(32))
EVERYWHERE = Pseudonyms(KEY, ("0.0.0.0/0", "::/0"))
SITE = Pseudonyms(KEY)


def test_addresses_are_those_of_the_published_samples() -> None:
    given = ["128.11.68.132", "129.118.74.4", "130.132.252.244", "141.223.7.43"]
    made = ["135.242.180.132", "134.136.186.123", "133.68.164.234", "141.167.8.160"]
    assert EVERYWHERE.addresses(given) == made
    assert EVERYWHERE.addresses(made, back=True) == given


def shared_bits(one: str, other: str) -> int:
    a, b = (ipaddress.ip_address(text) for text in (one, other))
    return a.max_prefixlen - (int(a) ^ int(b)).bit_length()


@given(st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)))
def test_shared_prefixes_are_kept_and_everything_comes_back(pair: tuple[object, object]) -> None:
    texts = [str(address) for address in pair]
    made = EVERYWHERE.addresses(texts)
    assert shared_bits(*made) == shared_bits(*texts)
    assert EVERYWHERE.addresses(made, back=True) == texts


def test_only_inside_addresses_change_and_stay_in_their_network() -> None:
    given = ["10.1.2.3", "192.168.7.1", "fd00::5", "8.8.8.8", "2001:db8::1", "224.0.0.1", "x", ""]
    made = SITE.addresses(given)
    assert made[3:] == given[3:]
    for before, after in zip(given[:3], made[:3], strict=True):
        assert before != after
        assert ipaddress.ip_address(after).is_private
    assert SITE.addresses(made, back=True) == given


@given(st.binary(min_size=6, max_size=6))
def test_devices_keep_their_maker(octets: bytes) -> None:
    mac = ":".join(f"{octet:02x}" for octet in octets)
    made = SITE.mac(mac)
    assert made[:8] == mac[:8]
    assert SITE.mac(made, back=True) == mac
    assert (made == mac) or not octets[0] & 1


@given(st.text(min_size=1).filter(lambda text: text.partition("@")[0]))
def test_names_come_back(name: str) -> None:
    made = SITE.name(name)
    assert made == SITE.name(name)
    assert SITE.revealed(made) == name
    assert not name.partition("@")[0].startswith(made)


def test_a_batch_names_nobody() -> None:
    rows = conform(
        flows([flow(orig_h="10.0.0.5", resp_h="203.0.113.9", orig_l2_addr="00:11:22:33:44:55")]),
        FLOW_SCHEMA,
    ).with_columns(community_id=pl.lit("1:abc="))
    tables = {
        "dns": {"uid": rows["uid"][0], "orig_h": "10.0.0.5", "query": "a.example",
                "answers": ["10.0.0.7", "203.0.113.1"]},
        "kerberos": {"client": "ada", "host_name": "ADA-PC"},
        "ssh": {"client": "SSH-2.0-OpenSSH_9"},
        "smtp": {"rcptto": ["ada@corp.example"], "subject": "to Ada"},
        "alert": {"message": "Ada was here", "signature": "ET SCAN"},
    }  # fmt: skip
    given = {
        name: conform(pl.DataFrame({c: [v] for c, v in row.items()}), EVENT_SCHEMAS[name])
        for name, row in tables.items()
    }
    made = SITE.batch(Batch(rows, given, 7))
    assert made.watermark_ns == 7
    told = str([made.flows.to_dicts(), *(t.to_dicts() for t in made.events.values())])
    for name in ("10.0.0.5", "10.0.0.7", "33:44:55", "ada", "ADA-PC", "Ada", "1:abc="):
        assert name not in told, name
    for kept in ("203.0.113.9", "203.0.113.1", "a.example", "@corp.example", "OpenSSH", "ET SCAN"):
        assert kept in told, kept
    assert made.events["dns"]["uid"].to_list() == made.flows["uid"].to_list()
    assert made.events["dns"]["orig_h"].to_list() == made.flows["orig_h"].to_list()
    assert {n: t.schema for n, t in made.events.items()} == {n: t.schema for n, t in given.items()}


def test_every_column_that_is_named_exists() -> None:
    columns = {*FLOW_SCHEMA, *(c for schema in EVENT_SCHEMAS.values() for c in schema)}
    assert columns >= (ADDRESSES | MACS | NAMES | FREE)
    assert set(EVENT_SCHEMAS) >= (CLIENT_OF | SUBJECT_OF)


def test_a_source_keeps_its_account() -> None:
    class One:
        account = Account(received=1, kept=1)

        def batches(self):  # type: ignore[no-untyped-def]
            yield Batch(flows([flow(orig_h="10.0.0.5")]))

    source = Pseudonymised(One(), SITE)
    [batch] = source.batches()
    assert batch.flows["orig_h"].to_list() != ["10.0.0.5"]
    assert source.account.kept == 1
    assert source.progress() == 0


def test_a_key_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    path.write_text(Pseudonyms(KEY, ("10.0.0.0/8",)).written(), encoding="utf-8")
    assert Pseudonyms.load(path) == Pseudonyms(KEY, ("10.0.0.0/8",))
    assert KEY.hex() not in repr(Pseudonyms.load(path))


@pytest.mark.parametrize("text", ["", "key = 3", 'key = "ab"', 'key = "zz"', "key ="])
def test_what_is_no_key(tmp_path: Path, text: str) -> None:
    path = tmp_path / "site.key"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PseudonymError, match=r"site\.key"):
        Pseudonyms.load(path)


@pytest.mark.parametrize("value", ["ada", "p-", "p-abc", "p-" + "a" * 26])
def test_what_is_no_pseudonym(value: str) -> None:
    with pytest.raises(PseudonymError, match=r"expected an address|no pseudonym of this key"):
        SITE.revealed(value)
