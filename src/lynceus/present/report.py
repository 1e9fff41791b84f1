"""The analysis as one self-contained HTML file: no requests, no inline handlers, all text escaped.

The page's content security policy allows nothing but its own style and script, named by hash. Text
from traffic is escaped by the template engine, and control and direction characters in it are made
visible, so that a host name can neither run nor disguise itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import (
    Environment,
    FileSystemBytecodeCache,
    FunctionLoader,
    StrictUndefined,
)
from markupsafe import Markup, escape

from lynceus.attack import TECHNIQUES
from lynceus.incident import HOW_SOON, Entity, FindingRecord, Incident, steps
from lynceus.language import filled, say, several
from lynceus.moments import written
from lynceus.present import report_figures as figures
from lynceus.present.report_context import Input, ReportContext, context_of
from lynceus.present.terminal import shown_lines
from lynceus.records import SEVERITIES

__all__ = ["Input", "ReportContext", "context_of", "write_report"]

MOST_FINDINGS = 20
"""So many findings an incident shows; the files hold all."""
FEWER_FINDINGS = 8
"""The same where there are many incidents."""
MANY_INCIDENTS = 100
MOST_INCIDENTS = 500
"""So many incidents are told, the most urgent: a browser must hold them, and nobody reads more."""
MOST_UIDS = 100
MOST_LINKS = 6
"""So many links to findings stand after a sentence."""
MOST_ENTITIES = 40
LONG_TEXT = 400

LANGUAGES = {
    "splunk_spl": "Splunk SPL",
    "elastic_kql": "Elastic KQL",
    "sigma": "Sigma",
    "nftables": "nftables",
    "iptables": "iptables",
}
FACT_FORMS = {
    "class": "{value} address",
    "network": "{value}",
    "network_kind": "{value}",
    "asset": "{value}",
    "asset_role": "{value}",
    "asset_criticality": "{value} criticality",
    "asset_owner": "owner {value}",
    "indicator": "on a list as {value}",
    "indicator_name": "{value}",
    "indicator_source": "list {value}",
}
"""How facts about an entity read, in their order; others read as name and value."""
QUESTIONS = {
    "seen": "What was seen",
    "when": "When",
    "why": "Why it matters",
    "who": "Who is affected",
    "confidence": "How sure",
}
"""The analyst's questions in order; what to do has a section of its own."""


@dataclass(frozen=True)
class SentenceView:
    """A sentence and the numbers of the findings behind it that are on the page."""

    text: str
    links: tuple[int, ...]
    more: int


@dataclass(frozen=True)
class FindingView:
    """A finding and its number within the incident."""

    number: int
    record: FindingRecord
    evidence: tuple[tuple[str, str], ...]
    peer: str


@dataclass(frozen=True)
class IncidentView:
    """An incident as the page shows it."""

    number: int
    incident: Incident
    answers: tuple[tuple[str, tuple[SentenceView, ...]], ...]
    findings: tuple[FindingView, ...]
    hidden: int
    story: figures.Story | None
    now: tuple[str, ...]
    later: tuple[str, ...]
    queries: tuple[tuple[str, str], ...]
    techniques: tuple[tuple[str, str], ...]
    related: tuple[tuple[int, str], ...]
    parts: tuple[tuple[str, float], ...]
    search: str


def write_report(
    path: str | Path,
    incidents: Sequence[Incident],
    findings: pl.DataFrame,
    context: ReportContext,
) -> None:
    """Writes the report, incidents in the given order. Raises OSError where that fails."""
    page = render(incidents, findings, context)
    Path(path).write_text(page, encoding="utf-8", errors="backslashreplace")


