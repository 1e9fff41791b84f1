"""The noun that the analyst gives: what a person said of an incident."""

from __future__ import annotations

from dataclasses import dataclass

VERDICTS: dict[str, bool] = {
    "true_positive": True,
    "false_positive": False,
    "benign_unusual": False,
    "severity_wrong": True,
}
"""What may be said of an incident, and whether what it tells of is an attack."""


@dataclass(frozen=True)
class Verdict:
    """What a person said of one version of an incident, and why."""

    incident: str
    verdict: str
    """One of `VERDICTS`."""
    said_by: str
    why: str
    at_ns: int
    version: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError on a verdict that there is not."""
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict {self.verdict!r}: expected one of {', '.join(VERDICTS)}")
