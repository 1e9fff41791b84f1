"""The user's own incidents and what he said of them.

A directory that `lynceus analyze --out` wrote, with `verdicts.jsonl` in it: a line a verdict with
`incident` (an id or its beginning), `verdict` (true_positive, false_positive, benign_unusual or
severity_wrong), `said_by` and `why`. The flows behind an incident bear
its verdict; of several verdicts about one incident the last counts.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.features import vector
from lynceus.learn import json_lines
from lynceus.learn.dataset import Dataset, DatasetError, files_below, of_tables
from lynceus.learn.families import OF_DETECTOR
from lynceus.learn.mapping import Mapped
from lynceus.results import INCIDENTS, Results, ResultsError
from lynceus.verdict import VERDICTS

SAID = "verdicts.jsonl"


class Incidents:
    """Result directories with verdicts."""

    title: ClassVar[str] = "Own incidents with verdicts"
    expects: ClassVar[str] = f"a result directory with {INCIDENTS} and {SAID}"
    faults: ClassVar[tuple[str, ...]] = (
        "Only what a detector spoke of was judged: of attacks that nobody saw there is nothing.",
        "A verdict is of an incident, not of each of its flows.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(
        Mapped(name, pl.col(name), "equal, where the source of the analysis knew it")
        for name in vector.needs("packet")
    )
    lacks: ClassVar[dict[str, str]] = {}

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether there are incidents and verdicts about them."""
        return bool(_folders(path))

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """The flows of judged incidents of all result directories. Raises `DatasetError`."""
        folders = _folders(path)
        if not folders:
            raise DatasetError(f"{path}: no {SAID} beside an {INCIDENTS} in it")
        return of_tables(cls, [folder / SAID for folder in folders], _part)


def _folders(path: Path) -> list[Path]:
    if path.is_file():
        return []
    folders = [file.parent for file in files_below(path) if file.name == SAID]
    return [folder for folder in folders if (folder / INCIDENTS).is_file()]


def _part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    results = Results(path.parent)
    judged: dict[str, str] = {}
    owner: dict[str, str] = {}
    for place, told in json_lines.read(path, ("incident", "verdict")):
        verdict = str(told["verdict"])
        if verdict not in VERDICTS:
            raise DatasetError(
                f"{place}: label {verdict!r} in 'verdict'; expected one of {', '.join(VERDICTS)}"
            )
        try:
            incident = results.incident(str(told["incident"]))
        except ResultsError as error:
            raise DatasetError(f"{place}: {error}") from None
        counted["verdicts_replaced"] += incident.id in judged
        judged[incident.id] = verdict
        owner |= {finding.id: incident.id for finding in incident.findings}
    try:
        findings = results.findings(owner)
        flows = results.flows_of(findings)
    except ResultsError as error:
        raise DatasetError(str(error)) from None
    return _labelled(flows, findings, owner, judged, counted), True


def _labelled(
    flows: pl.DataFrame,
    findings: pl.DataFrame,
    owner: dict[str, str],
    judged: dict[str, str],
    counted: Counter[str],
) -> pl.DataFrame:
    """Each flow once, with the verdict of its incident; of several the malicious one."""
    detectors = dict(findings.select("id", "detector").rows())
    family = {finding: OF_DETECTOR.get(name) for finding, name in detectors.items()}
    text = pl.String()
    rows = flows.with_columns(
        capture=pl.col("finding").replace_strict(owner, return_dtype=text),
        _family=pl.col("finding").replace_strict(family, return_dtype=text),
    ).with_columns(label=pl.col("capture").replace_strict(judged, return_dtype=text))
    malicious = pl.col("label").replace_strict(VERDICTS, return_dtype=pl.Boolean())
    # Of the findings behind a flow one that names a family goes before what models and habits say.
    rows = (
        rows.with_columns(malicious=malicious, host="orig_h", _none=pl.col("_family").is_null())
        .sort("malicious", "capture", "_none", "finding", descending=[True, *[False] * 3],
              nulls_last=True)
        .drop("_none")
    )  # fmt: skip
    kept = rows.unique("uid", keep="first", maintain_order=True)
    counted["flows_of_several_findings"] += rows.height - kept.height
    benign = pl.when(~pl.col("malicious")).then(pl.lit("benign"))
    return kept.with_columns(family=pl.when("malicious").then("_family").otherwise(benign)).drop(
        "finding", "_family", "label_detail"
    )
