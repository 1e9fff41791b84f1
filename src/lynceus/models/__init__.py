"""Serving what was learned: artefacts in, judgements of flows out. Nothing here trains.

opened(folder, keys)     an artefact, after every check; else `ModelRefused` with the reason
Served(artefact)         a model at work
Scoring(models)          all models at once, as the engine runs them
shipped()                the models that come with the package
"""

from __future__ import annotations

from lynceus.models.artefact import Artefact, ModelRefused, opened
from lynceus.models.manifest import UNKNOWN, Manifest
from lynceus.models.registry import SHIPPED, Registry, default_folder
from lynceus.models.scoring import Scoring
from lynceus.models.served import Served

__all__ = [
    "UNKNOWN",
    "Artefact",
    "Manifest",
    "ModelRefused",
    "Registry",
    "Scoring",
    "Served",
    "opened",
    "serving",
    "shipped",
]


def shipped() -> tuple[list[Served], list[str]]:
    """The models that come with the package, and lines about those that were refused."""
    return Registry(SHIPPED).serving()


def serving() -> tuple[list[Served], list[str]]:
    """The models of this installation, and lines about those that were refused."""
    return Registry(default_folder()).serving()
