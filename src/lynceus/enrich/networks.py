"""Well-known networks: clouds, CDNs, public resolvers, VPN egresses, Tor nodes, sinkholes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from io import BytesIO
from typing import ClassVar

import numpy as np
import polars as pl

from lynceus.enrich.prefixes import (
    AddressEnricher,
    Addresses,
    Ints,
    Keys,
    PrefixTable,
    facts_at,
)

DATA = resources.files("lynceus.enrich").joinpath("data")


def _owners(frame: pl.DataFrame) -> Ints:
    owners: Ints = frame["network"].cast(pl.Int64).fill_null(-1).to_numpy()
    return owners


def _v6_starts(frame: pl.DataFrame) -> Keys:
    halves = np.stack([frame["first_hi"].to_numpy(), frame["first_lo"].to_numpy()], axis=1)
    wide = np.zeros((frame.height, 17), dtype=np.uint8)
    wide[:, 1:] = np.ascontiguousarray(halves.astype(">u8")).view(np.uint8).reshape(-1, 16)
    starts: Keys = wide.view("S17").ravel()
    return starts


@cache
def _tables() -> tuple[PrefixTable, pl.DataFrame]:
    """Whose each network is, and what is known of the owners; what ships is read once a process."""

    def read(name: str) -> pl.DataFrame:
        content = BytesIO(DATA.joinpath(name).read_bytes())
        return pl.read_csv(content) if name.endswith(".csv") else pl.read_parquet(content)

    v4, v6 = read("networks-v4.parquet"), read("networks-v6.parquet")
    table = PrefixTable.of_ranges(
        (v4["first"].cast(pl.Int64).to_numpy(), _owners(v4)), (_v6_starts(v6), _owners(v6))
    )
    return table, read("networks.csv").select("network", network_kind="kind")


class KnownNetworks(AddressEnricher):
    """Facts about the network that an address belongs to.

    `network` is a short name (`google`, `amazon-aws`, `cloudflare`, `tor-exit`), `network_kind`
    one of: hosting, open_resolver, parking, saas, cloud, sinkhole, cdn, crawler, vpn, blockpage,
    resolver, tor_relay, tor_exit. Where lists overlap, the stronger statement counts: the order
    just given is from weak to strong (an address in a cloud that is a Tor exit is a Tor exit);
    within one list the longest prefix. The lists, their dates and licences stand in
    `data/SOURCES.md`; they age, and a network that is in none says nothing.

    `hosting` (data centres and VPN providers) is broad, and `open_resolver` a list of addresses
    that once answered anybody: neither clears nor accuses a host.
    """

    columns: ClassVar[dict[str, pl.DataType]] = {
        "network": pl.String(),
        "network_kind": pl.String(),
    }

    def __init__(self) -> None:
        self._table, self._facts = _tables()

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """`network` and `network_kind` of each address."""
        return facts_at(addresses.value, self._table.find(addresses.parsed), self._facts)
