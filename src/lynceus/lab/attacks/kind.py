"""What every attack is, and how its actors and times are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lynceus.lab.evasions import Evasions, LabError
from lynceus.lab.hosts import LINUX, WINDOWS, Host, Stack
from lynceus.lab.names import NETWORKS, public_address
from lynceus.lab.scene import Scene
from lynceus.lab.truth import Deed


@dataclass(frozen=True)
class Attack:
    """One attack; its name is the name of the detector that should find it."""

    name: str
    takes: tuple[str, ...]
    """Evasions it understands."""
    stage: Callable[[Scene, Evasions], Deed]
    """Plays it into the scene and tells what was done."""


def insiders(scene: Scene, count: int, stack: Stack | None = None) -> list[Host]:
    """Workstations that take part. One intruder's machine is often among several attacks."""
    fit = [h for h in scene.network.clients if stack is None or h.stack is stack]
    fit = fit or list(scene.network.clients)
    if count > len(fit):
        raise LabError(f"sources: there are {len(fit)} workstations for it, not {count}")
    intruder = scene.root.fork("intruder").pick(scene.network.clients)
    if intruder in fit and scene.dice.chance(0.35):
        rest = scene.dice.sample([h for h in fit if h is not intruder], count - 1)
        return [intruder, *rest]
    return scene.dice.sample(fit, count)


def outsiders(scene: Scene, count: int, stack: Stack = LINUX) -> list[Host]:
    """Machines somewhere on the Internet."""
    dice = scene.dice
    hosts = []
    for i in range(count):
        ip = public_address(dice, NETWORKS["hosting"] if dice.chance(0.5) else ())
        host = scene.network.outside(f"outside-{i}", ip, min(dice.lognormal(0.08, 0.5), 0.3))
        hosts.append(replace(host, stack=stack))
    return hosts


def victim(scene: Scene, apart_from: list[Host], outside_can_reach: bool = False) -> Host:
    """Somebody inside: a server that is reachable from outside, or anybody."""
    if outside_can_reach:
        return scene.network.role("web_server")
    ips = {h.ip for h in apart_from}
    return scene.dice.pick([h for h in scene.network.hosts if h.ip not in ips])


def begin(scene: Scene, duration_s: float) -> float:
    """When it starts: anywhere in the working day from which it can come to its end."""
    low = scene.day_start_s + 0.03 * (scene.day_end_s - scene.day_start_s)
    high = min(scene.day_end_s, scene.length_s - 60) - duration_s
    return scene.dice.uniform(low, max(low + 1, high))


def schedule(scene: Scene, count: int, gap_s: float, jitter: float | None) -> list[float]:
    """Times of so many steps, cut at the end of the capture; at least the first is in it.

    Without a `jitter` the waits vary as those of a tool that does not care.
    """
    t, times = begin(scene, gap_s * count), []
    spread = 0.4 if jitter is None else jitter
    for _ in range(count):
        if t >= scene.length_s:
            break
        times.append(t)
        t += gap_s * (1 + spread * scene.dice.uniform(-1, 1))
    return times


def windows_hosts(scene: Scene, apart_from: list[Host]) -> list[Host]:
    """Windows machines others can reach, in drawn order."""
    ips = {h.ip for h in apart_from}
    fit = [h for h in scene.network.hosts if h.stack is WINDOWS and h.ip not in ips]
    return scene.dice.sample(fit, len(fit))
