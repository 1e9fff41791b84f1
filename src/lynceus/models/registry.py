"""The models of this installation: signed directories, and of each name which version serves.

    FOLDER/NAME-VERSION/     artefacts, as they were checked when they came
    FOLDER/registry.json     by name: the version that serves, the one before, and how it serves
    FOLDER/trusted.keys      public keys beside those of the package

The folder is `models` in $LYNCEUS_HOME, or in ~/.local/share/lynceus. Models that come with the
package serve too, where the registry has none of their name.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lynceus.models.artefact import MANIFEST, SIGNATURE, Artefact, ModelRefused, opened
from lynceus.models.manifest import Name
from lynceus.models.served import Served
from lynceus.models.signature import public_keys, shipped_keys

SHIPPED = Path(__file__).parent / "shipped"
"""Where the models that come with the package lie."""
STATE, KEYS = "registry.json", "trusted.keys"

Mode = Literal["alert", "shadow"]
"""How a version serves: as its gate allows, or scored and stored without ever alerting."""


class ModelRegistryError(ValueError):
    """What cannot be done with the models that are there; the text says why."""


class Place(BaseModel):
    """Which version of a name serves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    current: int = Field(ge=1)
    previous: int | None = None
    mode: Mode = "alert"


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    models: dict[Name, Place] = Field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A version as `lynceus models list` tells of it."""

    name: str
    version: int
    artefact: Artefact | None
    """None where it is refused."""
    refused: str
    """Why; empty where it is not."""
    serves: Mode | None
    shipped: bool


def default_folder() -> Path:
    """Where the registry of this installation lies."""
    named = os.environ.get("LYNCEUS_HOME")
    home = Path(named) if named else Path.home() / ".local" / "share" / "lynceus"
    return home / "models"


@dataclass(frozen=True)
class Registry:
    """The models in a folder, and those that come with the package."""

    folder: Path
    shipped: Path = SHIPPED

    @property
    def trusted(self) -> dict[str, str]:
        """Public keys and whose they are. Raises SigningKeyError."""
        path = self.folder / KEYS
        return shipped_keys() | (public_keys(path) if path.exists() else {})

    def rows(self) -> list[Row]:
        """All versions, refused ones too, by name and version."""
        places, trusted = self._places(), self.trusted
        rows = []
        for folder in (self.folder, self.shipped):
            for path in _artefacts(folder):
                name, _, version = path.name.rpartition("-")
                place = places.get(name)
                if folder == self.shipped:
                    newest = max(v for n, v in map(_parts, _artefacts(folder)) if n == name)
                    serves: Mode | None = "alert" if not place and int(version) == newest else None
                else:
                    serves = place.mode if place and place.current == int(version) else None
                row = Row(name, int(version), None, "", serves, folder == self.shipped)
                try:
                    rows.append(replace(row, artefact=opened(path, trusted)))
                except ModelRefused as error:
                    rows.append(replace(row, refused=str(error)))
        return sorted(rows, key=lambda row: (row.name, row.version, row.shipped))

    def path(self, label: str) -> Path:
        """The folder of an artefact by `NAME-VERSION`, or by NAME the one that serves or the
        newest. Raises ModelRegistryError."""
        rows = self.rows()
        named = [row for row in rows if f"{row.name}-{row.version}" == label]
        if not named:
            of_name = [row for row in rows if row.name == label]
            named = [row for row in of_name if row.serves] or of_name[-1:]
        if not named:
            known = ", ".join(sorted({f"{row.name}-{row.version}" for row in rows})) or "none"
            raise ModelRegistryError(f"{label}: there is no such model; there are {known}")
        row = named[0]
        return (self.shipped if row.shipped else self.folder) / f"{row.name}-{row.version}"

    def add(self, path: Path) -> Artefact:
        """Takes an artefact in, after every check. Raises ModelRefused, ModelRegistryError."""
        artefact = opened(path, self.trusted)
        Served(artefact)
        there = self.folder / artefact.manifest.label
        if there.exists():
            raise ModelRegistryError(f"{artefact.manifest.label}: there is such a version already")
        self._write_artefact(path, there, (MANIFEST, SIGNATURE, *artefact.payload))
        return artefact

    def promote(self, label: str, mode: Mode = "alert") -> Place:
        """Has a version serve; the one that served is kept as the one before.

        Raises ModelRefused where it would not be served, ModelRegistryError where there is none, or
        where it may not alert because it did not pass its gate.
        """
        path = self.path(label)
        artefact = opened(path, self.trusted)
        Served(artefact)
        manifest = artefact.manifest
        if mode == "alert" and not manifest.gate.passed:
            raise ModelRegistryError(
                f"{manifest.label}: did not pass its gate and may not alert; "
                "--shadow has it score without being shown"
            )
        places = self._places()
        before = places.get(manifest.name)
        if path.parent == self.shipped:
            self._write_artefact(
                path, self.folder / path.name, (MANIFEST, SIGNATURE, *artefact.payload)
            )
        previous = None
        if before is not None:
            same = before.current == manifest.version
            previous = before.previous if same else before.current
        place = Place(current=manifest.version, previous=previous, mode=mode)
        self._keep({**places, manifest.name: place})
        return place

    def rollback(self, name: str) -> Place:
        """Has the version before serve again. Raises ModelRegistryError, ModelRefused."""
        places = self._places()
        place = places.get(name)
        if place is None or place.previous is None:
            raise ModelRegistryError(f"{name}: there is no version before to go back to")
        artefact = opened(self.folder / f"{name}-{place.previous}", self.trusted)
        Served(artefact)
        mode: Mode = "alert" if artefact.manifest.gate.passed else "shadow"
        back = Place(current=place.previous, previous=place.current, mode=mode)
        self._keep({**places, name: back})
        return back

    def serving(self) -> tuple[list[Served], list[str]]:
        """The models at work in the order in which they are asked, and a line about each that is
        not: the user's own before those of the package, and those that read packets first.

        Where the version that should serve is refused, the one before goes on.
        """
        trusted, told = self.trusted, []
        models: dict[str, Served] = {}
        for name, place in sorted(self._places().items()):
            for version in (place.current, place.previous):
                if version is None or name in models:
                    continue
                try:
                    artefact = opened(self.folder / f"{name}-{version}", trusted)
                    models[name] = Served(_in_mode(artefact, place.mode))
                except ModelRefused as error:
                    told.append(f"a model is not used: {error}")
        known, own = set(self._places()), set(models)
        for path in sorted(_artefacts(self.shipped), key=lambda p: _parts(p)[1], reverse=True):
            name, _ = _parts(path)
            if name in models or name in known:
                continue
            try:
                models[name] = Served(opened(path, trusted))
            except ModelRefused as error:
                told.append(f"a model is not used: {error}")

        def turn(model: Served) -> tuple[bool, bool, str]:
            told = model.manifest
            return told.name not in own, told.tier != "packet", model.label

        return sorted(models.values(), key=turn), told

    def _places(self) -> Mapping[str, Place]:
        path = self.folder / STATE
        if not path.exists():
            return {}
        try:
            return _State.model_validate_json(path.read_bytes()).models
        except OSError as error:
            raise ModelRegistryError(f"{path}: cannot be read: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"])) or "the file"
            raise ModelRegistryError(f"{path}: {field}: {first['msg']}") from None

    def _keep(self, places: Mapping[str, Place]) -> None:
        """Writes the state in one step, so that a reader sees the old one or the new one."""
        told = {name: place.model_dump() for name, place in sorted(places.items())}
        new = self.folder / f".{STATE}.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps({"models": told}, indent=1) + "\n", encoding="utf-8")
            new.replace(self.folder / STATE)
        except OSError as error:
            raise ModelRegistryError(
                f"{self.folder}: cannot be written: {error.strerror}"
            ) from None

    def _write_artefact(self, source: Path, target: Path, names: tuple[str, ...]) -> None:
        """Copies the files of an artefact and nothing else that lies beside them."""
        if target.exists():
            return
        new = target.with_name(f".{target.name}.new")
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            for name in names:
                shutil.copyfile(source / name, new / name)
            new.rename(target)
        except OSError as error:
            raise ModelRegistryError(f"{target}: cannot be written: {error.strerror}") from None


def _in_mode(artefact: Artefact, mode: Mode) -> Artefact:
    if mode == "alert":
        return artefact
    gate = artefact.manifest.gate.model_copy(update={"passed": False})
    return replace(artefact, manifest=artefact.manifest.model_copy(update={"gate": gate}))


def _artefacts(folder: Path) -> list[Path]:
    """Folders named like artefacts."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and _parts(p)[1] > 0)


def _parts(path: Path) -> tuple[str, int]:
    name, _, version = path.name.rpartition("-")
    plain = version.isascii() and version.isdecimal() and name and not name.startswith(".")
    return name, int(version) if plain else 0
