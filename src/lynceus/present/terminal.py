"""An analysis in the terminal: what was looked at, what to act on, what was lost.

Reads well from 80 columns on, without colour, and in a pipe. Every text that comes from traffic is
shown as text: control characters are made visible and nothing in it is taken for markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lynceus.account import NO_LOSS, Account
from lynceus.incident import HOW_SOON, Incident, Sentence, steps
from lynceus.language import capital, say, several
from lynceus.moments import written
from lynceus.records import SEVERITIES, Severity
from lynceus.shown import shown

STYLE: dict[str, str] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "bold yellow",
    "low": "cyan",
    "info": "dim",
}
LABEL = 13
"""Width of the labels on the left, in columns."""
DETAILED = 12
"""Most incidents that are told in full; the table names all."""
FEW = 6
"""Up to so many incidents each is told in full with its queries and rules, the low ones too."""
CALM = 8
"""Up to so many rows that need nothing are told with what was seen; of more, the titles."""
LISTED = 60
"""Most incidents in the table."""
IDS = 3
"""Finding ids shown after a sentence before the rest is only counted."""
LANGUAGES = (
    ("splunk_spl", "Splunk"),
    ("elastic_kql", "Elastic KQL"),
    ("nftables", "nftables"),
    ("iptables", "iptables"),
)
"""Queries and rules shown in full; Sigma is long and stands in the JSON and the report."""

ABOUT = {
    "seen": "Seen",
    "when": "When",
    "why": "Concern",
    "who": "Affected",
    "confidence": "How sure",
}
_HEADING = "# Lynceus incident"
"""How the heading of a firewall rule begins."""


class Home(Protocol):
    """The inside and the reasons for it."""

    @property
    def networks(self) -> Sequence[str]:
        """Networks inside."""
        ...

    @property
    def why(self) -> Sequence[str]:
        """One sentence a reason."""
        ...


class Analysis(Protocol):
    """What of an analysis is shown."""

    @property
    def incidents(self) -> Sequence[Incident]:
        """In order of priority."""
        ...

    @property
    def flows(self) -> pl.DataFrame:
        """All flows."""
        ...

    @property
    def events(self) -> Mapping[str, pl.DataFrame]:
        """All protocol events, by table."""
        ...

    @property
    def home(self) -> Home:
        """The inside."""
        ...

    @property
    def account(self) -> Account:
        """What was read and lost."""
        ...

    @property
    def detectors(self) -> Sequence[str]:
        """The detectors that ran."""
        ...

    @property
    def failed(self) -> Mapping[str, str]:
        """Those that failed and why."""
        ...

    @property
    def told(self) -> Sequence[str]:
        """Lines about entries of the user's lists that were not used."""
        ...


@dataclass(frozen=True)
class View:
    """What the person asked to see."""

    inputs: tuple[str, ...] = ()
    min_severity: Severity = "info"
    report: Path | None = None


def selected(incidents: Sequence[Incident], least: Severity) -> list[Incident]:
    """Incidents of at least that severity."""
    return [i for i in incidents if SEVERITIES.index(i.severity) >= SEVERITIES.index(least)]


def render(analysis: Analysis, console: Console, view: View | None = None) -> None:
    """Prints an analysis."""
    printed(console, lambda: _render(analysis, console, view or View()))


def printed(console: Console, write: Callable[[], None]) -> None:
    """Lets `write` print; into a pipe or file without blanks at the ends of lines."""
    if console.is_terminal:
        write()
        return
    with console.capture() as text:
        write()
    lines = (line.rstrip() for line in text.get().split("\n"))
    console.file.write("\n".join(lines))


def overview(incidents: Sequence[Incident], console: Console) -> None:
    """Prints incidents as a table with their ids, in order of priority."""
    printed(console, lambda: console.print(_overview(incidents, ids=True)))


def _render(analysis: Analysis, console: Console, view: View) -> None:
    chosen = selected(analysis.incidents, view.min_severity)
    console.print(_header(analysis, view, len(analysis.incidents) - len(chosen)))
    acting = [i for i in chosen if i.severity != "info"]
    calm = [i for i in chosen if i.severity == "info"]
    if acting:
        console.print(_overview(acting))
    few = len(acting) <= FEW
    numbered = list(enumerate(acting, 1))
    full = [n for n in numbered if few or n[1].severity != "low"][:DETAILED]
    for place, incident in full:
        console.print(_told(place, incident, chosen, queries=few))
    if left := len(acting) - len(full):
        form = "{n} more are in the table above in short form; {all} tell them in full."
        console.print(Text(f"\n{several(form, form, left, all=say('--json and the report'))}"))
    if not few:
        told = say("Queries and firewall rules of each incident: --json or the report.")
        console.print(Text(told))
    if calm:
        console.print(_calm(calm))
    console.print(_footer(analysis, view))


