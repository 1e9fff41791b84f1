"""The tables `[notify]`, `[[channel]]`, `[[route]]` and `[[maintenance]]` of the configuration."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lynceus.notify.channel import Channel
from lynceus.notify.channels import classes
from lynceus.notify.routing import Maintenance, Route, Routing
from lynceus.own.complaint import OwnFileError
from lynceus.own.toml_file import TomlFile, nearest
from lynceus.secret import FOLDER

KIND = "kind"
"""The key of a channel's table that says which service it is."""

_Model = TypeVar("_Model", bound=BaseModel)


class _Notify(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    ledger: str = ""
    timezone: str = "UTC"
    after_analysis: bool = False
    wait_s: float = Field(default=20.0, ge=0, le=3600, allow_inf_nan=False)

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("expected a time zone such as Europe/Berlin") from None
        return value


@dataclass(frozen=True)
class NotifySettings:
    """What a person set about alerts."""

    ledger: str = ""
    """The file or URL of the ledger whose outbox is used; empty: that of `lynceus run` where the
    configuration has one, else `ledger.db` beside the configuration."""
    after_analysis: bool = False
    """Whether `lynceus analyze` sends what it found."""
    wait_s: float = 20.0
    """So long it waits for channels; what is not sent by then stays in the outbox."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    routing: Routing = field(default_factory=lambda: Routing(()))

    @property
    def told(self) -> str:
        """In a few words."""
        return f"{len(self.channels)} channels, {len(self.routing.routes)} routes"


def read(file: TomlFile, detectors: Collection[str]) -> NotifySettings:
    """The settings of a configuration; routes may name these detectors. Raises `OwnFileError`."""
    return _Reader(file, detectors).settings()


@dataclass(frozen=True)
class _Reader:
    file: TomlFile
    detectors: Collection[str]

    def settings(self) -> NotifySettings:
        told = self._model(_Notify, self.file.tables.get("notify", {}), "[notify]", 1)
        channels = dict(self._channels())
        routes = tuple(self._each(Route, "route"))
        self._names(routes, channels)
        maintenance = tuple(self._each(Maintenance, "maintenance"))
        there = not told.ledger or "://" in told.ledger
        return NotifySettings(
            ledger=told.ledger if there else str(self.file.path.parent / told.ledger),
            after_analysis=told.after_analysis,
            wait_s=told.wait_s,
            channels=channels,
            routing=Routing(routes, maintenance, ZoneInfo(told.timezone)),
        )

    def _tables(self, name: str) -> list[dict[str, Any]]:
        tables = self.file.tables.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
            raise self.file.refused(f"{name}: expected tables [[{name}]]", name)
        return tables

    def _each(self, model: type[_Model], name: str) -> Iterable[_Model]:
        for number, table in enumerate(self._tables(name), 1):
            yield self._model(model, table, f"[[{name}]]", number)

    def _channels(self) -> Iterable[tuple[str, Channel]]:
        known = classes() if "channel" in self.file.tables else {}
        names = set()
        for number, table in enumerate(self._tables("channel"), 1):
            heading = "[[channel]]"
            kind = table.get(KIND)
            if not isinstance(kind, str) or kind not in known:
                more = nearest(str(kind), known) or f"; expected one of {', '.join(known)}"
                reason = f"[[channel]] {number}: there is no kind {kind!r}{more}"
                raise self.file.refused(reason, KIND, heading=heading, number=number)
            rest = {key: value for key, value in table.items() if key != KIND}
            channel = self._model(known[kind], rest, heading, number)
            if channel.name in names:
                reason = f"[[channel]] {number}: the name {channel.name!r} is taken"
                raise self.file.refused(reason, "name", heading=heading, number=number)
            names.add(channel.name)
            yield channel.name, channel

    def _names(self, routes: Iterable[Route], channels: Mapping[str, Channel]) -> None:
        """Complains about what a route names that is not there."""
        taken = set()
        for number, route in enumerate(routes, 1):
            said = [*route.to, *(one for step in route.escalate for one in step.to)]
            wrong = [("channel", one) for one in said if one not in channels]
            wrong += [("detector", one) for one in route.detectors if one not in self.detectors]
            for what, one in wrong:
                known: Collection[str] = channels if what == "channel" else self.detectors
                reason = f"[[route]] {number}: there is no {what} {one!r}{nearest(one, known)}"
                raise self._at("[[route]]", number, reason, one)
            if route.name in taken:
                reason = f"[[route]] {number}: the name {route.name!r} is taken"
                raise self._at("[[route]]", number, reason, "name")
            taken.add(route.name)

    def _at(self, heading: str, number: int, reason: str, word: str) -> OwnFileError:
        return self.file.refused(reason, word, heading=heading, number=number)

    def _model(self, model: type[_Model], table: object, heading: str, number: int) -> _Model:
        """A table as its model. Complains about the first value that cannot be."""
        which = f"{heading} {number}" if heading.startswith("[[") else heading
        if not isinstance(table, dict):
            raise self.file.refused(f"{heading}: expected a table", heading.strip("[]"))
        try:
            return model.model_validate(table, context={FOLDER: self.file.path.parent})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = [str(part) for part in first["loc"] if not str(part).startswith("function-")]
            key = place[0] if place else ""
            if first["type"] == "extra_forbidden":
                reason = f"{which} has no {key!r}{nearest(key, model.model_fields)}"
            elif first["type"] == "missing":
                reason = f"{which} has no {key!r}; it is needed"
            else:
                said = first["msg"].replace("Input should be", "expected")
                reason = f"{which} {key}: {said.removeprefix('Value error, ')}".replace(" :", ":")
            raise self._at(heading, number, reason, key or heading.strip("[]")) from None
