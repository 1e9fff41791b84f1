"""The lab: seeded, byte-real captures of a small network with chosen attacks hidden in it.

A testing instrument, not evidence: it shows that a detector sees what it was made for, never how
it fares on real traffic.
"""

from __future__ import annotations

from lynceus.lab.evasions import EvasionOptions, LabError
from lynceus.lab.generation import LabResult, generate
from lynceus.lab.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "EvasionOptions", "LabError", "LabResult", "generate"]
