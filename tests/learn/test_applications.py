"""`applications`: nDPI's names as kinds of application."""

from __future__ import annotations

import polars as pl
import pytest

from lynceus.learn.applications import _BY_NAME, APPLICATIONS, application


@pytest.mark.parametrize(
    ("said", "kind"),
    [("TLS.YouTube", "streaming"), ("DNS.YouTube", "network"), ("STUN.WhatsAppCall", "voip"),
     ("WireGuard", "vpn"), ("QUIC", "web"), ("TLS", None), ("Unknown", None), (None, None)],
)  # fmt: skip
def test_the_innermost_name_tells_the_kind(said: str | None, kind: str | None) -> None:
    told = pl.DataFrame({"ndpi": [said]}, schema={"ndpi": pl.String}).select(application()).item()
    assert told == kind


def test_every_kind_is_explained_and_has_names() -> None:
    assert set(_BY_NAME.values()) == set(APPLICATIONS)
