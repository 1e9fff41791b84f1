"""`web_scanner`: a program that looks through a web server for weak spots."""

from __future__ import annotations

import pytest

from detect.content import guesses, request
from detect.traffic import findings_of
from lynceus.detect.web_scanner import WebScanner


def test_guessing_pages_is_a_scan() -> None:
    (finding,) = findings_of(WebScanner(), http=guesses(60))
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (
        "192.0.2.31",
        "10.0.0.80",
        "medium",
    )
    assert finding["because"] == (
        "192.0.2.31 asked 10.0.0.80 for 60 different pages that were not there (100 % of its "
        "requests)."
    )
    assert finding["tactic"] == "reconnaissance"


def test_a_patient_one_shows_in_the_hour() -> None:
    (finding,) = findings_of(WebScanner(), http=guesses(110, every_s=25.0))
    assert finding["window_end_ns"] - finding["window_start_ns"] == 3600 * 10**9


@pytest.mark.parametrize(("count", "found"), [(39, 0), (40, 1)])
def test_forty_missing_pages_in_five_minutes_are_needed(count: int, found: int) -> None:
    assert len(findings_of(WebScanner(), http=guesses(count))) == found


def test_a_scanner_by_its_name_from_inside_is_discovery() -> None:
    rows = [request(float(n), f"/{n}", orig_h="10.0.0.5", resp_h="10.0.0.80",
                    user_agent="Mozilla/5.00 (Nikto/2.1.6)") for n in range(5)]  # fmt: skip
    (finding,) = findings_of(WebScanner(), http=rows)
    assert (finding["severity"], finding["tactic"]) == ("medium", "discovery")
    assert "Nikto" in finding["because"]


def test_ordinary_clients_are_no_scan() -> None:
    reader = [request(float(n), f"/page{n}") for n in range(300)]
    broken = [request(float(n), f"/old{n}", status_code=404) for n in range(30)]
    same = [request(float(n), "/favicon.ico", status_code=404) for n in range(200)]
    assert findings_of(WebScanner(), http=reader + broken) == []
    assert findings_of(WebScanner(), http=same) == []
