"""`verdict`: what may be said of an incident."""

from __future__ import annotations

import pytest

from lynceus.verdict import VERDICTS, Verdict


def test_only_what_is_known_may_be_said() -> None:
    assert {Verdict("a", said, "ada", "", 1).verdict for said in VERDICTS} == set(VERDICTS)
    with pytest.raises(ValueError, match="verdict 'maybe': expected one of true_positive"):
        Verdict("a", "maybe", "ada", "", 1)
