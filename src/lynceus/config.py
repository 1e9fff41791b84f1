"""One TOML file for what a person sets: the site, its networks and lists, every threshold.

site = "office"
home = ["10.0.0.0/8"]
intel = ["indicators.csv"]         # files are looked for beside the configuration

[detect.beacon]                    # a detector by its name: its thresholds, or `off = true`
score = 0.8

[correlate.join]                   # and [correlate.score]: docs/incidents.md
fast_gap_s = 1800

What is left out is as the code has it. A key that does not exist is an error that names the nearest
one that does.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from lynceus import detect, language
from lynceus.correlate import CorrelateConfig
from lynceus.intel.settings import IntelSettings, settings
from lynceus.inventory.settings import (
    AssetSettings,
    PeopleSettings,
    asset_settings,
    people_settings,
)
from lynceus.inventory.settings import starter as inventory_starter
from lynceus.own.toml_file import TomlFile, nearest
from lynceus.own.toml_table import checked, table_of
from lynceus.own.toml_text import toml
from lynceus.threat_level import ThreatLevels

if TYPE_CHECKING:
    from lynceus.notify.settings import NotifySettings
    from lynceus.rewrite.settings import RewriteSettings

INTEL = "intel"
"""A list of files, or a table (`lynceus.intel.settings`)."""
ASSETS = "assets"
"""A list of assets, or a table (`lynceus.inventory.settings`)."""
FILES = ("suppress", "detections", "policy", "pseudonyms")
STATES = ("baseline", "threat_level")
"""What the program writes itself; it need not be there yet."""
TABLES = ("detect", "correlate")
OF_CORRELATE = ("join", "score", "priority", "urgency")
"""The tables in `[correlate]`."""
OF_A_RUN = ("run", "source", "cluster")
"""Tables that `lynceus.live.settings` reads."""
ALERTS = ("notify", "channel", "route", "maintenance")
"""Tables that `lynceus.notify.settings` reads."""
KEYS = (
    *("site", "home", INTEL, ASSETS, "people", *FILES, *STATES, "anomalies_per_day", "rewrite"),
    "report",
    *(*TABLES, *OF_A_RUN, *ALERTS),
)
OFF = "off"
"""The key of a detector's table that leaves it out."""
OF_ANOTHER_FILE = frozenset(
    {"policy_violation", "anomalous_host", "anomalous_pair", "anomalous_flow"}
)
"""Detectors whose rules stand in a file of their own, or are learned."""


