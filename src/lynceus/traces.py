"""Golden traces: traffic in, accepted findings and incidents out.

A trace is a folder with `case.toml` and `accepted.jsonl` (the findings and incidents that were
reviewed). Its traffic comes from the lab (the case names the scenario, its seed and evasions) or
lies beside the case in `input/`: small captures or logs of our own making. Either way the case
holds the digest of the bytes. A `policy.toml` beside the case is the user's policy; what lies in
`history/` was seen before, and a baseline is learned from it. Flows are judged by the models that
ship, whatever others this installation has.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lynceus.analysis import analyze
from lynceus.baseline.warm_start import learned
from lynceus.lab import generate
from lynceus.models import shipped

SHOWN = ("detector", "orig_h", "resp_h", "resp_p", "proto", "service", "domain", "orig_role",
         "resp_role", "severity", "score", "confidence", "because", "flows_total")  # fmt: skip
"""What of a finding is part of the accepted output."""


@dataclass(frozen=True)
class Trace:
    """One golden trace."""

    folder: Path
    scenario: str = ""
    seed: int = 0
    evasions: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""

    @staticmethod
    def read(folder: Path) -> Trace:
        """The trace of a folder."""
        case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
        return Trace(folder, **case)

    def run(self, scratch: Path) -> tuple[str, list[str]]:
        """The digest of the capture and the lines of output, in a stable order."""
        if self.scenario:
            lab = generate(self.scenario, seed=self.seed, out=scratch / "lab", **self.evasions)
            inputs, intel, assets = list(lab.captures), [lab.intel] if lab.intel else [], lab.assets
        else:
            inputs, intel, assets = self._beside(), [], None
        digest = hashlib.sha256()
        for given in inputs:
            for path in sorted(given.iterdir()) if given.is_dir() else [given]:
                digest.update(path.read_bytes())
        policy = self.folder / "policy.toml"
        found = analyze(
            inputs,
            intel=intel,
            assets=assets,
            policy=policy if policy.exists() else None,
            baseline=self._learned(scratch),
            models=shipped()[0],
        )
        lines = [
            {"finding": {name: row[name] for name in SHOWN if row[name] is not None}}
            for row in found.findings.sort("detector", "window_start_ns", "id").to_dicts()
        ]
        lines += [
            {
                "incident": {
                    "title": incident.title,
                    "severity": incident.severity,
                    "confidence": incident.confidence,
                    "score": incident.score,
                    "entities": [f"{entity.role} {entity.id}" for entity in incident.entities],
                    "sentences": [sentence.text for sentence in incident.sentences],
                }
            }
            for incident in found.incidents
        ]
        return digest.hexdigest(), [json.dumps(line, ensure_ascii=False) for line in lines]

    def _learned(self, scratch: Path) -> Path | None:
        """A baseline that knows the history beside the case; None where there is no history."""
        history = self.folder / "history"
        if not history.is_dir():
            return None
        learned(sorted(history.iterdir()), scratch / "baseline")
        return scratch / "baseline"

    def _beside(self) -> list[Path]:
        """The input beside the case: several logs of Zeek are one folder, whose rows belong
        together; anything else is a file of its own."""
        folder = self.folder / "input"
        files = sorted(folder.iterdir())
        return [folder] if all(path.suffix == ".log" for path in files) else files

    def accepted(self) -> list[str]:
        """The lines that were reviewed and accepted."""
        path = self.folder / "accepted.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    def accept(self, scratch: Path) -> bool:
        """Writes what comes out now as accepted; says whether that changed anything."""
        digest, lines = self.run(scratch)
        changed = lines != self.accepted() or digest != self.sha256
        case = [f'scenario = "{self.scenario}"', f"seed = {self.seed}"] if self.scenario else []
        case += [f'sha256 = "{digest}"']
        if self.evasions:
            case += [
                "",
                "[evasions]",
                *(f"{k} = {json.dumps(v)}" for k, v in self.evasions.items()),
            ]
        (self.folder / "case.toml").write_text("\n".join(case) + "\n", encoding="utf-8")
        (self.folder / "accepted.jsonl").write_text(
            "".join(line + "\n" for line in lines), encoding="utf-8"
        )
        return changed


def traces(root: Path) -> Iterator[Trace]:
    """All traces below a folder, by name."""
    for case in sorted(root.glob("*/case.toml")):
        yield Trace.read(case.parent)
