"""From a scenario and a seed to files: capture, truth, indicators, assets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

from lynceus.lab import office
from lynceus.lab.attacks import ATTACKS
from lynceus.lab.attacks.kind import Attack
from lynceus.lab.evasions import EvasionOptions, Evasions, LabError
from lynceus.lab.names import public_address, rogue_name
from lynceus.lab.scenarios import Scenario, find_scenario, set_scene
from lynceus.lab.scene import Scene
from lynceus.lab.truth import truth_line

_MOST_SEED = 2**63 - 1
_MOST_DAYS = 1000
_DECOYS = 20
_ROLE_NAMES = {"dns_server": "dns server", "file_server": "file server", "client": "workstation"}


@dataclass(frozen=True)
class LabResult:
    """What was written."""

    captures: tuple[Path, ...]
    truth: Path
    intel: Path
    assets: Path
    packets: int
    """Packets in all captures."""
    bytes: int
    """Size of all captures."""


def generate(
    scenario: str, seed: int, out: str | Path, **evasions: Unpack[EvasionOptions]
) -> LabResult:
    """Writes a scenario's files into `out`, the same bytes for the same arguments.

    Raises LabError on arguments that mean nothing, or when `out` is not an empty directory and
    `force` is not given.
    """
    chosen = find_scenario(scenario)
    if not 0 <= seed <= _MOST_SEED:
        raise LabError(f"seed must be between 0 and {_MOST_SEED}, not {seed}")
    options = dict(evasions)
    attacks = _chosen_attacks(chosen, options)
    force = bool(options.pop("force", False))
    scale = _within("scale", options.pop("scale", None), 0.05, 10.0, 1.0)
    day = options.pop("day", 0)
    if not isinstance(day, int) or not 0 <= day <= _MOST_DAYS:
        raise LabError(f"day must be between 0 and {_MOST_DAYS}, not {day}")
    snaplen = options.pop("snaplen", None)
    if snaplen is not None:
        _within("snaplen", snaplen, 64, 262_144, 0)
    unknown = set(options) - set(Evasions.__dataclass_fields__)
    if unknown:
        raise LabError(f"unknown parameter {sorted(unknown)[0]!r}")
    knobs = Evasions(**options).check()  # type: ignore[arg-type]
    _understood(knobs, attacks)
    folder = _folder(Path(out), force)

    scene = set_scene(chosen, seed, scale, day)
    office.work(scene.fork("office"))
    lines = [_plant(scene, chosen, attack, knobs) for attack in attacks]
    capture = folder / f"{chosen.name}.pcap"
    limit = snaplen if isinstance(snaplen, int) else chosen.snaplen
    packets, size = scene.tape.write(capture, limit)
    files = [folder / name for name in ("truth.jsonl", "intel.csv", "assets.csv")]
    files[0].write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    files[1].write_text(_intel(scene), encoding="utf-8")
    files[2].write_text(_assets(scene), encoding="utf-8")
    return LabResult((capture,), files[0], files[1], files[2], packets, size)


def _plant(scene: Scene, chosen: Scenario, attack: Attack, knobs: Evasions) -> str:
    mine = knobs.taking(attack.takes)
    if attack.name == "exfiltration" and mine.megabytes is None:
        mine = replace(mine, megabytes=chosen.megabytes)
    with scene.tape.span() as span:
        deed = attack.stage(scene.fork("attack", attack.name), mine)
    return truth_line(attack.name, deed, span, scene.tape.start_ns)


def _chosen_attacks(chosen: Scenario, options: dict[str, object]) -> list[Attack]:
    """The scenario's attacks with `attack` added, or `only` those, and `without` some."""
    attack, only, without = (_names(n, options.pop(n, None)) for n in ("attack", "only", "without"))
    names = [*chosen.attacks]
    if attack:
        # Naming attacks of one's own means these and no others.
        names = attack
    if only:
        absent = [n for n in only if n not in names]
        if absent:
            raise LabError(f"only {absent[0]}: scenario {chosen.name} does not have it")
        names = [n for n in names if n in only]
    return [ATTACKS[n] for n in ATTACKS if n in names and n not in without]


def _names(option: str, given: object) -> list[str]:
    if given is None:
        return []
    texts: Iterable[object] = (given,) if isinstance(given, str) else given  # type: ignore[assignment]
    names = [n.strip().replace("-", "_") for text in texts for n in str(text).split(",")]
    for name in names:
        if name not in ATTACKS:
            raise LabError(f"{option}: unknown attack {name!r}; there are: {', '.join(ATTACKS)}")
    return names


def _understood(knobs: Evasions, attacks: list[Attack]) -> None:
    """Every given evasion means something to at least one planted attack."""
    for name in sorted(knobs.given()):
        if not any(name in attack.takes for attack in attacks):
            able = ", ".join(a.name for a in ATTACKS.values() if name in a.takes)
            raise LabError(f"{name} means nothing to the attacks planted; it is for: {able}")


def _within(name: str, given: object, low: float, high: float, default: float) -> float:
    if given is None:
        return default
    if not isinstance(given, int | float) or not low <= given <= high:
        raise LabError(f"{name} must be between {low} and {high}, not {given}")
    return float(given)


def _folder(out: Path, force: bool) -> Path:
    try:
        if out.exists() and not out.is_dir():
            raise LabError(f"{out} is not a directory")
        if out.is_dir() and any(out.iterdir()) and not force:
            raise LabError(f"{out} is not empty; --force writes into it all the same")
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"{out}: {error.strerror}") from error
    return out


def _intel(scene: Scene) -> str:
    """Indicators: those that occur, among many that do not."""
    dice = scene.root.fork("intel")
    rows = list(scene.indicators)
    for _ in range(_DECOYS):
        if dice.chance(0.5):
            rows.append((public_address(dice), "ip", "botnet controller"))
        else:
            rows.append((rogue_name(dice), "domain", "phishing site"))
    rows = dice.sample(rows, len(rows))
    return _table(("indicator", "type", "description", "source"), ((*r, "lab") for r in rows))


def _assets(scene: Scene) -> str:
    network = scene.network
    rows = [
        (h.name, h.ip, h.owner or "it", h.criticality,
         _ROLE_NAMES.get(h.role, h.role.replace("_", " ")))
        for h in (network.gateway, *network.hosts)
    ]  # fmt: skip
    return _table(("name", "ip", "owner", "criticality", "role"), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
