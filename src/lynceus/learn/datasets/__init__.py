"""Labelled data sets, known by their content: one file a set.

A new set is a class in a file of its own and one line in `BUILTIN`, or a class of another package
under the entry point `lynceus.datasets`.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Protocol, cast

from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets.attack_captures import AttackCaptures
from lynceus.learn.datasets.binetflow import Binetflow
from lynceus.learn.datasets.capture import Capture
from lynceus.learn.datasets.cicids2017 import Cicids2017
from lynceus.learn.datasets.incidents import Incidents
from lynceus.learn.datasets.iscx_vpn2016 import IscxVpn2016
from lynceus.learn.datasets.ndpi_apps import NdpiApps
from lynceus.learn.datasets.nsl_kdd import NslKdd
from lynceus.learn.datasets.stratosphere import Stratosphere
from lynceus.learn.datasets.unsw_nb15 import UnswNb15
from lynceus.learn.mapping import Mapped
from lynceus.registry import load as registered


class Loader(Protocol):
    """One kind of data set."""

    title: ClassVar[str]
    """Its proper name."""
    expects: ClassVar[str]
    """What a file of it looks like, a few words for messages."""
    faults: ClassVar[tuple[str, ...]]
    """Known faults, a sentence each."""
    gives: ClassVar[tuple[Mapped, ...]]
    """Flow columns that it gives, and how they are made."""
    lacks: ClassVar[dict[str, str]]
    """Why it does not give others, by the beginning of their names; `` for all the rest."""

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether the file or directory holds this set."""
        ...

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """The set. Raises `DatasetError`."""
        ...


BUILTIN: tuple[type, ...] = (
    Cicids2017,
    UnswNb15,
    NslKdd,
    IscxVpn2016,
    Stratosphere,
    Binetflow,
    Capture,
    AttackCaptures,
    NdpiApps,
    Incidents,
)


def loaders() -> dict[str, type[Loader]]:
    """All data sets by name, built-ins and plugins."""
    return cast("dict[str, type[Loader]]", registered("datasets", BUILTIN))


def recognised(path: str | Path) -> str:
    """The name of the set that a file or directory holds. Raises `DatasetError`."""
    path = Path(path)
    if not path.exists():
        raise DatasetError(f"{path}: there is no such file or directory")
    sets = loaders()
    for name, loader in sets.items():
        if loader.recognise(path):
            return name
    expected = "; ".join(f"{name} ({loader.expects})" for name, loader in sets.items())
    raise DatasetError(f"{path}: not a data set that is known; expected {expected}")


def load(name: str | None, path: str | Path) -> Dataset:
    """The data set of this name (None: whichever it is) in a file or directory.

    Raises `DatasetError` naming the file and the column or label that is wrong.
    """
    sets = loaders()
    name = name or recognised(path)
    if name not in sets:
        raise DatasetError(f"{name!r}: no such data set; expected one of {', '.join(sets)}")
    if not Path(path).exists():
        raise DatasetError(f"{path}: there is no such file or directory")
    return sets[name].load(Path(path))
