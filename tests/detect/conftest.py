"""What tests of detectors share: addresses that the shipped facts know."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from io import BytesIO

import polars as pl
import pytest

from lynceus.enrich.networks import DATA


@pytest.fixture(scope="session")
def address_of() -> Callable[[str], str]:
    """An IPv4 address of a network of this kind (`tor_exit`, `cloud`, `saas` ...).

    Taken from the shipped lists, for these change from release to release.
    """
    kinds = pl.read_csv(BytesIO(DATA.joinpath("networks.csv").read_bytes()))
    ranges = pl.read_parquet(BytesIO(DATA.joinpath("networks-v4.parquet").read_bytes()))

    def find(kind: str) -> str:
        known = ranges.join(
            kinds.select(network=pl.col("id").cast(pl.UInt16), kind="kind"), on="network"
        )
        return str(ipaddress.ip_address(known.filter(kind=kind)["first"][0]))

    return find