def _header(analysis: Analysis, view: View, hidden: int) -> RenderableType:
    rows = [("Lynceus", shown(", ".join(view.inputs)) or say("analysis"))]
    flows = analysis.flows
    first, last = map(written, _span(analysis))
    told = sum(table.height for table in analysis.events.values())
    what = several("{n} flow", "{n} flows", flows.height)
    if told and not flows.height:
        what = several("{n} event", "{n} events", told)
    if first and last:
        span = say("{what}, {first} to {last} UTC", what=what, first=first, last=last)
    else:
        span = say("{what}, without times", what=what)
    rows.append((say("Analysed"), span))
    networks = ", ".join(analysis.home.networks[:6]) or say("unknown")
    if (left := len(analysis.home.networks) - 6) > 0:
        form = "{named} and {n} more"
        networks = several(form, form, left, named=networks)
    rows.append((say("Inside"), f"{networks}. {' '.join(analysis.home.why)}"))
    rows.append((say("Result"), _result(analysis.incidents, hidden, view.min_severity)))
    return labelled([(label, Text(shown(text))) for label, text in rows])


def _span(analysis: Analysis) -> tuple[int | None, int | None]:
    """First and last time of the flows; where there are none, of the events."""
    begun = [analysis.flows["ts_ns"], analysis.flows["end_ns"]]
    if not analysis.flows.height:
        begun = [table["ts_ns"] for table in analysis.events.values()]
    times = pl.concat([pl.Series("ts_ns", [], pl.Int64), *(t.rename("ts_ns") for t in begun)])
    return times.min(), times.max()  # type: ignore[return-value]


def _result(incidents: Sequence[Incident], hidden: int, least: Severity) -> str:
    if not incidents:
        return say("No incidents.")
    by = [
        f"{sum(i.severity == severity for i in incidents):,} {severity}"
        for severity in reversed(SEVERITIES)
        if any(i.severity == severity for i in incidents)
    ]
    said = several(
        "{n} incident: {severities}.",
        "{n} incidents: {severities}.",
        len(incidents), severities=", ".join(by),
    )  # fmt: skip
    if not hidden:
        return said
    return say(
        "{said}; {hidden} below {least} not shown.",
        said=said.removesuffix("."), hidden=f"{hidden:,}", least=least,
    )  # fmt: skip


def labelled(rows: Sequence[tuple[str, RenderableType]]) -> Table:
    """Rows with a label each in a column of its own."""
    table = Table.grid(padding=0, pad_edge=False, expand=True)
    table.add_column(width=LABEL, no_wrap=True, style="bold")
    table.add_column(ratio=1, overflow="fold")
    for label, content in rows:
        table.add_row(label, content)
    return table


def _overview(incidents: Sequence[Incident], ids: bool = False) -> RenderableType:
    table = Table(box=None, pad_edge=False, padding=(0, 1), expand=True, header_style="bold")
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column(say("Severity"), no_wrap=True)
    table.add_column(say("Score"), justify="right", no_wrap=True)
    table.add_column(say("Sure"), justify="right", no_wrap=True)
    table.add_column(say("Incident"), ratio=1, overflow="fold")
    table.add_column(say("First seen, UTC"), no_wrap=True)
    if ids:
        table.add_column(say("Id"), no_wrap=True)
    for place, incident in enumerate(incidents[:LISTED], 1):
        table.add_row(
            str(place),
            Text(incident.severity.upper(), STYLE[incident.severity]),
            f"{incident.score:.0f}",
            f"{incident.confidence:.2f}",
            Text(shown(incident.title)),
            _stamp(incident.first_seen) or say("no date"),
            *([Text(shown(incident.id[:8]), "dim")] if ids else []),
        )
    parts: list[RenderableType] = [Text(), table]
    if len(incidents) > LISTED:
        form = "and {n} more of lower priority"
        parts.append(Text(several(form, form, len(incidents) - LISTED)))
    return Group(*parts)


def _stamp(stamp: str | None) -> str | None:
    return stamp[:19].replace("T", " ") if stamp else None


def _told(
    place: int, incident: Incident, others: Sequence[Incident], queries: bool
) -> RenderableType:
    head = Text()
    head.append(f" {place} ", "bold reverse")
    head.append(" ")
    head.append(f" {incident.severity.upper()} ", STYLE[incident.severity])
    head.append(f" {shown(incident.title)}", "bold")
    rows: list[tuple[str, RenderableType]] = [(say("Risk"), risk(incident))]
    rows += _sentences(incident)
    if incident.score_parts:
        rows.append((say("Score"), opened(incident)))
    rows += _actions(incident)
    titles = {other.id: other.title for other in others}
    related = [titles[i] for i in incident.related if i in titles][:3]
    rows += [(say("See also") if not n else "", Text(shown(t))) for n, t in enumerate(related)]
    rows += [
        (name, Text(shown_lines(incident.queries[language]), overflow="fold"))
        for language, name in LANGUAGES
        if queries and language in incident.queries
    ]
    return Group(Text(), head, Padding(labelled(rows), (0, 0, 0, 1)))


def shown_lines(text: str) -> str:
    """Several lines, each made safe; a heading that repeats the incident's is left out."""
    if text.isprintable() and not text.startswith(_HEADING):
        return text
    lines = text.rstrip("\n").split("\n")
    return "\n".join(shown(line) for line in lines if not line.startswith(_HEADING))


