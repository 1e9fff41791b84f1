"""`dns_failure`: name look-ups that get no use."""

from __future__ import annotations

from typing import Any

import pytest

from detect.link import asked
from detect.traffic import findings_of
from lynceus.detect.dns_failure import DnsFailure

HOST, SERVER, OTHER = "10.0.0.21", "10.0.0.53", "10.0.0.54"


def lookups(
    server: str, rcode: str | None, count: int = 80, host: str = HOST
) -> list[dict[str, Any]]:
    return [asked(host, server, 30.0 * n, rcode=rcode) for n in range(count)]


WORKS = lookups(OTHER, "NOERROR")


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", None])
def test_a_server_that_is_of_no_use(rcode: str | None) -> None:
    (finding,) = findings_of(DnsFailure(), dns=[*WORKS, *lookups(SERVER, rcode)])
    assert (finding["orig_h"], finding["resp_h"], finding["severity"]) == (HOST, SERVER, "info")
    assert finding["because"] == (
        "100 % of 80 name look-ups that 10.0.0.21 sent to 10.0.0.53 got no answer, a refusal or a "
        "server failure."
    )


def test_several_clients_are_one_finding_on_the_server() -> None:
    rows = [row for n in range(4) for row in lookups(SERVER, None, host=f"10.0.0.{20 + n}")]
    (finding,) = findings_of(DnsFailure(), dns=[*WORKS, *rows])
    assert (finding["orig_h"], finding["severity"]) == (None, "low")
    assert finding["evidence"]["clients"] == 4


SILENT = {
    "names that do not exist": [*WORKS, *lookups(SERVER, "NXDOMAIN")],
    "a few failures": [*WORKS, *lookups(SERVER, "SERVFAIL", 20)],
    "mostly fine": [*lookups(SERVER, "NOERROR"), *lookups(SERVER, "SERVFAIL", 60)],
    "a sensor that sees no answers": lookups(SERVER, None),
}


@pytest.mark.parametrize("rows", SILENT.values(), ids=SILENT.keys())
def test_servers_at_work_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(DnsFailure(), dns=rows) == []
