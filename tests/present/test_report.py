"""The report: complete, self-contained, and nothing in it that traffic could run."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lynceus.account import Account
from lynceus.incident import Entity, FindingRecord, Incident, Sentence
from lynceus.present import report, report_figures
from lynceus.present.report import Input, ReportContext, render, write_report
from lynceus.present.report_context import TRAFFIC_SCHEMA
from lynceus.records import FINDING_SCHEMA, SEVERITIES

NO_FINDINGS = pl.DataFrame(schema=FINDING_SCHEMA)
VOID = {"meta", "br", "input", "link", "img", "hr"}
ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus='alert(1)",
    "</title></style><svg onload=alert(1)>",
    "{{ 7 * 191 }}{% raw %}",
    "javascript:alert(1)",
    "<!--",
    "]]><iframe srcdoc=x>",
)


class Page(HTMLParser):
    """Checks that tags nest, and gathers tags, attributes, ids and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def values(self, attribute: str) -> list[str]:
        return [a[attribute] or "" for _, a in self.tags if attribute in a]


def finding(number: int = 1, text: str = "plain", **changes: Any) -> FindingRecord:
    given: dict[str, Any] = {
        "id": f"f{number}",
        "detector": "beacon",
        "orig_h": "10.0.0.5",
        "resp_h": "203.0.113.9",
        "resp_p": 443,
        "proto": "tcp",
        "service": "tls",
        "domain": "x.example",
        "severity": "high",
        "score": 0.9,
        "confidence": 0.8,
        "techniques": ("T1071.001",),
        "because": text,
        "first_seen": f"2024-05-01T10:{number % 60:02}:00Z",
        "last_seen": f"2024-05-01T11:{number % 60:02}:00Z",
        "evidence": {"interval_s": 60.02, "contacts": 540, "regular": True},
        "flows_total": 540,
        "flow_uids": ("u1", "u2"),
    }
    return FindingRecord(**{**given, **changes})


def incident(number: int = 1, text: str = "plain", **changes: Any) -> Incident:
    findings = changes.pop("findings", (finding(1, text), finding(2, text)))
    given: dict[str, Any] = {
        "id": f"i{number}",
        "site": "default",
        "title": f"Incident number {number}: {text}",
        "severity": "high",
        "confidence": 0.87,
        "score": 72.5,
        "score_parts": {"severity": 50.0, "doubt": -2.5},
        "entities": (
            Entity(id="10.0.0.5", role="infected", name="ws-5", facts={"inside": True}),
            Entity(id="203.0.113.9", role="server", facts={"network_kind": "tor_exit"}),
        ),
        "techniques": ("T1071.001", "T9999"),
        "first_seen": "2024-05-01T10:00:00Z",
        "last_seen": "2024-05-01T12:00:00Z",
        "summary": text,
        "sentences": (
            Sentence(text=f"Seen {text}.", findings=tuple(f.id for f in findings)),
            Sentence(text="It matters.", findings=(findings[0].id,), about="why"),
        ),
        "confidence_changes": ("Surer with a process on the host.",),
        "recommended_actions": ("Now: isolate it.", "Follow-up: look for others."),
        "queries": {"splunk_spl": "index=* src=10.0.0.5", "nftables": "add rule\nline two"},
        "findings": findings,
    }
    return Incident(**{**given, **changes})


def undated(number: int) -> Incident:
    found = finding(number, first_seen=None, last_seen=None)
    return incident(number, findings=(found,), first_seen=None, last_seen=None)


def context(**changes: Any) -> ReportContext:
    traffic = pl.DataFrame(
        {
            "ts_ns": [1_714_557_600 * 10**9 + i * 60 * 10**9 for i in range(120)],
            "bytes_out": [float(i * 1000) for i in range(120)],
            "bytes_in": [5000.0] * 120,
            "bytes_internal": [0.0] * 120,
            "bytes_other": [0.0] * 120,
            "flows": [3] * 120,
        },
        schema=TRAFFIC_SCHEMA,
    )
    given: dict[str, Any] = {
        "title": "Test",
        "inputs": (Input("day.pcap", "capture", "00ff", 360),),
        "first_ns": 1_714_557_600 * 10**9,
        "last_ns": 1_714_564_800 * 10**9,
        "networks": ("10.0.0.0/8",),
        "why": ("10.0.0.0/8 is inside: 4 private hosts of it took part in the traffic.",),
        "counts": {"flows": 360, "packets": 10_312_222, "bytes": 9_000_000_000},
        "events": {"dns": 12},
        "account": Account(received=10, kept=8),
        "detectors": ("beacon", "flood"),
        "failed": {"flood": "no column x"},
        "step_s": 60,
        "traffic": traffic,
        "blind": ("There are no HTTP events.",),
    }
    given["account"].drop("truncated_packet", 2)
    return ReportContext(**{**given, **changes})


