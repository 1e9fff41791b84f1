"""The tables `[assets]` and `[people]` of the configuration.

assets = "assets.csv"                 # only a list, or

[assets]
list = "assets.csv"                   # a CSV that a person keeps
store = "inventory"                   # the folder that `lynceus assets update` fills
stale_days = 30                       # a source that was not read for longer counts for less
countries = ["country.mmdb", "delegated-extended-latest"]
networks = ["asn.mmdb"]               # autonomous systems

[people]
privileged = ["domain admins"]        # members of these groups are privileged
present_hours = 12                    # so long after a login somebody is at an address
risk_days = 30                        # after so many days half of a person's history counts
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lynceus.inventory.settled import STALE_DAYS
from lynceus.own.toml_file import TomlFile
from lynceus.own.toml_table import checked, table_of
from lynceus.own.toml_text import toml

PRIVILEGED = (
    *("domain admins", "enterprise admins", "schema admins", "administrators"),
    *("account operators", "backup operators", "server operators", "print operators"),
    *("dnsadmins", "group policy creator owners", "key admins", "enterprise key admins"),
)
"""Groups of Active Directory whose members may take over the domain, in lower case."""


@dataclass(frozen=True)
class AssetSettings:
    """What a person set about machines."""

    list: Path | None = None
    """A CSV of assets."""
    store: Path | None = None
    """The folder of `lynceus assets`."""
    stale_days: float = STALE_DAYS
    """Days after which a source that was not read counts for less."""
    countries: tuple[Path, ...] = ()
    """Countries of addresses: MMDB files, and delegated statistics of the registries."""
    networks: tuple[Path, ...] = ()
    """Autonomous systems of addresses: MMDB files."""


@dataclass(frozen=True)
class PeopleSettings:
    """What a person set about people."""

    privileged: tuple[str, ...] = PRIVILEGED
    """Groups whose members are privileged, those within them included."""
    present_hours: float = 12.0
    """Hours after a login in which somebody counts as present."""
    risk_days: float = 30.0
    """Days after which an incident of a person counts half."""


def asset_settings(file: TomlFile, given: object) -> AssetSettings:
    """The settings of a path or of a table. Raises `lynceus.own.OwnFileError` naming the line."""
    if given is None:
        return AssetSettings()
    if isinstance(given, str):
        given = {"list": given}
    told = checked(file, table_of(AssetSettings), given, "[assets")
    for name in ("list", "countries", "networks"):
        if name in told:
            many = isinstance(told[name], tuple)
            paths = told[name] if many else (told[name],)
            there = tuple(_there(file, name, path) for path in paths)
            told[name] = there if many else there[0]
    if told.get("store") is not None:
        told["store"] = _folder(file, told["store"])
    if told.get("stale_days") == 0:
        raise file.refused("[assets] stale_days 0: expected a number above 0", "stale_days")
    return AssetSettings(**told)


def people_settings(file: TomlFile, given: object) -> PeopleSettings:
    """The settings of a table. Raises `lynceus.own.OwnFileError` naming the line."""
    if given is None:
        return PeopleSettings()
    told: dict[str, Any] = checked(file, table_of(PeopleSettings), given, "[people")
    for name in ("present_hours", "risk_days"):
        if told.get(name) == 0:
            raise file.refused(f"[people] {name} 0: expected a number above 0", name)
    if "privileged" in told:
        told["privileged"] = tuple(group.strip().lower() for group in told["privileged"])
    return PeopleSettings(**told)


def _there(file: TomlFile, name: str, path: Path) -> Path:
    where = file.path.parent / path
    if not where.is_file():
        word = "assets" if name == "list" else name
        raise file.refused(
            f"{word} {str(path)!r}: there is no such file or directory", str(path), name
        )
    return where


def _folder(file: TomlFile, path: Path) -> Path:
    where = file.path.parent / path
    if where.exists() and not where.is_dir():
        raise file.refused(f"store {str(path)!r}: is a file; expected a folder", "store")
    return where


def starter() -> list[str]:
    """The tables to begin with: every key there is, as comments."""
    people = PeopleSettings()
    return [
        "# Machines and people of the site: docs/assets.md.",
        "# [assets]",
        '# list = "assets.csv"            # name, ip, owner, criticality, role',
        '# store = "inventory"            # `lynceus assets update` fills it',
        f"# stale_days = {STALE_DAYS}",
        '# countries = ["country.mmdb"]',
        '# networks = ["asn.mmdb"]        # autonomous systems',
        "# [people]",
        *(f"# {one.name} = {toml(getattr(people, one.name))}" for one in fields(people)),
    ]