def risk(incident: Incident) -> Text:
    """Severity, urgency, score, confidence, techniques and id of an incident in one line."""
    text = Text(
        say(
            "{severity}, {urgency}, score {score}, confidence {confidence}",
            severity=incident.severity, urgency=say(HOW_SOON[incident.urgency]),
            score=f"{incident.score:.0f}", confidence=f"{incident.confidence:.2f}",
        )
    )  # fmt: skip
    if incident.techniques:
        text.append(f"; ATT&CK {', '.join(map(shown, incident.techniques[:6]))}")
    text.append(f"  {incident.id}", "dim")
    return text


def opened(incident: Incident) -> Text:
    """What the score is the sum of, what was not known, and how urgent that makes it."""
    parts = [f"{name} {points:g}" for name, points in incident.score_parts.items() if points]
    told = [say("{score} is {parts}.", score=f"{incident.score:g}", parts=", ".join(parts))]
    if incident.score_unknown:
        told.append(say("Not known: {parts}.", parts=", ".join(incident.score_unknown)))
    if incident.urgency_because:
        soon = capital(say(HOW_SOON[incident.urgency]))
        told.append(say("{urgency}: {why}.", urgency=soon, why=incident.urgency_because))
    return Text(" ".join(told))


def _sentences(incident: Incident) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = []
    for about, label in ABOUT.items():
        own = [s for s in incident.sentences if s.about == about]
        rows += [(say(label) if not n else "", told_by(s)) for n, s in enumerate(own)]
    return rows


def told_by(sentence: Sentence) -> Text:
    """A sentence and the findings it rests on."""
    ids = " ".join(shown(i[:8]) for i in sentence.findings[:IDS])
    more = f" +{len(sentence.findings) - IDS}" if len(sentence.findings) > IDS else ""
    return Text.assemble(shown(sentence.text), (f"  [{ids}{more}]", "dim"))


def _actions(incident: Incident) -> list[tuple[str, RenderableType]]:
    rows: list[tuple[str, RenderableType]] = []
    now, later = steps(incident.recommended_actions)
    for own, label in ((now, say("Do now")), (later, say("Follow-up"))):
        rows += [
            (label if n == 1 else "", Text(f"{n}. {shown(a)}" if len(own) > 1 else shown(a)))
            for n, a in enumerate(own, 1)
        ]
    return rows


def _calm(incidents: Sequence[Incident]) -> RenderableType:
    """What was looked at and needs nothing, one line each."""
    table = Table(box=None, pad_edge=False, padding=(0, 1), expand=True, header_style="bold")
    table.add_column(say("Risk"), no_wrap=True)
    table.add_column(say("Assessment"), ratio=1, overflow="fold")
    told = len(incidents) <= CALM
    for incident in incidents[:LISTED]:
        seen = next((s for s in incident.sentences if s.about == "seen"), None)
        line = Text(shown(incident.title))
        if not told:
            table.add_row(Text("info", STYLE["info"]), line)
            continue
        if seen:
            line.append(". ")
            line.append_text(told_by(seen))
        if incident.recommended_actions:
            line.append(f" {shown(' '.join(incident.recommended_actions))}", "dim")
        table.add_row(Text("info", STYLE["info"]), line)
    return Group(Text(), Text(say("Nothing to act on"), "bold"), table)


def _footer(analysis: Analysis, view: View) -> RenderableType:
    rows: list[tuple[str, RenderableType]] = []
    account = analysis.account
    harmless = Counter({r: n for r, n in account.dropped.items() if r in NO_LOSS})
    lost = account.dropped - harmless
    if lost:
        text = say(
            "{lost} of {all} records could not be used: {reasons}. This lowers the confidence.",
            lost=f"{lost.total():,}", all=f"{account.received:,}", reasons=_counts(lost),
        )  # fmt: skip
        rows.append((say("Lost"), Text(text)))
    if harmless:
        text = say("{reasons}; nothing is lost by it.", reasons=_counts(harmless))
        rows.append((say("Left out"), Text(text)))
    noted = say("Noted")
    rows += [(noted if not n else "", Text(shown(line))) for n, line in enumerate(analysis.told)]
    if account.notes:
        notes = ", ".join(f"{_words(r)} ({count:,})" for r, count in sorted(account.notes.items()))
        rows.append((noted, Text(f"{shown(notes)}.")))
    for name, reason in analysis.failed.items():
        text = say(
            "Detector {name} failed and said nothing: {reason}",
            name=shown(name), reason=shown(reason),
        )  # fmt: skip
        rows.append((say("Failed"), Text(text)))
    if any(i.severity != "info" for i in analysis.incidents):
        rows.append(("Sigma", Text(say("The Sigma rules are in the JSON of each incident."))))
    if view.report:
        rows.append((say("Report"), Text(shown(str(view.report)))))
    return Group(Text(), labelled(rows)) if rows else Text()


def _counts(reasons: Counter[str]) -> str:
    return shown(
        ", ".join(f"{count:,} {_words(reason)}" for reason, count in reasons.most_common())
    )


def _words(reason: str) -> str:
    return reason.replace("_", " ")