def page(incidents: Sequence[Incident], given: ReportContext | None = None) -> Page:
    return Page(render(incidents, NO_FINDINGS, given or context()))


def test_everything_of_an_incident_is_there() -> None:
    text = page([incident()]).text
    for told in (
        "Incident number 1: plain",
        "87% sure",
        "ws-5",
        "tor exit",
        "Seen plain.",
        "It matters.",
        "Why it matters",
        "Surer with a process on the host.",
        "isolate it.",
        "look for others.",
        "index=* src=10.0.0.5",
        "add rule\nline two",
        "interval s",
        "60.02",
        "+50.0",
        "-2.5",
        "T1071.001 Web Protocols",
        "u2",
        "day.pcap",
        "10.3 M",
        "9 GB",
        "truncated packet",
        "no column x",
        "There are no HTTP events.",
    ):
        assert told in text, told


def test_sentences_lead_to_the_findings_behind_them() -> None:
    checked = page([incident(), undated(2)])
    ids = checked.values("id")
    assert len(ids) == len(set(ids))
    anchors = [h for h in checked.values("href") if h.startswith("#")]
    assert {"#f-1-1", "#f-1-2", "#f-2-1", "#incident-1"} <= set(anchors)
    assert {a[1:] for a in anchors} <= set(ids)


@pytest.mark.parametrize("name", ["aria-controls", "aria-labelledby"])
def test_labels_point_at_something(name: str) -> None:
    checked = page([incident()])
    assert checked.values(name)
    assert set(checked.values(name)) <= set(checked.values("id"))


def test_nothing_is_asked_of_the_network() -> None:
    text = render([incident(), undated(2)], NO_FINDINGS, context())
    checked = Page(text)
    for attribute in ("src", "srcset", "data", "action", "formaction", "poster", "xlink:href"):
        assert checked.values(attribute) == []
    assert all(h.startswith("#") for h in checked.values("href"))
    assert not {tag for tag, _ in checked.tags} & {
        "img",
        "iframe",
        "link",
        "object",
        "base",
        "form",
    }
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|https?://", text)


