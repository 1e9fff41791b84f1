"""What another telling of a sentence must not change: lynceus.rewrite.meaning."""

from __future__ import annotations

import pytest

from lynceus.rewrite.meaning import change

SENT = "10.0.0.5 (ws-uwe) probably sent 8.9 GB to c2.exa.net in 2 h 7 m; 127 attempts were refused."

FAITHFUL = (
    SENT,
    "In 2 h 7 m, 10.0.0.5 (ws-uwe) probably moved 8.9 GB to c2.exa.net, and 127 attempts were "
    "refused.",
    "The host ws-uwe (10.0.0.5) likely sent c2.exa.net 8.9 GB within 2 h 7 m. 127 attempts were "
    "refused.",
)


@pytest.mark.parametrize("told", FAITHFUL)
def test_other_words_are_welcome(told: str) -> None:
    assert change(SENT, told) is None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("", "no text"),
        (SENT.replace(" in ", "\nin "), "no text in one line"),
        (SENT * 4, "much longer"),
        (SENT.replace("8.9 GB", "9 GB"), "says '9 gb'"),
        (SENT.replace("8.9 GB", "8.9 MB"), "says '8.9 mb'"),
        (SENT.replace("127", "over 1,000"), "says '1,000'"),
        (SENT.replace("10.0.0.5", "10.0.0.6"), "says '10.0.0.6'"),
        (SENT.replace("ws-uwe", "ws-eva"), "says 'ws-eva'"),
        (SENT.replace("c2.exa.net", "the far end"), "leaves out 'c2.exa.net'"),
        (SENT.replace("; 127 attempts were refused", ""), "leaves out '127'"),
        (SENT.replace("probably ", ""), "takes the doubt away"),
        (SENT.replace("were refused", "were not refused"), "turns a negation"),
        (SENT.replace("were refused", "weren't refused"), "turns a negation"),
        (SENT.replace("attempts", "malicious attempts"), "says 'malicious'"),
        (SENT.replace("sent", "stole and exfiltrated"), "says 'exfiltrated'"),
        (SENT.replace("refused.", "refused, half of them at night."), "says 'half'"),
        (SENT.replace("refused.", "refused. Lazarus did it."), "says 'Lazarus'"),
        ("Fancybear: " + SENT, "says 'Fancybear'"),
        (SENT.replace("refused.", "refused; see https://evil.example/x."), "evil.example"),
        (SENT.replace("refused.", "refused [9bc09010b6c36936]."), "9bc09010b6c36936"),
    ],
)
def test_what_changes_the_meaning_is_seen(told: str, why: str) -> None:
    assert why in (change(SENT, told) or "")


def test_a_negation_must_not_get_lost() -> None:
    said = "Nothing says that 10.0.0.9 was infected."
    assert change(said, "10.0.0.9 was infected.") == "turns a negation"
    assert change(said, "There is no sign that 10.0.0.9 was infected.") is None
