"""Serving what was learned: artefacts in, judgements of flows out. Nothing here trains.

opened(folder, keys)     an artefact, after every check; else `ModelRefused` with the reason
Served(artefact)         a model at work
Scoring(models)          all models at once, as the engine runs them
shipped()                the models that come with the package
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from lynceus.models.artefact import Artefact, ModelRefused, opened
from lynceus.models.manifest import UNKNOWN, Manifest
from lynceus.models.scoring import Scoring
from lynceus.models.served import Served
from lynceus.models.signature import shipped_keys

__all__ = [
    "UNKNOWN",
    "Artefact",
    "Manifest",
    "ModelRefused",
    "Scoring",
    "Served",
    "opened",
    "served_from",
    "shipped",
]

SHIPPED = Path(__file__).parent / "shipped"
"""Where the models that come with the package lie."""


def served_from(
    folder: Path, trusted: Collection[str] | None = None
) -> tuple[list[Served], list[str]]:
    """The models of a folder of artefacts, those that read packets first, and lines about those
    that were refused. Of one name the newest version that passes every check is taken."""
    trusted = shipped_keys() if trusted is None else trusted
    taken: dict[str, Served] = {}
    told = []
    for path in sorted(folder.glob("*-*/"), key=_version, reverse=True):
        name = path.name.rpartition("-")[0]
        if name in taken or path.name.startswith("."):
            continue
        try:
            taken[name] = Served(opened(path, trusted))
        except ModelRefused as error:
            told.append(f"a model is not used: {error}")
    models = sorted(taken.values(), key=lambda m: (m.manifest.tier != "packet", m.label))
    return models, told


def shipped() -> tuple[list[Served], list[str]]:
    """The models that come with the package, and lines about those that were refused."""
    return served_from(SHIPPED)


def _version(path: Path) -> int:
    number = path.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1