def test_only_our_own_style_and_script_may_run() -> None:
    text = render([incident()], NO_FINDINGS, context())
    policy = next(a["content"] or "" for t, a in Page(text).tags if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        body = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(body) == 1
        digest = base64.b64encode(hashlib.sha256(body[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    checked = Page(text)
    names = {name for _, attributes in checked.tags for name in attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_in_every_field_stays_text(attack: str) -> None:
    evil = finding(
        text=attack,
        id=attack,
        detector=attack,
        orig_h=attack,
        resp_h=attack,
        service=attack,
        domain=attack + "x",
        techniques=(attack,),
        evidence={attack: attack, "list": [attack]},
        flow_uids=(attack,),
        first_seen=attack,
    )
    bad = incident(
        id=attack,
        site=attack,
        title=attack,
        score_parts={attack: 1.0},
        entities=(
            Entity(id=attack, role="user", name=attack, facts={attack: attack, "asset": attack}),
        ),
        techniques=(attack,),
        first_seen=attack,
        last_seen=attack,
        summary=attack,
        sentences=(Sentence(text=attack, findings=(attack,)),),
        confidence_changes=(attack,),
        recommended_actions=(attack, "Follow-up: " + attack),
        queries={attack: attack, "sigma": attack},
        findings=(evil, finding(2, attack)),
        related=(attack,),
    )
    row = {
        "address": [attack],
        "name": [attack],
        "sent": [5],
        "received": [3],
        "undirected": [0],
        "flows": [1],
    }
    account = Account(received=1)
    account.drop(attack)
    account.note(attack)
    given = context(
        title=attack,
        inputs=(Input(attack, attack, attack, 1),),
        networks=(attack,),
        why=(attack,),
        events={attack: 1},
        account=account,
        detectors=(attack,),
        failed={attack: attack},
        talkers=pl.DataFrame({**row, "inside": [True]}),
        services=pl.DataFrame({"service": [attack], "flows": [1], "bytes": [1]}),
        blind=(attack,),
    )
    harmless = page([incident()], given=context())
    checked = page([bad], given)
    known = {(tag, name) for tag, attributes in harmless.tags for name in attributes}
    known |= {("tr", "title"), ("rect", "x"), ("svg", "preserveaspectratio"), ("details", "open")}
    assert {(tag, n) for tag, attributes in checked.tags for n in attributes} <= known
    assert [t for t, _ in checked.tags].count("script") == 1
    assert "1337" not in checked.text
    assert checked.text.count(attack.replace("_", " ")) + checked.text.count(attack) > 20
    assert all(h.startswith("#") for h in checked.values("href"))


def test_each_uid_stands_by_itself_as_code() -> None:
    one = incident(findings=(finding(flow_uids=("u1", "<u2>", "u\0three")),))
    text = render([one], NO_FINDINGS, context())
    assert "<code>u1</code> <code>&lt;u2&gt;</code> <code>u\\x00three</code> </p>" in text
    without = incident(findings=(finding(flow_uids=()),))
    assert "<code></code>" not in render([without], NO_FINDINGS, context())


def test_direction_and_control_characters_are_made_visible() -> None:
    text = render([incident(text="a\u202eb\x00c\u200bd\ud800e")], NO_FINDINGS, context())
    assert not re.search("[\u202e\x00\u200b\ud800]", text)
    assert "a\\u202eb\\x00c\\u200bd" in text


def test_no_incidents() -> None:
    checked = page([])
    assert "No incidents were found" in checked.text
    assert "not proof of health" in checked.text
    assert not [a for t, a in checked.tags if t == "details"]
    Page(render([], NO_FINDINGS, ReportContext()))


def test_undated_incidents_have_no_times_made_up() -> None:
    nothing = context(
        first_ns=None, last_ns=None, step_s=0, traffic=pl.DataFrame(schema=TRAFFIC_SCHEMA)
    )
    checked = page([undated(1), undated(2)], nothing)
    assert "The input holds no times" in checked.text
    assert "no time in the input" in checked.text
    assert not re.search(r"(?:19|20)\d\d-\d\d-\d\d", checked.text)
    assert "2 incidents without a time" in page([undated(1), undated(2)]).text


@pytest.mark.long
def test_many_incidents_are_all_there_and_closed() -> None:
    checked = page([incident(n, severity=SEVERITIES[n % 5]) for n in range(1, 501)])
    cards = [a for t, a in checked.tags if t == "details" and "data-severity" in a]
    assert len(cards) == 500
    assert not [a for a in cards if "open" in a]
    for n in range(1, 501):
        assert f"Incident number {n}:" in checked.text
    assert "found no room here" in checked.text


def test_beyond_what_anybody_reads_the_page_says_how_many_more_there_are() -> None:
    checked = page([incident(n, severity="low") for n in range(1, 602)])
    assert len([a for t, a in checked.tags if t == "details" and "data-severity" in a]) == 500
    assert "101 more incidents of lower priority are in incidents.jsonl." in checked.text


def test_a_huge_incident_stays_readable_and_says_what_it_left_out() -> None:
    records = tuple(finding(n, f"number {n}") for n in range(1, 301))
    said = (Sentence(text="All.", findings=tuple(r.id for r in records[::-1])),)
    checked = page([incident(findings=records, sentences=said)])
    assert "280 more findings of this incident" in checked.text
    assert "number 300" in checked.text, "the finding that opens a sentence is always shown"
    assert "+294" in checked.text


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, [incident()], NO_FINDINGS, context())
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    with pytest.raises(OSError, match="missing"):
        write_report(tmp_path / "missing" / "a.html", [], NO_FINDINGS, context())


def test_detectors_tell_how_much_they_found() -> None:
    found = pl.DataFrame({"detector": ["beacon"] * 7})
    assert "beacon 7" in " ".join(Page(render([], found, context())).text.split())


def test_marks_stay_on_the_canvas_and_do_not_overlap() -> None:
    drawn = report_figures.timeline(context().traffic, 60, [incident(n) for n in range(1, 5)])
    assert drawn
    assert len({m.y for m in drawn.marks}) == 4
    assert all(m.x >= 64 and m.x + m.width <= drawn.width for m in drawn.marks)


def test_the_parts_are_public() -> None:
    assert {"write_report", "ReportContext", "context_of", "Input"} <= set(report.__all__)
