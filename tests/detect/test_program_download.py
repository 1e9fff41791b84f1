"""`program_download`: programs fetched from servers that have no name."""

from __future__ import annotations

from typing import Any

import pytest

from detect.content import programs, request
from detect.traffic import findings_of
from lynceus.detect.program_download import ProgramDownload


def told(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return findings_of(ProgramDownload(), http=list(rows))


def test_programs_from_a_number_are_medium() -> None:
    (finding,) = told(*programs(2))
    assert (finding["orig_h"], finding["resp_h"]) == ("10.0.0.5", "203.0.113.80")
    assert finding["severity"] == "medium"
    assert finding["because"] == (
        "10.0.0.5 fetched 2 programs (18.0 KB) in clear text from 203.0.113.80, which it called by "
        "its number: /get/0.sh, /get/1.sh."
    )


@pytest.mark.parametrize(
    ("uri", "mime"),
    [
        ("/a", "application/x-dosexec"),
        ("/a", "application/x-executable"),
        ("/bins/x.mpsl", None),
        ("/i.ps1?id=4", "text/plain"),
        ("/SETUP.EXE", "application/octet-stream"),
    ],
)
def test_what_can_be_run_is_known_by_type_or_name(uri: str, mime: str | None) -> None:
    (finding,) = told(request(1.0, uri, host="203.0.113.80:8080", response_mime_type=mime))
    assert finding["evidence"]["place"] == "203.0.113.80"


def test_the_number_in_the_request_counts_where_a_proxy_fetches() -> None:
    (finding,) = told(
        request(1.0, "http://203.0.113.9/x.exe", host="203.0.113.9", resp_h="10.0.0.8",
                response_mime_type="application/x-msdownload")
    )  # fmt: skip
    assert "from 203.0.113.9," in finding["because"]


@pytest.mark.parametrize(
    "columns",
    [
        {"host": "files.odd-firm.net"},
        {"status_code": 404},
        {"response_mime_type": "text/html"},
        {"response_body_bytes": 0},
        {"uri": "/picture.jpg"},
        {"orig_h": "198.51.100.4", "resp_h": "10.0.0.80"},
        {"resp_h": "10.0.0.80", "host": "10.0.0.80"},
    ],
    ids=["named", "missing", "a page", "empty", "no program", "from outside", "inside"],
)
def test_silent(columns: dict[str, Any]) -> None:
    assert told({**programs(1)[0], **columns}) == []


def test_a_cache_of_a_large_provider_is_info() -> None:
    (finding,) = told(*programs(1, host="104.16.1.1", resp_h="104.16.1.1"))
    assert finding["severity"] == "info"
