"""What can be played: a whole office day, or one attack in little traffic."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from lynceus.lab.attacks import ATTACKS
from lynceus.lab.dice import Dice
from lynceus.lab.evasions import LabError
from lynceus.lab.names import Directory
from lynceus.lab.network import build_network
from lynceus.lab.resolver import Resolver
from lynceus.lab.scene import Scene
from lynceus.lab.wire import Tape

_HOUR_S = 3600.0
_MERGED_BYTES = 62_000


@dataclass(frozen=True)
class Scenario:
    """A network, a stretch of time, and the attacks in it."""

    name: str
    attacks: tuple[str, ...]
    starts: datetime.datetime
    length_s: float
    clients: int = 16
    sites: int = 240
    small: bool = False
    snaplen: int | None = None
    """Bytes kept of each frame; None keeps all."""
    merged: bool = False
    """Whether the capture was made on a card that merges segments."""
    scale: float = 1.0
    """How much benign traffic there is, before the user's own scale."""
    megabytes: float | None = None
    """What exfiltration carries out here, unless told otherwise."""


_DAY = datetime.datetime(2026, 3, 10, 6, 30, tzinfo=datetime.UTC)
_SMALL_DAY = datetime.datetime(2026, 3, 11, 9, 0, tzinfo=datetime.UTC)
_LARGE = {"brute_force", "flood", "beacon", "long_connection", "exfiltration", "dns_tunnel",
          "lateral_movement"}  # fmt: skip
"""Attacks that need most of a small capture for themselves."""
_SMALL_LENGTH_S = {"beacon": 1800.0, "long_connection": 2.5 * _HOUR_S, "exfiltration": 900.0}


def _small(name: str, attacks: tuple[str, ...]) -> Scenario:
    length = next((_SMALL_LENGTH_S[a] for a in attacks if a in _SMALL_LENGTH_S), 600.0)
    out = "exfiltration" in attacks
    large = bool(_LARGE & set(attacks))
    return Scenario(
        name, attacks, _SMALL_DAY, length, clients=4, sites=30, small=True,
        snaplen=272 if out else None, merged=out, scale=0.4 if large else 1.0,
        megabytes=22.0 if out else None,
    )  # fmt: skip


SCENARIOS: dict[str, Scenario] = {
    s.name: s
    for s in (
        Scenario("office-day", tuple(ATTACKS), _DAY, 11 * _HOUR_S),
        Scenario("office-quiet", (), _DAY, 11 * _HOUR_S),
        _small("quiet", ()),
        *(_small(name.replace("_", "-"), (name,)) for name in ATTACKS),
    )
}
"""All scenarios by name."""


def find_scenario(name: str) -> Scenario:
    """The scenario of a name. Raises LabError."""
    found = SCENARIOS.get(name.replace("_", "-"))
    if found is None:
        raise LabError(f"unknown scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    return found


def set_scene(chosen: Scenario, seed: int, scale: float, day: int = 0) -> Scene:
    """The stage before anybody acts, so many working days after the first one.

    The network and the names that are known on it are the seed's; what happens is the day's too.
    """
    root = Dice(seed, chosen.name)
    start_ns = int(_working_day(chosen.starts, day).timestamp()) * 1_000_000_000
    network = build_network(root.fork("network"), chosen.clients, chosen.small)
    directory = Directory(network, root.fork("names"), chosen.sites)
    if day:
        root = root.fork("day", str(day))
    return Scene(
        Tape(start_ns, chosen.length_s), network, directory, Resolver(network, directory), root,
        root.fork("scene"), chosen.small, scale * chosen.scale,
        _MERGED_BYTES if chosen.merged else 0,
        day_start_s=10.0 if chosen.small else 5400.0,
        day_end_s=chosen.length_s - (5.0 if chosen.small else 3600.0),
    )  # fmt: skip


def _working_day(first: datetime.datetime, later: int) -> datetime.datetime:
    """So many days later, Saturdays and Sundays not counted; `first` is none of them."""
    weeks, days = divmod(first.weekday() + later, 5)
    return first + datetime.timedelta(days=7 * weeks + days - first.weekday())
