"""`sigred`: an answer of the DNS that is too large for the server that asked."""

from __future__ import annotations

from detect.domain import ATTACKER, TARGET, row
from detect.traffic import findings_of
from lynceus.detect.sigred import Sigred


def test_a_signature_of_nearly_all_a_message_holds() -> None:
    rows = [row(0, 53, qtype="SIG", query="9.example.net", answer_bytes=65_500)]
    (finding,) = findings_of(Sigred(), dns=rows)
    assert (finding["orig_h"], finding["orig_role"]) == (ATTACKER, "victim")
    assert (finding["resp_h"], finding["severity"]) == (TARGET, "high")
    assert finding["because"] == (
        "10.0.0.66 was given a signature of 65.5 KB by 10.0.0.70 when it asked for 9.example.net: "
        "that is how the flaw SIGRed of DNS servers is used."
    )


def test_ordinary_answers_are_silent() -> None:
    rows = [row(0, 53, qtype="SIG", query="a.example", answer_bytes=400)]
    rows += [row(1, 53, qtype="TXT", query="b.example", answer_bytes=65_000)]
    rows += [row(2, 53, qtype="RRSIG", query="c.example", answer_bytes=None)]
    assert findings_of(Sigred(), dns=rows) == []
