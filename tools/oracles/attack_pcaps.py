"""Captures of attacks whose ATT&CK tactic upstream states, and ordinary captures beside them.

Of the captures whose tactic is stated (not guessed from the file name), each must raise an
incident with that tactic, or with the technique that is stated: of medium severity or above, for
discovery of low or above. The others are listed with what was raised instead. The captures whose
tactic is only guessed are listed too and count for nothing. The controls are a call of FaceTime
and the captures of SMB, Kerberos, LDAP, RDP and DCE/RPC among those of protocols and applications,
by their names: none of them may raise an incident above low.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import polars as pl

from lynceus.analysis import Analysis
from lynceus.incident import Incident
from lynceus.ingest.inputs import InputError
from oracles import OracleTable, analysed, at, from_on

LEAST_SHARE = 0.8
"""Share of the captures with a stated tactic that must raise it."""

TACTIC = {
    "credaccess": "credential-access",
    "evasion": "defense-evasion",
    "command and control": "command-and-control",
}
"""Tactics as upstream writes them, where the name is not that of ATT&CK."""

UNSTATED = re.compile(r"guessed|see name|BENIGN")
CONTROL = re.compile(r"(?i)smb|nbss|krb|kerberos|ldap|rdp|dce")
CONTROL_FOLDERS = ("protocol-pcaps", "ndpi-apps")


def table(data: Path) -> OracleTable:
    """What each capture raised, against what upstream states of it."""
    rows: list[dict[str, object]] = []
    for line in csv.DictReader(at(data, "attack-pcaps/labels.csv").open(encoding="utf-8")):
        stated = line["tactic_or_label"]
        capture = at(data, f"attack-pcaps/{line['file']}")
        if stated.startswith("BENIGN"):
            rows.append(_control(line["file"], capture))
        elif UNSTATED.search(stated):
            rows.append(_row("guessed", line["file"], stated, None, analysed(capture).incidents))
        else:
            rows.append(_attack(line["file"], capture, stated, line["attack_technique"]))
    rows += [_control(path.name, path) for path in _controls(data)]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    attacks, controls = (frame.filter(pl.col("kind") == kind) for kind in ("attack", "control"))
    raised, quiet = int(attacks["ok"].sum()), int(controls["ok"].sum())
    share = raised / attacks.height
    return OracleTable(
        title="Attacks with a stated tactic",
        must_show=f"at least {LEAST_SHARE:.0%} of the captures whose tactic is stated raise an "
        "incident with it, medium or above where it is more than discovery; no ordinary capture "
        "of the same protocols one above low",
        rows=frame,
        verdict=share >= LEAST_SHARE and quiet == controls.height,
        summary=f"{raised} of {attacks.height} captures raise the stated tactic ({share:.1%}); "
        f"{controls.height - quiet} of {controls.height} ordinary captures one above low",
    )


def _attack(name: str, capture: Path, stated: str, technique: str) -> dict[str, object]:
    word = stated.split(" - ", maxsplit=1)[0].strip().lower()
    tactic = TACTIC.get(word, re.sub(r"[ _]", "-", word))
    least = from_on("low" if tactic == "discovery" else "medium")
    known = {t for t in technique.split(";") if t}
    incidents = analysed(capture).incidents
    ok = any(
        i.severity in least and (tactic in i.tactics or known & set(i.techniques))
        for i in incidents
    )
    return _row("attack", name, tactic, ok, incidents)


def _control(name: str, capture: Path) -> dict[str, object]:
    try:
        analysis: Analysis = analysed(capture)
    except InputError as error:
        return {"kind": "control", "capture": name, "stated": str(error), "raised": "", "ok": True}
    quiet = not any(i.severity in from_on("medium") for i in analysis.incidents)
    return _row("control", name, "ordinary", quiet, analysis.incidents)


def _controls(data: Path) -> list[Path]:
    found = (path for folder in CONTROL_FOLDERS for path in (data / folder).rglob("*cap*"))
    return sorted(path for path in found if path.is_file() and CONTROL.search(path.name))


def _row(
    kind: str, name: str, stated: str, ok: bool | None, incidents: list[Incident]
) -> dict[str, object]:
    raised = [f"{i.severity} {i.title} [{', '.join(i.tactics)}]" for i in incidents]
    return {
        "kind": kind,
        "capture": name,
        "stated": stated,
        "raised": "; ".join(raised[:3]),
        "ok": ok,
    }
