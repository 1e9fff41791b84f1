"""Which groups and software of MITRE ATT&CK an incident overlaps with. Never who it was.

Many groups use the same few techniques, so beside each overlap stands its base rate: how many of
all groups overlap at least as much. Few techniques, or a high base rate, say nothing.
"""

from __future__ import annotations

import json
import lzma
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lynceus.enrich.lists import ListError, read_list
from lynceus.incident import Incident
from lynceus.intel.reading import Object, objects, told

MOST_BYTES = 256 * 2**20
FEWEST = 3
"""Techniques below which nothing is compared."""
KINDS = {"intrusion-set": "group", "malware": "software", "tool": "software"}


@dataclass(frozen=True)
class Overlap:
    """One group or software that shares techniques with an incident."""

    name: str
    kind: str
    """`group` or `software`."""
    shared: tuple[str, ...]
    share: float
    """Of the techniques of the incident, 0..1."""
    base_rate: float
    """Share of all of its kind that overlap at least as much, 0..1."""

    def __str__(self) -> str:
        return (
            f"overlaps with {self.kind} {self.name}: {self.share:.0%} of the techniques "
            f"({', '.join(self.shared)}); {self.base_rate:.0%} of all known ones of this kind "
            "overlap as much"
        )


@dataclass(frozen=True)
class Attack:
    """Groups and software of ATT&CK with the techniques they use."""

    uses: dict[str, dict[str, frozenset[str]]]
    """By kind and name."""
    by_software: dict[str, tuple[str, ...]]
    """Groups that use a software, by its name or alias in lower case."""

    @staticmethod
    def load(path: Path) -> Attack:
        """Reads a STIX bundle of ATT&CK, plain or packed (gz, xz). Raises `ListError`."""
        try:
            given = json.loads(_text(path))
            known = {i: o for _, o in objects(given["objects"]) if o and (i := told(o.get("id")))}
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, ListError):
                raise
            raise ListError(f"{path}: expected a STIX bundle of ATT&CK") from None
        used: dict[str, set[str]] = defaultdict(set)
        for one in known.values():
            if one.get("relationship_type") == "uses" and not _gone(one):
                used[str(one.get("source_ref"))].add(str(one.get("target_ref")))
        uses: dict[str, dict[str, frozenset[str]]] = {"group": {}, "software": {}}
        by_software: dict[str, list[str]] = defaultdict(list)
        for identity, one in known.items():
            kind = KINDS.get(str(one.get("type")))
            name = told(one.get("name"))
            if kind is None or name is None or _gone(one):
                continue
            targets = [known[t] for t in sorted(used[identity]) if t in known]
            uses[kind][name] = frozenset(i for t in targets if (i := _technique(t)))
            for target in targets if kind == "group" else ():
                for alias in _names(target):
                    by_software[alias].append(name)
        if not uses["group"] and not uses["software"]:
            raise ListError(f"{path}: holds no groups and no software of ATT&CK")
        return Attack(uses, {alias: tuple(sorted(set(g))) for alias, g in by_software.items()})

    def overlaps(self, techniques: Collection[str], most: int = 5) -> list[Overlap]:
        """The groups and software that overlap most, those first that few others equal."""
        wanted = sorted(set(techniques))
        if len(wanted) < FEWEST:
            return []
        found = []
        for kind, known in self.uses.items():
            shared = {name: _shared(wanted, own) for name, own in known.items()}
            for name, both in shared.items():
                if len(both) >= 2:
                    as_much = sum(len(other) >= len(both) for other in shared.values())
                    share, rate = len(both) / len(wanted), as_much / len(known)
                    found.append(Overlap(name, kind, both, share, rate))
        return sorted(found, key=lambda o: (o.base_rate, -o.share, o.name))[:most]

    def users(self, incident: Incident) -> dict[str, tuple[str, ...]]:
        """Groups known to use the software that an indicator of the incident is called by."""
        named = {
            str(name).lower()
            for finding in incident.findings
            if (name := finding.evidence.get("indicator_name"))
        }
        return {n: self.by_software[n] for n in sorted(named) if n in self.by_software}


def _text(path: Path) -> str:
    if path.suffix != ".xz":
        return read_list(path)
    try:
        with lzma.open(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, lzma.LZMAError, EOFError) as error:
        raise ListError(f"{path}: cannot be read: {error}") from None
    if len(content) > MOST_BYTES:
        raise ListError(f"{path}: more than {MOST_BYTES // 2**20} MiB, expected ATT&CK")
    return content.decode("utf-8", errors="replace")


def _gone(one: Object) -> bool:
    return one.get("revoked") is True or one.get("x_mitre_deprecated") is True


def _technique(one: Object) -> str | None:
    """The id of a technique; None for what is none."""
    if one.get("type") != "attack-pattern":
        return None
    for _, reference in objects(one.get("external_references")):
        if reference and str(reference.get("source_name")).startswith("mitre-"):
            return told(reference.get("external_id"))
    return None


def _names(one: Object) -> set[str]:
    aliases: Any = one.get("x_mitre_aliases")
    given = [one.get("name"), *(aliases if isinstance(aliases, list) else [])]
    return (
        {str(name).lower() for name in given if told(name)} if one.get("type") in KINDS else set()
    )


def _shared(wanted: Collection[str], own: frozenset[str]) -> tuple[str, ...]:
    """Techniques of an incident that another uses: the same, or one a part of the other."""
    parents = {technique.partition(".")[0] for technique in own}
    return tuple(
        t
        for t in wanted
        if t in own or t.partition(".")[0] in own or ("." not in t and t in parents)
    )
