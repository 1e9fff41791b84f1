"""The words of an incident and what they rest on: narrate, phrases, grounding, wording."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from correlate.made import facts, finding, frame, pasted_list
from lynceus.attack import PHASES, TACTICS, in_matrix_order, phase, technique_name
from lynceus.correlate import incidents
from lynceus.correlate.grounding import ungrounded
from lynceus.correlate.phrases import OTHER, PHRASES, STEPS, phrase
from lynceus.correlate.wording import (
    bytes_text,
    count_text,
    duration_text,
    listed,
    share_text,
)
from lynceus.incident import Incident, Sentence
from lynceus.trust import RESTS_ON

INSIDE = ["10.0.0.5", "10.0.0.9", "10.0.0.10", "192.168.1.45"]
OUTSIDE = [f"203.0.113.{n}" for n in range(1, 40)]
NAMED = {
    "10.0.0.9": {
        "asset": "file-server-2",
        "asset_owner": "IT 24",
        "asset_criticality": "high",
        "asset_role": "server",
    },
    "203.0.113.9": {"network": "tor-exit", "network_kind": "tor_exit"},
}

STORIES: dict[str, list[dict[str, Any]]] = {
    "chain": [
        finding("vertical_scan", "10.0.0.5", "10.0.0.9", at_s=0, evidence={"ports": 812}),
        finding("brute_force", "10.0.0.5", "10.0.0.9", at_s=600, resp_p=22),
        finding("lateral_movement", "10.0.0.5", "10.0.0.10", at_s=900, resp_p=445),
    ],
    "windows": [finding("beacon", "10.0.0.5", "203.0.113.9", at_s=3_600 * n) for n in range(10)],
    "from outside": [
        finding("brute_force", a, "10.0.0.9", at_s=97 * n, resp_p=22) for n, a in enumerate(OUTSIDE)
    ],
    "infected": [
        finding("beacon", "10.0.0.5", "203.0.113.9", resp_p=443, domain="c2.example"),
        finding("exfiltration", "10.0.0.5", "203.0.113.9", at_s=7_000, confidence=0.3),
    ],
    "plugin": [finding("odd_printer", "10.0.0.5", None, evidence={}, because="")],
    "nobody": [finding("flood", None, "10.0.0.9", resp_p=80)],
    "no ends": [finding("flood", None, None)],
    "many kinds": [
        finding(d, "10.0.0.5", "10.0.0.9", at_s=n)
        for n, d in enumerate((*PHRASES, "odd_a", "odd_b"))
        if d != "unremarkable"
    ],
}


def told(name: str, **options: Any) -> list[Incident]:
    known = facts(INSIDE, OUTSIDE, **NAMED)
    if name == "pasted":
        rows, known = pasted_list()
        return incidents(rows, facts=known, **options)
    return incidents(frame(*STORIES[name]), facts=known, **options)


def check_grounded(incident: Incident) -> None:
    """Every sentence names findings of the incident, and no number they do not hold."""
    by_id = {f.id: f for f in incident.findings}
    names = [e.name for e in incident.entities if e.name]
    names += [str(v) for e in incident.entities for v in e.facts.values() if isinstance(v, str)]
    for sentence in incident.sentences:
        assert sentence.findings, sentence.text
        assert set(sentence.findings) <= set(by_id), sentence.text
        cited = [by_id[i] for i in sentence.findings]
        if sentence.about == "action":
            cited = list(incident.findings)
        assert not ungrounded(sentence.text, cited, names), sentence.text


@pytest.mark.parametrize("name", [*STORIES, "pasted"])
def test_every_sentence_names_its_findings_and_no_number_they_do_not_hold(name: str) -> None:
    for incident in told(name, doubted=RESTS_ON):
        check_grounded(incident)
        assert incident.summary == " ".join(s.text for s in incident.sentences)


@pytest.mark.parametrize("name", [*STORIES, "pasted"])
def test_every_incident_answers_the_questions_of_an_analyst_once(name: str) -> None:
    for incident in told(name):
        assert {"seen", "when", "why", "confidence", "action"} <= {
            s.about for s in incident.sentences
        }
        texts = [s.text for s in incident.sentences]
        assert len(texts) == len(set(texts))
        assert all(t[0].isupper() or t[0].isdigit() for t in texts)
        assert all(t.endswith((".", "?", "!")) for t in texts)
        assert "None" not in incident.title.replace("None needed", "")
        assert incident.recommended_actions
        assert incident.confidence_changes


def test_a_sentence_without_findings_is_refused() -> None:
    with pytest.raises(ValidationError):
        Sentence(text="It was a dragon.", findings=())


def test_numbers_that_are_not_in_the_evidence_are_found() -> None:
    [incident] = told("chain")
    scan = [f for f in incident.findings if f.detector == "vertical_scan"]
    assert not ungrounded("It tried 812 ports of 10.0.0.9.", scan)
    assert ungrounded("It tried 813 ports of 10.0.0.9.", scan) == ["813"]
    assert ungrounded("It sent 8.9 GB.", scan) == ["8.9 GB"]
    assert ungrounded("It took 4 m 58 s.", scan) == ["4 m 58 s"]
    assert ungrounded("It happened at 2024-05-01 00:00:07 UTC.", scan)
    assert not ungrounded("It happened at 2024-05-01 00:00:00 UTC.", scan)


def test_numbers_may_be_written_for_people() -> None:
    row = finding(
        "exfiltration",
        "10.0.0.5",
        evidence={"orig_bytes": 8_900_000_000, "duration_s": 298, "share": 0.93, "hosts": 12_700},
    )
    [incident] = incidents(frame(row))
    text = "8.9 GB in 4 m 58 s to 12,700 hosts, 93 % of it out."
    assert not ungrounded(text, incident.findings)


def test_numbers_of_findings_that_are_not_named_do_not_count() -> None:
    [incident] = told("chain")
    guess = [f for f in incident.findings if f.detector == "brute_force"]
    assert ungrounded("It tried 812 ports.", guess) == ["812"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*PHRASES, "odd"]),
            st.sampled_from([*INSIDE, *OUTSIDE[:5], None]),
            st.sampled_from([*INSIDE, *OUTSIDE[:5], None]),
            st.one_of(st.none(), st.floats(0, 200_000)),
            st.dictionaries(st.text(max_size=8), st.integers() | st.floats() | st.text()),
            st.text(max_size=60),
            st.text(min_size=1, max_size=30) | st.none(),
        ),
        min_size=1,
        max_size=12,
    )
)
@example(  # 61.4999 s apart, which is neither 61.5 s nor what the shown times say
    rows=[("vertical_scan", "10.0.0.5", "10.0.0.5", at_s, {}, "", None) for at_s in (1.5, 5.96e-8)]
)
@settings(max_examples=30, deadline=None)
def test_any_findings_are_told_in_grounded_words(rows: list[Any]) -> None:
    made = [
        finding(d, o, r, at, evidence=e, because=b, domain=n, id=f"f{i}")
        for i, (d, o, r, at, e, b, n) in enumerate(rows)
    ]
    found = incidents(frame(*made), facts=facts(INSIDE, OUTSIDE, **NAMED))
    assert sum(len(i.findings) for i in found) == len(made)
    for incident in found:
        check_grounded(incident)
        assert Incident.model_validate_json(incident.model_dump_json()).id == incident.id
        assert 0 <= incident.score <= 100


def test_the_windows_of_one_phenomenon_are_one_sentence() -> None:
    [incident] = told("windows")
    seen = [s for s in incident.sentences if s.about == "seen"]
    assert len(seen) == 1
    assert "strongest of 10 findings" in seen[0].text
    assert len(seen[0].findings) == 10


def test_many_attackers_are_counted_and_the_victim_named() -> None:
    [incident] = told("from outside")
    assert incident.title == (
        "Password guessing on SSH (22/tcp) against 10.0.0.9 (file-server-2) from outside,"
        " by 39 hosts"
    )
    assert "39 hosts show password guessing" in incident.summary
    assert "nothing in the traffic shows that it succeeded" in incident.summary
    assert "10.0.0.9 (file-server-2) is a victim, inside the network." in incident.summary


def test_assets_are_named_with_owner_and_criticality() -> None:
    [incident] = told("chain")
    assert (
        "10.0.0.9 is the asset file-server-2, serves as server, belongs to IT 24 and is of high"
        " criticality." in incident.summary
    )


def test_the_steps_of_a_chain_are_told_in_their_order() -> None:
    [incident] = told("chain")
    assert "looking around, breaking in and spreading" in incident.summary
    assert incident.title == "10.0.0.5: port scanning, password guessing and lateral movement"
    assert incident.tactics == ("credential-access", "discovery", "lateral-movement")


def test_undated_findings_say_so_and_name_no_time() -> None:
    for incident in told("pasted"):
        assert incident.first_seen is None
        assert "holds no times" in incident.summary
        assert "UTC" not in incident.summary


def test_the_pasted_list_is_answered_row_by_row() -> None:
    by_detector = {f.detector: i for i in told("pasted") for f in i.findings}
    assert by_detector["horizontal_scan"].severity == "high"
    assert by_detector["lateral_movement"].severity == "high"
    assert by_detector["known_bad"].severity == "medium"
    assert by_detector["unremarkable"].severity == "info"
    assert "(Tor exit)" in by_detector["known_bad"].title
    assert "(Google, public cloud)" in by_detector["unremarkable"].title


def test_a_detector_nobody_knows_speaks_through_because() -> None:
    row = finding("odd_printer", "10.0.0.5", "10.0.0.9", because="It printed 77 pages")
    [incident] = incidents(frame(row), facts=facts(INSIDE))
    assert incident.summary.startswith("It printed 77 pages.")
    assert incident.title == "Unusual traffic from 10.0.0.5 to 10.0.0.9"


def test_less_sure_is_said_with_less_sure_words() -> None:
    words = {}
    for confidence in (0.2, 0.6, 0.8, 0.95):
        row = finding("beacon", "10.0.0.5", "203.0.113.9", confidence=confidence)
        [incident] = incidents(frame(row), facts=facts(INSIDE, OUTSIDE))
        words[confidence] = next(s.text for s in incident.sentences if s.about == "confidence")
    assert [w.split(" of this")[0] for w in words.values()] == [
        "We are unsure",
        "We are not entirely sure",
        "We are fairly sure",
        "We are very sure",
    ]


def test_braces_in_names_stay_as_they_are() -> None:
    row = finding("beacon", "10.0.0.5", None, domain="{actor}{0}.example")
    [incident] = incidents(frame(row))
    assert "{actor}{0}.example" in incident.title


def test_the_phrases_hold_no_numbers_of_their_own() -> None:
    for words in (*PHRASES.values(), OTHER):
        forms = (form for headline in words.headlines for form in headline)
        for text in (words.noun, *forms, words.why, words.raises, words.lowers):
            assert not any(c.isdigit() for c in text), text
    assert phrase("never heard of") is OTHER
    assert set(STEPS) == set(PHASES)


def test_numbers_are_written_for_people() -> None:
    assert [bytes_text(n) for n in (0, 999, 3_200, 456_000, 2_300_000, 8_900_000_000)] == [
        "0 B",
        "999 B",
        "3.2 KB",
        "456 KB",
        "2.3 MB",
        "8.9 GB",
    ]
    assert [bytes_text(n) for n in (1_000, 99_960, 999_600, 5e15)] == [
        "1 KB",
        "100 KB",
        "1 MB",
        "5 PB",
    ]
    assert [duration_text(s) for s in (0.04, 2.5, 298, 3_600, 11_100, 187_200, 59.97)] == [
        "40 ms",
        "2.5 s",
        "4 m 58 s",
        "1 h",
        "3 h 5 m",
        "2 d 4 h",
        "1 m",
    ]
    assert [count_text(n) for n in (127, 2341, 1.5)] == ["127", "2,341", "1.5"]
    assert [share_text(n) for n in (0.93, 0.004, 1.0, 0.999)] == [
        "93 %",
        "0.4 %",
        "100 %",
        "99.9 %",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed([str(n) for n in range(9)]) == "0, 1, 2, 3 and others"


def test_attack_table() -> None:
    assert technique_name("T1021.002") == "SMB/Windows Admin Shares"
    assert technique_name("T1021.099") == "Remote Services"
    assert technique_name("T9999") is None
    assert sorted(t for tactics in PHASES.values() for t in tactics) == sorted(TACTICS)
    assert phase("impact") == "harm"
    assert phase(None) is None
    assert in_matrix_order({"impact", "odd", "discovery"}) == ("discovery", "impact", "odd")


def test_evidence_that_is_no_object_is_no_evidence() -> None:
    for evidence in ("[1,2]", "nul", "[" * 100_000, json.dumps("text")):
        [incident] = incidents(frame({**finding("beacon", "10.0.0.5"), "evidence": evidence}))
        assert incident.findings[0].evidence == {}


def test_several_who_do_something_are_told_in_the_plural() -> None:
    rows = [finding("dcsync", f"10.0.0.{n}", "10.0.0.9") for n in (5, 6)]
    [one] = incidents(frame(rows[0]), facts=facts(INSIDE))
    [several] = incidents(frame(*rows), facts=facts(INSIDE))
    assert one.title.startswith("DCSync: 10.0.0.5 takes the passwords")
    assert several.title.startswith("DCSync: 2 hosts take the passwords")
    acts = re.compile(r"(?:^|: )\{actor\} (\w+)s\b")
    for words in PHRASES.values():
        for one, many in words.headlines:
            if verb := acts.search(one):
                assert f"{{actor}} {verb[1]}s" not in many, one
