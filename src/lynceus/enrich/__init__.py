"""Facts about the ends of a flow, the names and the fingerprints in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from lynceus.enrich.address import AddressClass
from lynceus.enrich.assets import Assets
from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.home import HomeNetworks
from lynceus.enrich.intel import (
    AddressIndicators,
    DomainIndicators,
    FingerprintIndicators,
    Indicators,
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
    Assets,
)
"""The enrichers that ship, in the order their facts are joined."""

__all__ = ["BUILTIN", "Assets", "HomeNetworks", "Indicators", "ListError", "enrichers"]


def enrichers(
    home: HomeNetworks | Sequence[str],
    intel: Sequence[str | Path] | Indicators = (),
    assets: str | Path | Assets | None = None,
) -> list[Enricher]:
    """The enrichers of an analysis.

    The indicator and asset facts are there (and null) without a list as well, so that a reader of
    the facts finds the same columns always. Plugins of `lynceus.enrich` are made without arguments
    and come last.
    Raises `ListError` on a list that cannot be used, ValueError on a home network that is none.
    """
    networks = home.networks if isinstance(home, HomeNetworks) else tuple(home)
    indicators = intel if isinstance(intel, Indicators) else Indicators.load(intel)
    owned = assets if isinstance(assets, Assets) else Assets(assets)
    given: dict[type, Callable[[], Enricher]] = {
        AddressClass: lambda: AddressClass(networks),
        AddressIndicators: lambda: AddressIndicators(indicators),
        DomainIndicators: lambda: DomainIndicators(indicators),
        FingerprintIndicators: lambda: FingerprintIndicators(indicators),
        Assets: lambda: owned,
    }
    return [given.get(cls, cls)() for cls in load("enrich", BUILTIN).values()]
