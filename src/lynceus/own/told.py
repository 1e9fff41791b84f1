"""What a detection of the user's says of itself: level, ATT&CK tags, name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lynceus.attack import TACTICS, TECHNIQUES
from lynceus.records import Severity

LEVELS: dict[str, Severity] = {
    "informational": "info",
    "info": "info",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "critical",
}
"""Levels as Sigma names them."""

TECHNIQUE = re.compile(r"t\d{4}(\.\d{3})?")


@dataclass(frozen=True)
class Told:
    """The head of a detection."""

    title: str
    id: str
    level: Severity
    tactic: str
    techniques: tuple[str, ...]


def name_of(path: Path) -> str:
    """The name of the detection in a file: its stem in lower case with underscores."""
    return re.sub(r"\W+", "_", path.stem.lower()).strip("_") or "detection"


def tagged(tags: Iterable[str]) -> tuple[str, tuple[str, ...], list[str]]:
    """Tactic and techniques of `attack.` tags, and the ATT&CK tags that mean neither.

    Without a tactic the first technique's own is taken. Tags of other namespaces say nothing here.
    """
    tactics, techniques, unknown = [], [], []
    for tag in tags:
        space, _, word = tag.strip().lower().partition(".")
        if space != "attack":
            continue
        word = word.replace("_", "-")
        if TECHNIQUE.fullmatch(word):
            techniques.append(word.upper())
        elif word in TACTICS:
            tactics.append(word)
        elif not re.fullmatch(r"[gs]\d{4}", word):
            unknown.append(tag.strip())
    known = [TECHNIQUES[t].tactic for t in techniques if t in TECHNIQUES]
    return next(iter([*tactics, *known]), ""), tuple(dict.fromkeys(techniques)), unknown
