"""`claimed`: what a conversation says that it is."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.features.claimed import BOTH, BOUNDED, BY_PORT, CLAIMED


@pytest.mark.parametrize(
    ("service", "port", "claimed"),
    [("dns", 5300, "dns"), (None, 123, "ntp"), ("tls", 853, "dns"), ("tls", 443, None),
     ("http", 53, "http"), (None, 40_000, None)],
)  # fmt: skip
def test_content_speaks_before_the_port(
    service: str | None, port: int, claimed: str | None
) -> None:
    row = pl.DataFrame(
        {"service": [service], "resp_p": [port]},
        schema={"service": pl.String, "resp_p": pl.UInt16},
    )
    assert row.select(CLAIMED).item() == claimed


def test_every_port_claims_something_that_is_bounded() -> None:
    assert set(BY_PORT.values()) <= set(BOUNDED)
    assert all(set(ways) <= set(BOTH) for ways in BOUNDED.values())
