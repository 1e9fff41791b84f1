"""One incident from its sentences to the findings they rest on and to the flows behind these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lynceus.correlate.wording import bytes_text, count_text, duration_text
from lynceus.correlate.wording import time_text as time_of
from lynceus.incident import FindingRecord, Incident, Sentence
from lynceus.language import capital, say, several
from lynceus.present.terminal import STYLE, labelled, printed, risk
from lynceus.shown import shown

LONG_LIST = 6
"""Items of a list in the evidence that are shown; of the others the number."""
COLUMNS = ("time, UTC", "from", "to", "what", "sent", "got", "frame")
"""The headings of flows."""
ROOMY = 100
"""Columns from which on addresses and ports stand in one line."""


@dataclass(frozen=True)
class Depth:
    """How much is shown."""

    findings: int = 8
    flows: int = 5


def render(
    incident: Incident,
    flows: pl.DataFrame,
    console: Console,
    depth: Depth | None = None,
    hidden: Mapping[str, str] | None = None,
) -> None:
    """Prints the walk through an incident; `flows` as `Results.flows_of` gives them.

    `hidden` tells by the id of a finding what suppresses it: of such findings only that is said.
    """
    depth, hidden = depth or Depth(), hidden or {}
    printed(console, lambda: _render(incident, flows, console, depth, hidden))


def _render(
    incident: Incident,
    flows: pl.DataFrame,
    console: Console,
    depth: Depth,
    hidden: Mapping[str, str],
) -> None:
    place = {record.id: n for n, record in enumerate(incident.findings, 1)}
    head = Text.assemble((f" {incident.severity.upper()} ", STYLE[incident.severity]))
    head.append(f" {shown(incident.title)}", "bold")
    console.print(head)
    rows: list[tuple[str, RenderableType]] = [(say("Risk"), risk(incident))]
    rows += [
        (capital(say(entity.role)), Text(shown(_entity(entity.id, entity.name, entity.facts))))
        for entity in incident.entities[: depth.findings]
    ]
    console.print(Padding(labelled(rows), (0, 0, 0, 1)))
    console.print(Text(f"\n{say('What is said, and the findings it rests on')}", "bold"))
    told = [s for s in incident.sentences if not set(s.findings) <= hidden.keys()]
    console.print(_sentences(told, place))
    for record in incident.findings[: depth.findings]:
        if by := hidden.get(record.id):
            gone = say("{detector}: suppressed by {rule}", detector=record.detector, rule=shown(by))
            console.print(Text(f"\n[{place[record.id]}] {gone}", "dim"))
            continue
        own = flows.filter(pl.col("finding") == record.id)
        console.print(_finding(f"\n[{place[record.id]}] ", record, own.height, depth.flows))
        if first := own.head(depth.flows).rows(named=True):
            console.print(Padding(_flows(first, console.width >= ROOMY), (0, 0, 0, 4)))
    left = len(incident.findings) - depth.findings
    if left > 0:
        more = several(
            "and {n} more finding ({option} shows more)",
            "and {n} more findings ({option} shows more)",
            left, option="--findings N",
        )  # fmt: skip
        console.print(Text(f"\n{more}"))


def _entity(name: str, asset: str | None, facts: dict[str, Any]) -> str:
    known = [str(facts[k]) for k in ("network", "network_kind", "asset_owner") if facts.get(k)]
    inside = facts.get("inside")
    where = [] if inside is None else [say("inside") if inside else say("outside")]
    more = [*([asset] if asset else []), *where, *known]
    return f"{name} ({', '.join(more)})" if more else name


def _sentences(sentences: Sequence[Sentence], place: Mapping[str, int]) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(no_wrap=True, justify="right", style="dim")
    for sentence in sentences:
        numbers = [f"{place[i]}" for i in sentence.findings if i in place]
        more = f" +{len(numbers) - 4}" if len(numbers) > 4 else ""
        table.add_row(Text(shown(sentence.text)), f"[{', '.join(numbers[:4])}{more}]")
    return Padding(table, (0, 0, 0, 1))


def _finding(place: str, record: FindingRecord, flows: int, most: int) -> RenderableType:
    head = Text.assemble((place, "bold"), (record.detector, "bold"))
    graded = say(
        "{severity}, score {score}, confidence {confidence}",
        severity=record.severity, score=f"{record.score:.2f}",
        confidence=f"{record.confidence:.2f}",
    )  # fmt: skip
    head.append(f", {graded}")
    head.append(f"  {record.id}", "dim")
    rows: list[tuple[str, RenderableType]] = [(say("Because"), Text(shown(record.because)))]
    if record.techniques:
        rows.append(("ATT&CK", Text(", ".join(record.techniques))))
    if record.evidence:
        rows.append((say("Evidence"), Text(shown(_evidence(record.evidence)), overflow="fold")))
    behind = flows or record.flows_total
    text = count_text(behind)
    if flows > most:
        text = say("{all}, the first {shown}", all=text, shown=most)
    none = say("none: what it tells of belongs to no flow")
    rows.append((say("Flows"), Text(text if behind else none)))
    return Group(head, Padding(labelled(rows), (0, 0, 0, 4)))


def _evidence(evidence: dict[str, Any]) -> str:
    told = []
    for name, value in evidence.items():
        if value is None or value in ([], ""):
            continue
        if isinstance(value, list):
            first = ", ".join(map(str, value[:LONG_LIST]))
            if (left := len(value) - LONG_LIST) > 0:
                form = "{named} and {n} more"
                first = several(form, form, left, named=first)
            told.append(f"{name} {first}")
        else:
            instant = name.endswith("_ns") and isinstance(value, int)
            told.append(f"{name} {time_of(value) if instant else value}")
    return "; ".join(told)


def _flows(flows: Sequence[dict[str, Any]], roomy: bool) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    folding = {"from": 21, "to": 21, "what": 12} if roomy else {"from": 11, "to": 11, "what": 8}
    for title in COLUMNS:
        table.add_column(
            say(title), no_wrap=title not in folding, min_width=folding.get(title), overflow="fold"
        )
    for row in flows:
        table.add_row(*(Text(shown(cell)) for cell in _cells(row)))
    return table


def _cells(row: dict[str, Any]) -> Sequence[str]:
    what = [row["service"] or row["proto"] or "?", row["conn_state"] or ""]
    if row["duration_s"] is not None:
        what.append(duration_text(row["duration_s"]))
    return (
        say("no date") if row["ts_ns"] is None else time_of(row["ts_ns"])[5:19],
        _end(row["orig_h"], row["orig_p"]),
        _end(row["resp_h"], row["resp_p"]),
        " ".join(filter(None, what)),
        _amount(row["orig_bytes"]),
        _amount(row["resp_bytes"]),
        "" if row["first_frame"] is None else str(row["first_frame"]),
    )


def _end(host: str | None, port: int | None) -> str:
    place = host or say("several hosts")
    if port is None:
        return place
    return f"[{place}]:{port}" if ":" in place else f"{place}:{port}"


def _amount(count: int | None) -> str:
    return "?" if count is None else bytes_text(count)
