"""What the learned detectors are worth, a task a file: trained on one part, measured on another.

A task trains anew from the data it is given, cuts them by time, host, capture or file order, and
tells its figures with what was wanted of them, whether that was reached or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol, cast

from lynceus.learn.evaluate.anomalous_host_days import AnomalousHostDays
from lynceus.learn.evaluate.benign_networks import BenignNetworks
from lynceus.learn.evaluate.cicids_families import CicidsFamilies
from lynceus.learn.evaluate.cross_data import CrossData
from lynceus.learn.evaluate.encrypted_applications import EncryptedApplications
from lynceus.learn.evaluate.encrypted_malware import EncryptedMalware
from lynceus.learn.evaluate.family_left_out import FamilyLeftOut
from lynceus.learn.evaluate.nsl_kdd_attacks import NslKddAttacks
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.evaluate.stratosphere_captures import StratosphereCaptures
from lynceus.learn.evaluate.unsw_attacks import UnswAttacks
from lynceus.learn.evaluate.vpn_applications import VpnApplications
from lynceus.registry import load as registered

__all__ = ["BUILTIN", "Figure", "Part", "Result", "Task", "tasks"]


class Task(Protocol):
    """Something that is measured. The docstring says how, for the page of figures."""

    title: ClassVar[str]

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Trains and measures on the sets found in a folder; with `trained_on` the sets there are
        trained on whole and those of `data` tested on whole.

        Raises `DatasetError` where a set is not there or cannot be used.
        """
        ...


BUILTIN: tuple[type, ...] = (
    CicidsFamilies,
    FamilyLeftOut,
    UnswAttacks,
    BenignNetworks,
    CrossData,
    AnomalousHostDays,
    StratosphereCaptures,
    NslKddAttacks,
    VpnApplications,
    EncryptedApplications,
    EncryptedMalware,
)
"""The tasks, in the order in which they are printed."""


def tasks() -> Mapping[str, type[Task]]:
    """All tasks by name."""
    return cast("Mapping[str, type[Task]]", registered("evaluate", BUILTIN))