def render(incidents: Sequence[Incident], findings: pl.DataFrame, context: ReportContext) -> str:
    """The page as text; equal input gives equal text."""
    environment = _environment()
    style, script = _part("report.css"), _part("report.js")
    told = list(incidents)[:MOST_INCIDENTS]
    places = {incident.id: (n, incident.title) for n, incident in enumerate(told, 1)}
    views = [_incident_view(n, incident, places) for n, incident in enumerate(told, 1)]
    by_severity = {
        severity: sum(i.severity == severity for i in incidents)
        for severity in reversed(SEVERITIES)
    }
    said = findings.group_by("detector").len().sort("detector").rows() if findings.height else []
    return environment.get_template("report.html.j2").render(
        context=context,
        incidents=views,
        untold=len(incidents) - len(told),
        by_severity=by_severity,
        acting=sum(v for k, v in by_severity.items() if k not in ("info", "low")),
        said=dict(said),
        timeline=figures.timeline(context.traffic, context.step_s, told),
        talkers=figures.talker_bars(context.talkers),
        services=figures.service_bars(context.services),
        style=Markup(style),  # noqa: S704 - our own file, no data
        script=Markup(script),  # noqa: S704 - our own file, no data
        style_hash=_digest(style),
        script_hash=_digest(script),
        lost=sum(context.account.dropped.values()),
    )


def _part(name: str) -> str:
    return resources.files("lynceus.present").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """A source of a content security policy: the hash of a style or script."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _visible(value: Any) -> Any:
    """Makes control and direction characters of text visible before it is escaped."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else shown_lines(value)


def _codes(texts: Sequence[str]) -> Markup:
    """Texts one after the other, each as code."""
    if not texts:
        return Markup("")
    together = str(escape("\0".join(map(shown_lines, texts))))  # what is shown holds no NUL
    return Markup("<code>" + together.replace("\0", "</code> <code>") + "</code> ")  # noqa: S704


def _numbers(evidence: Sequence[tuple[str, str]]) -> Markup:
    """Names and texts of evidence as a list of terms."""
    texts = [(shown_lines(name.replace("_", " ")), shown_lines(text)) for name, text in evidence]
    together = "\0".join(part for term in texts for part in term)  # what is shown holds no NUL
    told = str(escape(together)).split("\0")
    terms = zip(told[::2], told[1::2], strict=True)
    return Markup("".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in terms))  # noqa: S704


def _links(findings: Sequence[int], incident: int) -> Markup:
    """Links to findings of an incident, by their numbers."""
    title = say("Finding {number} of this incident")
    return Markup(  # noqa: S704 - numbers only
        "".join(
            f' <a href="#f-{incident:d}-{n:d}" title="{_titled(title, n)}">{n:d}</a>'
            for n in findings
        )
    )


@lru_cache
def _titled(title: str, number: int) -> Markup:
    return _html(title, {"number": number})


def _compiled_beside_us() -> FileSystemBytecodeCache | None:
    """Keeps the compiled template where Python keeps our own bytecode, if it keeps any."""
    folder = Path(__file__).parent / "__pycache__"
    if sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(folder))


def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_part),
        bytecode_cache=_compiled_beside_us(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        size=figures.size_text,
        span=figures.span_text,
        moment=written,
        urgency=lambda name: say(HOW_SOON[name]),
        stamp=lambda text: text[:19].replace("T", " ") if text else None,
        short=figures.short_text,
        facts=_facts,
        count=lambda number: f"{number:,}",
        pct=lambda share: f"{share:.0%}",
        px=lambda number: f"{number:.1f}",
        codes=_codes,
        numbers=_numbers,
        links=_links,
        words=lambda text: str(text).replace("_", " "),
    )
    environment.globals.update(say=_said, several=_several)
    return environment


def _said(message: str, **fields: Any) -> Markup:
    """A message of the catalogue as HTML; what is filled in is escaped unless it is HTML."""
    return _html(say(message), fields)


def _several(one: str, many: str, count: int, **fields: Any) -> Markup:
    """A message of the catalogue that counts, as HTML."""
    return _html(several(one, many, count), fields)


def _html(text: str, fields: Mapping[str, Any]) -> Markup:
    safe = _safe(text)
    if fields:
        safe = filled(safe, {name: escape(_visible(value)) for name, value in fields.items()})
    return Markup(safe)  # noqa: S704


@lru_cache
def _safe(message: str) -> str:
    """A message of the catalogue for HTML: there are few, and the page repeats them."""
    return str(escape(message)).replace("&#39;", "'")


