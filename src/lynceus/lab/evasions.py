"""How an attack hides: parameters that replace what its seed would draw."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, TypedDict


class LabError(ValueError):
    """An argument the lab cannot use; the text is one line for the user."""


class EvasionOptions(TypedDict, total=False):
    """Keyword arguments of `generate` besides scenario, seed and out."""

    attack: list[str] | tuple[str, ...] | str
    only: list[str] | tuple[str, ...] | str
    without: list[str] | tuple[str, ...] | str
    force: bool
    day: int
    scale: float
    snaplen: int
    jitter: float
    interval: float
    slow: float
    sources: int
    padding: int
    megabytes: float
    ports: int
    targets: int
    tries: int
    hours: float
    service: str
    style: str
    origin: str
    port: int


@dataclass(frozen=True)
class Evasions:
    """What was asked for; None leaves it to the seed."""

    jitter: float | None = None
    """Share of the interval by which each wait differs at most, 0 to 0.95."""
    interval: float | None = None
    """Seconds between two beats, tries or queries."""
    slow: float = 1.0
    """Factor by which every wait of the attack is longer, 0.01 to 100000."""
    sources: int | None = None
    """How many machines take part."""
    padding: int = 0
    """Up to so many random bytes added to each message."""
    megabytes: float | None = None
    """Amount carried out, in 10^6 bytes."""
    ports: int | None = None
    """Ports tried."""
    targets: int | None = None
    """Machines tried or reached."""
    tries: int | None = None
    """Passwords, packets of a flood, addresses asked for, or tunnelled queries."""
    hours: float | None = None
    """How long it lasts."""
    service: str | None = None
    """Protocol used: ssh rdp smb ftp, tls http."""
    style: str | None = None
    """Variant of the attack."""
    origin: str | None = None
    """`inside` or `outside`."""
    port: int | None = None
    """Port of the service attacked or called."""

    def given(self) -> set[str]:
        """Names of the parameters that differ from their defaults."""
        return {f.name for f in fields(self) if getattr(self, f.name) != f.default}

    def taking(self, names: tuple[str, ...]) -> Evasions:
        """Only those of the parameters; the others are as if not given."""
        kept: dict[str, Any] = {n: getattr(self, n) for n in self.given() & set(names)}
        return Evasions(**kept)

    def check(self) -> Evasions:
        """Raises LabError on values out of range."""
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise LabError(f"{name} must be between {low} and {high}, not {value}")
        if self.origin not in (None, "inside", "outside"):
            raise LabError(f"origin must be inside or outside, not {self.origin!r}")
        return self

    def used(self, **drawn: Any) -> dict[str, Any]:
        """What the attack ran with: the given parameters and the drawn ones."""
        return {n: getattr(self, n) for n in sorted(self.given())} | drawn


_RANGES: dict[str, tuple[float, float]] = {
    "jitter": (0, 0.95),
    "interval": (0.01, 86_400),
    "slow": (0.01, 100_000),
    "sources": (1, 200),
    "padding": (0, 60_000),
    "megabytes": (0.01, 500),
    "ports": (1, 65_535),
    "targets": (1, 5000),
    "tries": (1, 200_000),
    "hours": (0.001, 24),
    "port": (1, 65_535),
}


def choose(name: str, given: str | None, allowed: tuple[str, ...], drawn: str) -> str:
    """The given value when it is allowed, else the drawn one. Raises LabError."""
    if given is None:
        return drawn
    if given not in allowed:
        raise LabError(f"{name} must be one of {', '.join(allowed)} here, not {given!r}")
    return given
