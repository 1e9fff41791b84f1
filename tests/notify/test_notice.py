"""`notice.py` and `flat.py`: the words of a message, and its names and values."""

from __future__ import annotations

from lynceus.notify.channel import Channel
from lynceus.notify.channels import classes
from lynceus.notify.flat import flat
from lynceus.notify.notice import KINDS, TITLE
from notify.made import hostile, incident, notice


def test_the_title_says_what_became_of_it() -> None:
    title = incident().title
    assert notice("open").title == title
    assert notice("update").title == f"Update: {title}"
    assert notice("escalate").title == f"Not acknowledged: {title}"
    assert notice("acknowledge").title == f"Acknowledged by ada: {title}"
    assert notice("digest").title == "42 incidents: 2 high, 40 low"
    assert notice("digest").severity == "high"


def test_a_digest_names_some_and_counts_the_others() -> None:
    text = notice("digest").text
    assert incident(2).title in text
    assert "and 40 more; lynceus alerts list --within digest-0123456789abcdef" in text


def test_what_was_taken_on_asks_for_nothing() -> None:
    assert "Isolate 10.0.0.5." in notice("open").text
    assert "Isolate 10.0.0.5." not in notice("resolve").text
    assert "our scanner" in notice("resolve").text


def test_hostile_texts_are_visible_and_bounded() -> None:
    long = hostile().model_copy(update={"title": "x" * 1000})
    for kind in KINDS:
        for one in (hostile(), long):
            told = notice(kind, one)
            assert len(told.title) <= TITLE
            assert not {"\u202e", "\x00", "\r"} & set(told.text)
            assert "\n" not in told.title + told.line
            assert all("\n" not in str(value) for value in flat(told).values())


def test_values_are_flat_and_known() -> None:
    told = flat(notice())
    assert (told["orig_h"], told["resp_p"], told["status"]) == ("10.0.0.5", 443, "open")
    assert None not in told.values()
    assert flat(notice("resolve"))["status"] == "resolved"


def test_every_channel_says_what_it_is() -> None:
    for kind, cls in classes().items():
        assert issubclass(cls, Channel)
        assert cls.__doc__ != Channel.__doc__, kind