@dataclass(frozen=True)
class Config:
    """What a person set; the defaults are those of the code."""

    site: str = "default"
    home: tuple[str, ...] = ()
    """Networks that are inside; none: inferred from the traffic."""
    intel: tuple[Path, ...] = ()
    """Lists of indicators, and the folder of a store of them."""
    threat_intel: IntelSettings = field(default_factory=IntelSettings)
    """The rest of what `[intel]` says."""
    assets: Path | None = None
    """A list of assets."""
    inventory: AssetSettings = field(default_factory=AssetSettings)
    """The rest of what `[assets]` says."""
    people: PeopleSettings = field(default_factory=PeopleSettings)
    suppress: Path | None = None
    detections: Path | None = None
    policy: Path | None = None
    pseudonyms: Path | None = None
    """The key with which the people of the site are given other names at ingest."""
    baseline: Path | None = None
    """What is usual here, learned by `lynceus baseline` and by every analysis."""
    threat_level: Path | None = None
    """How tense the times are: `lynceus threat-level` writes it."""
    anomalies_per_day: float | None = None
    """How many things a day are wanted that are told only because they are unusual."""
    detect: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Thresholds by detector."""
    off: frozenset[str] = frozenset()
    """Detectors that are left out."""
    correlate: CorrelateConfig = field(default_factory=CorrelateConfig)
    notify: NotifySettings | None = None
    """Who is told of incidents, and how; None: nobody."""
    rewrite: RewriteSettings | None = None
    """The language model that may rephrase incidents; None: none."""
    catalogue: NullTranslations = field(default_factory=language.english, compare=False)
    """The messages of the language that people are told in."""

    @staticmethod
    def load(path: str | Path) -> Config:
        """The configuration of a file. Raises `lynceus.own.OwnFileError`."""
        return _Reader(TomlFile.load(path)).config()

    def but(self, **said: Any) -> Config:
        """The same but for what is said (not None): networks, files and the site."""
        told = {name: value for name, value in said.items() if value is not None}
        for name, value in told.items():
            if name not in ("site", "anomalies_per_day"):
                told[name] = _as_said(name, value)
        return replace(self, **told)


def _as_said(name: str, value: Any) -> Path | tuple[Any, ...]:
    return Path(value) if name in (ASSETS, *FILES, *STATES) else tuple(value)


@dataclass(frozen=True)
class _Reader:
    file: TomlFile

    def config(self) -> Config:
        given = self.file.tables
        self._known(given, KEYS, "the configuration")
        thresholds, off = self._detectors(self._table(given, "detect"))
        intel = settings(self.file, given.get(INTEL))
        inventory = asset_settings(self.file, given.get(ASSETS))
        return Config(
            site=self._site(given.get("site", "default")),
            home=tuple(map(self._network, self._texts(given, "home"))),
            intel=intel.sources,
            threat_intel=intel,
            assets=inventory.list,
            inventory=inventory,
            people=people_settings(self.file, given.get("people")),
            **{name: self._there(name, self._text(name, given[name]))
               for name in FILES if name in given},
            **{name: self.file.path.parent / self._text(name, given[name])
               for name in STATES if name in given},
            anomalies_per_day=self._count(given.get("anomalies_per_day")),
            detect=thresholds,
            off=off,
            correlate=self._correlate(
                self._table(given, "correlate"), given.get("threat_level")
            ),
            notify=self._alerts(),
            rewrite=self._rewrite(given.get("rewrite")),
            catalogue=self._catalogue(self._table(given, "report")),
        )  # fmt: skip

    def _catalogue(self, given: Mapping[str, Any]) -> NullTranslations:
        """What `[report]` says: `language`, and for another than English the `catalogue`."""
        self._known(given, ("language", "catalogue"), "[report]")
        name = self._text("language", given.get("language", language.ENGLISH))
        if name == language.ENGLISH and "catalogue" not in given:
            return language.english()
        if "catalogue" not in given:
            reason = f"language {name!r}: only English comes with the program; name a catalogue"
            raise self.file.refused(reason, "language", heading="[report")
        path = self._there("catalogue", self._text("catalogue", given["catalogue"]))
        try:
            return language.of_file(path)
        except language.CatalogueError as error:
            raise self.file.refused(str(error), "catalogue", heading="[report") from None

    def _alerts(self) -> NotifySettings | None:
        if not any(key in self.file.tables for key in ALERTS):
            return None  # what no file asks for is not loaded
        from lynceus.notify.settings import read

        return read(self.file, detect.classes())

    def _rewrite(self, given: object) -> RewriteSettings | None:
        if given is None:
            return None
        from lynceus.rewrite.settings import rewrite_settings

        return rewrite_settings(self.file, given)

    def _known(self, given: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
        for key in given:
            if key not in keys:
                raise self.file.refused(f"{what} has no {key!r}{nearest(key, keys)}", key)

    def _table(self, given: Mapping[str, Any], name: str) -> dict[str, Any]:
        table = given.get(name, {})
        if not isinstance(table, dict):
            raise self.file.refused(f"{name}: expected a table [{name}]", name)
        return table

    def _text(self, name: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.file.refused(f"{name} {value!r}: expected a text in quotes", name)
        return value

    def _texts(self, given: Mapping[str, Any], name: str) -> list[str]:
        values = given.get(name, [])
        if not isinstance(values, list):
            raise self.file.refused(f'{name} {values!r}: expected a list such as ["..."]', name)
        return [self._text(name, value) for value in values]

    def _site(self, value: object) -> str:
        name = self._text("site", value)
        if not name.isprintable() or len(name) > 100:
            raise self.file.refused(
                f"site {name!r}: expected 1 to 100 printable characters", "site"
            )
        return name

    def _count(self, value: object) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
            reason = f"anomalies_per_day {value!r}: expected a number above 0"
            raise self.file.refused(reason, "anomalies_per_day")
        return float(value)

    def _network(self, text: str) -> str:
        try:
            ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            reason = f"home {text!r}: expected a network such as 192.0.2.0/24"
            raise self.file.refused(reason, text, "home") from None
        return text.strip()

    def _there(self, name: str, text: str) -> Path:
        path = self.file.path.parent / text
        if not path.exists():
            reason = f"{name} {text!r}: there is no such file or directory"
            raise self.file.refused(reason, text, name)
        return path

    def _detectors(
        self, tables: Mapping[str, Any]
    ) -> tuple[dict[str, dict[str, Any]], frozenset[str]]:
        models = detector_tables()
        thresholds: dict[str, dict[str, Any]] = {}
        off = set()
        for name, table in tables.items():
            heading = f"[detect.{name}"
            if name not in models:
                reason = f"there is no detector {name!r}{nearest(name, models)}"
                raise self.file.refused(reason, name)
            told = checked(self.file, models[name], table, heading)
            if told.pop(OFF, False):
                off.add(name)
            if told:
                thresholds[name] = told
        return thresholds, frozenset(off)

    def _correlate(self, tables: Mapping[str, Any], levels: object) -> CorrelateConfig:
        config = CorrelateConfig()
        parts = {name: getattr(config, name) for name in OF_CORRELATE}
        self._known(tables, tuple(parts), "[correlate]")
        for name in tables:
            heading = f"[correlate.{name}"
            told = checked(self.file, table_of(type(parts[name])), tables[name], heading)
            for key, value in told.items():
                if isinstance(value, Mapping):  # what a table leaves out is as it was
                    told[key] = {**getattr(parts[name], key), **value}
            try:
                parts[name] = replace(parts[name], **told)
            except ValueError as error:
                raise self.file.refused(f"{heading}] {error}", name, heading=heading) from None
        if levels is not None:
            path = self.file.path.parent / self._text("threat_level", levels)
            parts["levels"] = ThreatLevels.load(path)
        return CorrelateConfig(**parts)


@cache
def detector_tables() -> dict[str, type[BaseModel]]:
    """The table of each detector: its thresholds with their types, and `off`."""
    return {
        name: table_of(object if name in OF_ANOTHER_FILE else kind, off=(bool, False))
        for name, kind in detect.classes().items()
    }


def starter(networks: Sequence[str]) -> str:
    """A configuration to begin with: every key there is, those with a default as comments."""
    inside = ", ".join(f'"{network}"' for network in networks)
    lines = [
        "# What is left out, or commented out, is as the program has it.",
        'site = "default"                 # where the sensor stands',
        f"home = [{inside}]",
        "# Networks that are inside. An empty list: inferred from the traffic.",
        '# intel = ["indicators.csv"]     # lists of indicators; or a table, docs/intel.md',
        '# suppress = "suppress.toml"     # what is not to be told: `lynceus suppress`',
        '# detections = "detections"      # a folder of Sigma, SQL and Python of your own',
        '# policy = "policy.toml"         # what is allowed and forbidden',
        '# pseudonyms = "pseudonyms.key"  # other names for the people of the site',
        '# threat_level = "threat-level.toml"  # how tense the times are: `lynceus threat-level`',
        '# baseline = "baseline"          # what is usual here: `lynceus baseline learn`',
        "# anomalies_per_day = 3          # so many things are told only because they are unusual",
        "",
        *inventory_starter(),
        "",
        "# Who is told of incidents: docs/alerts.md.",
        "# [notify]",
        '# ledger = "ledger.db"           # the outbox is in it',
        "# after_analysis = true          # `lynceus analyze -c` sends what it found",
        "# [[channel]]",
        '# name = "soc"',
        '# kind = "slack"                 # one of: `lynceus alerts kinds`',
        '# token = { env = "SLACK_TOKEN" }',
        '# to = "#soc"',
        "# [[route]]",
        '# name = "all"',
        '# to = ["soc"]',
        "",
        "# The language that people are told in: docs/language.md.",
        "# [report]",
        '# language = "en"',
        "",
        "# A language model that may rephrase incidents, and no more: docs/rewrite.md.",
        "# [rewrite]",
        '# url = "http://127.0.0.1:11434/v1"',
        '# model = "llama3.1"',
        "",
        "# Thresholds, a table a detector; docs/detectors.md says what they mean.",
    ]
    for name, kind in detect.classes().items():
        lines += ["", f"# [detect.{name}]", f"# {OFF} = true"]
        if name not in OF_ANOTHER_FILE and is_dataclass(kind):
            lines += [f"# {one.name} = {toml(one.default)}" for one in fields(kind)]
    config = CorrelateConfig()
    for part in OF_CORRELATE:
        lines += ["", f"# [correlate.{part}]"]
        values = getattr(config, part)
        lines += [f"# {f.name} = {toml(getattr(values, f.name))}" for f in fields(values)]
    return "\n".join(lines) + "\n"