def _incident_view(
    number: int, incident: Incident, places: Mapping[str, tuple[int, str]]
) -> IncidentView:
    """`places`: number and title of all incidents by id."""
    most = FEWER_FINDINGS if len(places) > MANY_INCIDENTS else MOST_FINDINGS
    chosen = _chosen(incident, most)
    numbers = {record.id: n for n, record in enumerate(chosen, 1)}
    answers = tuple(
        (say(question), told)
        for about, question in QUESTIONS.items()
        if (
            told := tuple(
                _sentence_view(s.text, s.findings, numbers)
                for s in incident.sentences
                if s.about == about
            )
        )
    )
    now, later = steps(incident.recommended_actions)
    return IncidentView(
        number=number,
        incident=incident,
        answers=answers,
        findings=tuple(_finding_view(n, record) for n, record in enumerate(chosen, 1)),
        hidden=len(incident.findings) - len(chosen),
        story=figures.story(list(enumerate(chosen, 1))),
        now=tuple(now),
        later=tuple(later),
        queries=tuple(
            (LANGUAGES.get(name, name), text) for name, text in _in_order(incident.queries)
        ),
        techniques=tuple(
            (t, TECHNIQUES[t].name if t in TECHNIQUES else "") for t in incident.techniques
        ),
        related=tuple(places[i] for i in incident.related if i in places),
        parts=tuple(incident.score_parts.items()),
        search=_search_text(incident),
    )


def _in_order(queries: Mapping[str, str]) -> list[tuple[str, str]]:
    names = [*(n for n in LANGUAGES if n in queries), *(n for n in queries if n not in LANGUAGES)]
    return [(name, queries[name]) for name in names]


def _chosen(incident: Incident, most: int) -> list[FindingRecord]:
    """The findings to show: those that open each sentence, then the strongest, by time."""
    leads = {f for s in incident.sentences for f in s.findings[:1]}
    strength = sorted(
        incident.findings, key=lambda f: (f.id not in leads, -f.score * f.confidence, f.id)
    )
    kept = {f.id for f in strength[:most]}
    chosen = [f for f in incident.findings if f.id in kept]
    return sorted(chosen, key=lambda f: (f.first_seen or "", f.detector, f.id))


def _sentence_view(text: str, ids: Sequence[str], numbers: Mapping[str, int]) -> SentenceView:
    links = sorted(numbers[i] for i in ids if i in numbers)
    return SentenceView(text, tuple(links[:MOST_LINKS]), len(ids) - len(links[:MOST_LINKS]))


def _finding_view(number: int, record: FindingRecord) -> FindingView:
    peer = record.resp_h or record.domain or say("several hosts")
    if record.resp_p is not None:
        there = say("{host} port {port}", host=peer, port=record.resp_p)
        peer = there if ":" in peer else f"{peer}:{record.resp_p}"
    evidence = tuple((key, _value_text(value)) for key, value in record.evidence.items())
    return FindingView(number, record, evidence, peer)


def _value_text(value: Any) -> str:
    """A piece of evidence as text, numbers with at most four digits after the point."""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**12 else str(value)
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONG_TEXT else f"{text[:LONG_TEXT]} ..."


def _facts(entity: Entity) -> list[str]:
    """What is known of an entity, in few words each."""
    known = {k: v for k, v in entity.facts.items() if v is not None and v != ""}
    known.pop("value", None)
    told = []
    if (inside := known.pop("inside", None)) is not None:
        told.append(say("inside") if inside else say("outside"))
    for key, form in FACT_FORMS.items():
        if (value := known.pop(key, None)) is not None and str(value) != entity.name:
            told.append(say(form, value=_value_text(value).replace("_", " ")))
    told = list({text.replace("-", " "): text for text in reversed(told)}.values())[::-1]
    return [*told, *(f"{k.replace('_', ' ')} {_value_text(v)}" for k, v in sorted(known.items()))]


def _search_text(incident: Incident) -> str:
    """What the search box looks through."""
    parts = [
        incident.title,
        incident.severity,
        *(e.id for e in incident.entities[:MOST_ENTITIES]),
        *(e.name or "" for e in incident.entities[:MOST_ENTITIES]),
        *incident.techniques,
        *sorted({f.detector for f in incident.findings}),
    ]
    return " ".join(" ".join(parts).lower().split())
