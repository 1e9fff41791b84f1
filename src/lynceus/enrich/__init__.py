"""Facts about the ends of a flow, the names and the fingerprints in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lynceus.enrich.address import AddressClass
from lynceus.enrich.assets import Assets
from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.geography import Geography
from lynceus.enrich.home import HomeNetworks
from lynceus.enrich.intel import (
    AddressIndicators,
    CertificateIndicators,
    CertificateSha1Indicators,
    DomainIndicators,
    FingerprintIndicators,
    Indicators,
    Ja4Indicators,
    Standing,
    UrlIndicators,
)
from lynceus.enrich.lists import ListError
from lynceus.enrich.networks import KnownNetworks
from lynceus.protocols import Enricher
from lynceus.registry import load

BUILTIN: tuple[type, ...] = (
    AddressClass,
    KnownNetworks,
    DomainFacts,
    AddressIndicators,
    DomainIndicators,
    FingerprintIndicators,
    Ja4Indicators,
    CertificateIndicators,
    CertificateSha1Indicators,
    UrlIndicators,
    Assets,
    Geography,
)
"""The enrichers that ship, in the order their facts are joined."""

__all__ = [
    "BUILTIN", "Assets", "Geography", "HomeNetworks", "Indicators", "ListError", "Standing",
    "enrichers",
]  # fmt: skip


def enrichers(
    home: HomeNetworks | Sequence[str],
    intel: Sequence[str | Path] | Indicators | Standing = (),
    assets: str | Path | Assets | None = None,
    geography: Geography | None = None,
) -> list[Enricher]:
    """The enrichers of an analysis.

    The facts of indicators, assets and geography are there (and null) without a list as well, so
    that a reader of the facts finds the same columns always. Indicators that are `Standing` may be
    replaced while flows run. Plugins of `lynceus.enrich` are made without arguments and come last.
    Raises `ListError` on a list that cannot be used, ValueError on a home network that is none.
    """
    networks = home.networks if isinstance(home, HomeNetworks) else tuple(home)
    given = intel if isinstance(intel, Indicators | Standing) else Indicators.load(intel)
    indicators = given if isinstance(given, Standing) else Standing(given)
    owned = assets if isinstance(assets, Assets) else Assets(assets)
    made: dict[type, Callable[[], Enricher]] = {
        AddressClass: lambda: AddressClass(networks),
        AddressIndicators: lambda: AddressIndicators(indicators),
        DomainIndicators: lambda: DomainIndicators(indicators),
        FingerprintIndicators: lambda: FingerprintIndicators(indicators),
        Ja4Indicators: lambda: Ja4Indicators(indicators),
        CertificateIndicators: lambda: CertificateIndicators(indicators),
        CertificateSha1Indicators: lambda: CertificateSha1Indicators(indicators),
        UrlIndicators: lambda: UrlIndicators(indicators),
        Assets: lambda: owned,
        Geography: lambda: geography or Geography(),
    }
    return [made.get(cls, cls)() for cls in load("enrich", BUILTIN).values()]
