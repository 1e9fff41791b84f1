"""The view in the terminal: widths, pipes, hostile texts, what is said. lynceus.present.terminal"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from correlate.made import DAY, SECOND, facts, finding, frame, pasted_list
from lynceus.account import Account
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.present.terminal import View, render, selected
from lynceus.records import FLOW_SCHEMA, FLOW_TIER


@dataclass
class Home:
    networks: tuple[str, ...] = ("10.0.0.0/8",)
    why: tuple[str, ...] = ("10.0.0.0/8 is inside: 3 private hosts of it took part.",)


@dataclass
class Made:
    """An analysis as the view sees one."""

    incidents: list[Incident]
    flows: pl.DataFrame
    events: dict[str, pl.DataFrame] = field(default_factory=dict)
    home: Home = field(default_factory=Home)
    account: Account = field(default_factory=Account)
    detectors: tuple[str, ...] = ("beacon",)
    failed: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()


def flows(*times_s: float | None) -> pl.DataFrame:
    rows = [{"ts_ns": t if t is None else DAY + int(t * SECOND), "end_ns": None} for t in times_s]
    return pl.DataFrame(rows, schema={n: FLOW_SCHEMA[n] for n in FLOW_TIER}, strict=False)


def made(*rows: dict[str, Any], **more: Any) -> Made:
    found = incidents(frame(*rows), facts=facts(["10.0.0.5", "10.0.0.9"], ["203.0.113.9"]))
    return Made(found, flows(0.0, 3_600.0), **more)


def pasted() -> Made:
    rows, known = pasted_list()
    return Made(incidents(rows, facts=known), flows(None, None, None, None))


def text(analysis: Made, width: int = 100, view: View | None = None, **console: Any) -> str:
    stream = io.StringIO()
    options = {"highlight": False, "emoji": False, "markup": False, **console}
    render(analysis, Console(file=stream, width=width, **options), view)
    return stream.getvalue()


CHAIN = [
    finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0),
    finding("brute_force", "10.0.0.5", "10.0.0.9", at_s=600, resp_p=22),
    finding("lateral_movement", "10.0.0.5", "10.0.0.9", at_s=900, resp_p=445),
]


@pytest.mark.parametrize("width", [80, 100, 132])
@pytest.mark.parametrize("analysis", [pasted(), made(*CHAIN)], ids=["pasted", "chain"])
def test_no_line_is_wider_than_the_screen_nor_ends_in_blanks(width: int, analysis: Made) -> None:
    lines = text(analysis, width).splitlines()
    assert max(map(len, lines)) <= width
    assert not any(line.endswith(" ") for line in lines)


def test_a_pipe_gets_no_colour_and_a_terminal_gets_some() -> None:
    assert "\x1b" not in text(made(*CHAIN))
    assert "\x1b[" in text(made(*CHAIN), force_terminal=True, color_system="standard")


def test_no_colour_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    coloured = text(made(*CHAIN), force_terminal=True, color_system="standard")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = text(made(*CHAIN), force_terminal=True, color_system="standard")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
    assert _bare(plain) == _bare(coloured)


def _bare(shown_text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", shown_text)


def test_the_header_says_what_was_looked_at_and_where_inside_is() -> None:
    head = text(made(*CHAIN), view=View(inputs=("office.pcap",))).split("\n\n")[0]
    assert "office.pcap" in head
    assert "2 flows, 2024-05-01 00:00:00 to 2024-05-01 01:00:00 UTC" in head
    assert "10.0.0.0/8 is inside: 3 private hosts" in head
    assert "1 incident: 1 critical." in head


def test_events_without_flows_are_what_was_looked_at() -> None:
    lines = pl.DataFrame({"ts_ns": [DAY, DAY + 90 * SECOND]})
    head = text(Made([], flows(), events={"login": lines}))
    assert "2 events, 2024-05-01 00:00:00 to 2024-05-01 00:01:30 UTC" in head


def test_an_incident_is_told_with_evidence_actions_and_queries() -> None:
    page = text(made(*CHAIN))
    [incident] = made(*CHAIN).incidents
    flat = " ".join(page.split())
    for sentence in incident.sentences:
        if sentence.about != "action":
            assert sentence.text in flat
            assert f"[{sentence.findings[0][:8]}" in flat
    for action in incident.recommended_actions:
        assert action.split(": ", 1)[1] in flat
    for label in ("Risk", "Seen", "When", "Concern", "Affected", "How sure", "Do now", "Follow-up"):
        assert re.search(rf"^ {label}\b", page, re.M), label
    assert "dest_port" in flat
    assert "source.ip:" in flat
    assert "nftables" in flat
    assert "iptables -I FORWARD" in flat


def test_the_pasted_list_is_answered_for_every_row() -> None:
    page = " ".join(text(pasted()).split())
    for words in (
        "2 high, 1 medium, 1 info",
        "192.168.1.45: network scanning and password guessing on SSH (22/tcp)",
        "10.0.5.67: lateral movement and a large outbound transfer",
        "Suspicious contact of 192.168.1.45 with 185.220.101.47 (Tor exit)",
        "Nothing unusual: 10.0.5.23 to 172.217.14.206 (Google, public cloud)",
        "None needed: nothing here is suspicious.",
        "no date",
        "4 flows, without times",
    ):
        assert words in page, words
    assert "1970" not in page


def test_severities_below_the_asked_one_are_counted_but_not_shown() -> None:
    page = text(pasted(), view=View(min_severity="high"))
    assert "2 below high not shown" in page
    assert "Tor exit" not in page.replace("See also", "")
    assert "Google" not in page
    assert len(selected(pasted().incidents, "medium")) == 3


def test_nothing_found_is_said() -> None:
    assert "No incidents." in text(Made([], flows(0.0)))
    assert "0 flows, without times" in text(Made([], flows()))


def test_losses_and_failures_are_said_in_plain_words() -> None:
    account = Account(received=10, kept=7)
    account.drop("bad_rows", 2)
    account.drop("late")
    account.note("bytes_missed", 1_234)
    page = " ".join(
        text(Made([], flows(0.0), account=account, failed={"beacon": "no [x]"})).split()
    )
    assert "3 of 10 records could not be used: 2 bad rows, 1 late." in page
    assert "bytes missed (1,234)" in page
    assert "Detector beacon failed and said nothing: no [x]" in page


def test_where_the_report_is() -> None:
    assert "out/report.html" in text(pasted(), view=View(report=Path("out/report.html")))


HOSTILE = "\x1b[2J\x1b]0;owned\x07[bold red]x[/] \u202etxt.exe\u2028\r\n\x9b31m[/nothing] :smile:"


def test_hostile_texts_are_shown_and_never_obeyed() -> None:
    row = finding("beacon", "10.0.0.5", "203.0.113.9", domain=HOSTILE, because=HOSTILE)
    analysis = made(row, failed={HOSTILE: HOSTILE})
    analysis.account.drop(HOSTILE)
    analysis.account.note(HOSTILE)
    analysis.home = Home((HOSTILE,), (HOSTILE,))
    for width in (80, 100):
        page = text(analysis, width, View(inputs=(HOSTILE,), report=Path(HOSTILE)))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", page)
        assert "[bold red]x[/]" in page
        assert max(map(len, page.splitlines())) <= width
        assert ":smile:" in page
    page = text(analysis, force_terminal=True, color_system="standard")
    assert not re.search(r"[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202e]", page)
    assert set(re.findall(r"\x1b(?!\[[0-9;]*m)", page)) == set()


def test_many_incidents_stay_readable() -> None:
    rows = [finding("horizontal_scan", f"10.9.{n}.1", resp_p=22, at_s=n) for n in range(100)]
    found = incidents(frame(*rows))
    page = text(Made(found, flows(0.0)))
    assert page.count("Do now") == 12
    assert "88 more are in the table above in short form" in page
    assert "and 40 more of lower priority" in page
    assert "iptables" not in page
