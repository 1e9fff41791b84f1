"""Every message is served from the catalogue, and no sentence is put together from pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import catalogue
import pytest

from correlate.made import facts, finding, frame
from correlate.test_narrate import INSIDE, NAMED, OUTSIDE, STORIES
from correlate.test_unusual import TOLD
from language.pseudo import CLOSE, OPEN, Pseudo, beside, is_whole
from lynceus import language
from lynceus.correlate import incidents
from lynceus.correlate.phrases import PHRASES
from lynceus.incident import Incident
from lynceus.present import report
from lynceus.trust import RESTS_ON
from notify.made import notice

ENDS = ((INSIDE[0], OUTSIDE[0]), (INSIDE[0], INSIDE[1]), (INSIDE[0], None), (None, INSIDE[1]),
        (OUTSIDE[0], INSIDE[1]), (None, None))  # fmt: skip


Told = tuple[Pseudo, list[Incident]]


@pytest.fixture(name="told", scope="module")
def _told() -> Iterator[Told]:
    """What is told of every detector and of stories, in a language that nobody speaks."""
    pseudo = Pseudo()
    language.use(pseudo)
    yield pseudo, all_told()
    language.use(language.english())


def stories() -> Iterator[list[dict[str, Any]]]:
    yield from STORIES.values()
    for name in (*PHRASES, "odd"):
        for orig_h, resp_h in ENDS:
            for port, domain in ((443, None), (None, None), (53, "c2.example")):
                yield [finding(name, orig_h, resp_h, resp_p=port, domain=domain, because="b")]
    yield [finding("exfiltration", *ENDS[0], evidence={"compared": [TOLD]})]
    yield [finding("exfiltration", *ENDS[0], evidence={"compared": [{**TOLD, "known_hours": 0}]})]


def all_told() -> list[Incident]:
    """Every story at a site of its own, so that they stay apart."""
    known = facts(INSIDE, OUTSIDE, **NAMED)
    rows = [
        {**row, "site": f"site {n}", "id": f"{row['id']} {n}"}
        for n, story in enumerate(stories())
        for row in story
    ]
    return [
        *incidents(frame(*rows), facts=known),
        *incidents(frame(*rows[:60]), facts=known, doubted=RESTS_ON),
    ]


def test_titles_sentences_and_actions_are_whole_messages(told: Told) -> None:
    _, incidents_told = told
    assert len(incidents_told) > 1000
    for one in incidents_told:
        assert is_whole(one.title), one.title
        for sentence in one.sentences:
            text = sentence.text
            because = sentence.about == "seen" and OPEN not in text
            assert because or is_whole(text), text
        for action in (*one.recommended_actions, *one.confidence_changes):
            assert is_whole(action), action


def test_the_words_about_detectors_are_all_served(told: Told) -> None:
    spoken, _ = told
    wanted = {
        text
        for words in PHRASES.values()
        for text in (words.noun, words.headlines[0][0], words.why, words.raises, words.lowers)
    }
    assert not wanted - spoken.asked


def test_what_is_asked_for_is_in_the_template(told: Told) -> None:
    spoken, _ = told
    for kind in ("open", "update", "escalate", "acknowledge", "resolve", "digest", "test"):
        one = notice(kind)  # type: ignore[arg-type]
        assert one.line in one.text
    known = {message for message, _ in catalogue.messages()}
    assert not spoken.asked - known


def test_a_message_for_people_is_one(told: Told) -> None:
    assert is_whole(notice("acknowledge").title)
    assert is_whole(notice("digest").title)
    assert is_whole(notice("update").line)
    letters = re.compile(r"[A-Za-z]{3}")
    for name in notice().facts:
        assert name == "ATT&CK" or not letters.search(beside(name)), name


def test_fields_of_messages_have_names() -> None:
    for one, many in catalogue.messages():
        assert "{}" not in one
        assert set(re.findall(r"\{\w+\}", one)) == set(re.findall(r"\{\w+\}", many or one)), one
        assert OPEN not in one
        assert CLOSE not in one


def test_no_message_ends_in_the_middle() -> None:
    """A message with a blank at an end is a piece of a sentence."""
    assert not [one for one, _ in catalogue.messages() if one != one.strip()]


def test_the_template_is_fresh() -> None:
    path = Path(language.__file__).parent / "lynceus.pot"
    assert path.read_text(encoding="utf-8") == catalogue.template()


def test_the_report_says_nothing_beside_the_catalogue(told: Told) -> None:
    page = report.render(told[1][:3], frame(), report.ReportContext())
    body = page[page.index("<body>") : page.index("<script>")]
    labels = re.findall(r'(?:aria-label|title|placeholder)="([^"]*)"', body)
    text = beside(re.sub(r"<[^>]*>", "", body)) + " ".join(map(beside, labels))
    of_pages = [m for m, _ in catalogue.in_pages() if len(m) > 8 and "{" not in m]
    assert len(of_pages) > 40
    assert not [m for m in of_pages if m in text]
