"""When people are at work, and the connections all of them make."""

from __future__ import annotations

from collections.abc import Iterator

from lynceus.lab.hello import Profile
from lynceus.lab.hosts import Host
from lynceus.lab.scene import Scene
from lynceus.lab.tcp import Tcp
from lynceus.lab.tls import Server, Tls

_BUSY = (0.3, 0.8, 1.0, 1.0, 0.9, 0.45, 0.8, 1.0, 1.0, 0.8, 0.5, 0.2)
"""How busy each twelfth of the working day is; the dip is lunch."""

_MOST_SMALL = 2
"""So often at most somebody does the same thing in a small capture."""


def busyness(scene: Scene, t: float) -> float:
    """0 outside the working day, up to 1 in its busiest hours."""
    share = (t - scene.day_start_s) / (scene.day_end_s - scene.day_start_s)
    return _BUSY[int(share * len(_BUSY))] if 0 <= share < 1 else 0.0


def moments(scene: Scene, mean_gap_s: float) -> Iterator[float]:
    """Times of something people do now and then, as often as the day is busy."""
    t = scene.day_start_s + scene.dice.exponential(mean_gap_s)
    left = _MOST_SMALL if scene.small else -1
    while t < scene.day_end_s and left:
        if scene.dice.chance(busyness(scene, t)):
            left -= 1
            yield t
        t += scene.dice.exponential(mean_gap_s * 0.75)


def every(
    scene: Scene, period_s: float, spread_s: float = 0.0, start: float = 0
) -> Iterator[float]:
    """Times of something a machine does regularly, with its small delays."""
    t = start + scene.dice.uniform(0, period_s)
    while t < scene.length_s:
        yield t + scene.dice.uniform(0, spread_s)
        t += period_s


def secure(  # noqa: PLR0913 - who calls whom, how and when
    scene: Scene,
    host: Host,
    profile: Profile,
    name: str,
    t: float,
    *,
    port: int = 443,
    resumed: bool = False,
) -> Tls:
    """Looks a name up and opens a TLS session to it."""
    known, service = scene.resolver.resolve(scene, host, name, t)
    tcp = Tcp(scene, host, service.host, port, known + scene.dice.uniform(2e-4, 2e-3)).open()
    server = Server(name, service.issuer, service.tls13)
    return Tls(tcp, profile, server, name).handshake(resumed)


def plain(scene: Scene, host: Host, name: str, t: float) -> Tcp:
    """Looks a name up and opens a connection to its port 80."""
    known, service = scene.resolver.resolve(scene, host, name, t)
    return Tcp(scene, host, service.host, 80, known + scene.dice.uniform(2e-4, 2e-3)).open()
