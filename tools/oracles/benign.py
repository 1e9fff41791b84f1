"""Ordinary traffic raises at most one incident of medium or above for a host and day.

Every incident that is raised is a row with the sentence that explains it. The benign rows of the
mixed captures are the flows labelled benign, analysed as they lie in the whole capture: counted
are incidents that accuse the benign host, not those about its attackers.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import polars as pl

from lynceus.incident import Incident
from lynceus.trust import Losses
from oracles import OracleTable, analysed, at, from_on

INPUTS = {
    "stratosphere/zeek-labelled/2023-02-20-benign-host": None,
    "stratosphere/zeek-labelled/004-zeek-scenario-ssh": None,
    "stratosphere/zeek-labelled/008-zeek-mixed": "147.32.81.167",
    "stratosphere/zeek-labelled/011-zeek-mixed": "147.32.83.165",
    "dns-tunnel/normal_00005_20230805173251.pcap": None,
    "dns-tunnel/normal_00030_20230806101852.pcap": None,
}
"""Captures, with the benign host where the capture holds attacks on it."""

ACTING = ("attacker", "infected", "unknown", "user", "server")


def table(data: Path) -> OracleTable:
    """Counts the incidents of each benign capture, by host and day."""
    rows: list[dict[str, object]] = []
    most = 0
    for name, host in INPUTS.items():
        analysis = analysed(at(data, name))
        per_day: Counter[tuple[str, str]] = Counter()
        raised = [i for i in analysis.incidents if i.severity in from_on("low")]
        loud = 0
        for incident in raised:
            accused = _accused(incident, host)
            if accused and incident.severity in from_on("medium"):
                loud += 1
                per_day.update((h, (incident.first_seen or "")[:10]) for h in accused)
                rows.append(_row(name, incident.severity, incident.summary))
        lost = f"{Losses.of(analysis.account, analysis.flows).missed:.1%}"
        rows.append(
            _row(
                name,
                "all",
                f"{analysis.flows.height} flows, {lost} lost: {loud} incidents above low, "
                f"{sum(i.severity == 'low' for i in raised)} low",
            )
        )
        most = max([most, *per_day.values()])
    frame = pl.DataFrame(rows)
    above = frame.filter(pl.col("severity") != "all").height
    return OracleTable(
        title="Ordinary traffic",
        must_show="at most one incident of medium or above for a host and day, each explained",
        rows=frame,
        verdict=most <= 1,
        summary=f"{above} incidents above low in {len(INPUTS)} captures, "
        f"{most} at most for a host and day",
    )


def _row(name: str, severity: str, told: str) -> dict[str, object]:
    return {"input": name, "severity": severity, "told": told}


def _accused(incident: Incident, host: str | None) -> list[str]:
    """The inside hosts that an incident is about; of `host` alone where that is given."""
    hosts = [
        e.id
        for e in incident.entities
        if e.role in ACTING and (e.facts.get("inside") or host == e.id)
    ]
    return [h for h in hosts if host in (None, h)]
