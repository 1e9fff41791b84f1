"""`unlike_application`: more than the application that is claimed can need."""

from __future__ import annotations

from typing import Any

import pytest

from detect.traffic import findings_of, session
from lynceus.detect.unlike_application import UnlikeApplication, learned
from lynceus.features.claimed import BOUNDED

HOST, FAR = "10.0.0.5", "203.0.113.80"


def carried(
    port: int, sent: int, received: int, resp_h: str = FAR, **columns: Any
) -> dict[str, Any]:
    usual = {"proto": "udp", "source": "capture", "bytes_are_ip": False, "history": "Dd"}
    sizes = {"orig_bytes": sent, "resp_bytes": received, "orig_packets": 900, "resp_packets": 900}
    return session(HOST, resp_h, port, 1.0, **{**usual, **sizes, **columns})


def test_a_download_over_the_port_of_time_is_high() -> None:
    (finding,) = findings_of(UnlikeApplication(), [carried(123, 40_000, 30_000_000)])
    assert (finding["severity"], finding["service"], finding["resp_p"]) == ("high", "ntp", 123)
    assert finding["because"].startswith(
        "10.0.0.5 got 30.0 MB from 203.0.113.80 in 1 connection on port 123 (ntp), without being "
        "recognised as what the port is for; in an hour of NTP the most that was learned is "
    )


@pytest.mark.parametrize(
    ("row", "level"),
    [
        (carried(53, 30_000_000, 9_000, service="dns"), "medium"),
        (carried(53, 30_000_000, 9_000, service="dns", resp_h="10.0.0.9"), "low"),
        (carried(995, 9_000_000, 9_000, proto="tcp", history="ShADad", service="tls"), "medium"),
        (carried(25, 9_000, 9_000_000, proto="tcp", history="ShADad", service="smtp"), "medium"),
    ],
    ids=["uploads in look-ups", "inside", "a mail box that is written to", "a server that tells"],
)
def test_what_is_told_of_others(row: dict[str, Any], level: str) -> None:
    (finding,) = findings_of(UnlikeApplication(), [row])
    assert finding["severity"] == level


@pytest.mark.parametrize(
    "rows",
    [
        [carried(53, 40_000, 300_000, service="dns")],
        [carried(443, 40_000, 90_000_000, service="quic")],
        [carried(995, 9_000, 90_000_000, proto="tcp", history="ShADad", service="tls")],
        [carried(25, 90_000_000, 9_000, proto="tcp", history="ShADad", service="smtp")],
        [carried(53, 9_000, 90_000_000, proto="tcp", history="ShADad", service="http")],
        [carried(53, 40, 400, service="dns") for _ in range(20_000)],
    ],
    ids=["look-ups", "the web", "mail is fetched", "mail is sent", "named otherwise", "many"],
)
def test_what_fits_its_application_is_none(rows: list[dict[str, Any]]) -> None:
    assert findings_of(UnlikeApplication(), rows) == []


def test_every_bounded_way_has_a_range_or_shares_one() -> None:
    ranges = learned()
    own = set(ranges.select("application", "way").iter_rows())
    assert {("*", "sent"), ("*", "received"), ("dns", "sent"), ("dns", "received")} <= own
    assert {application for application, _ in own} - {"*"} <= set(BOUNDED)
    order = ranges.select("median_bytes", "p99_bytes", "most_bytes").rows()
    assert all(median <= p99 <= most for median, p99, most in order)
