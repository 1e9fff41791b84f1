"""The feeds of indicators, one file each."""

from __future__ import annotations

from lynceus.intel.feeds.delimited import Delimited
from lynceus.intel.feeds.feodo import Feodo
from lynceus.intel.feeds.misp_event import MispEvent
from lynceus.intel.feeds.misp_feed import MispFeed
from lynceus.intel.feeds.misp_rest import MispRest
from lynceus.intel.feeds.otx import Otx
from lynceus.intel.feeds.recorded_future import RecordedFuture
from lynceus.intel.feeds.spamhaus_drop import SpamhausDrop
from lynceus.intel.feeds.sslbl import Sslbl
from lynceus.intel.feeds.stix_bundle import StixBundle
from lynceus.intel.feeds.taxii import Taxii
from lynceus.intel.feeds.threatconnect import Threatconnect
from lynceus.intel.feeds.threatfox import Threatfox
from lynceus.intel.feeds.tor_exits import TorExits
from lynceus.intel.feeds.urlhaus import Urlhaus
from lynceus.intel.indicator_feed import IndicatorFeed
from lynceus.registry import load

BUILTIN: tuple[type, ...] = (
    Delimited,
    StixBundle,
    Taxii,
    MispFeed,
    MispEvent,
    MispRest,
    Threatfox,
    Urlhaus,
    Sslbl,
    Feodo,
    SpamhausDrop,
    TorExits,
    Otx,
    RecordedFuture,
    Threatconnect,
)
"""The feeds that ship."""


def formats() -> dict[str, type[IndicatorFeed]]:
    """All feeds by name, plugins of `lynceus.intel` last."""
    return load("intel", BUILTIN)
