"""Which names vouch for who answers: `vouched`, and the clocks of `contact`."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from detect.test_beacon import HOST, calls, every, named
from detect.traffic import findings_of
from lynceus.detect.beacon import Beacon
from lynceus.enrich.domains import DomainFacts
from lynceus.features.vouched import SERVICE_ASKED, SERVICE_MET


@pytest.mark.parametrize(
    ("kind", "network", "asked", "met"),
    [
        ("telemetry", None, True, True),
        ("telemetry", "saas", True, True),
        ("telemetry", "hosting", True, False),
        ("captive_portal", "tor_exit", True, False),
        ("time", "hosting", True, True),
        ("os_update", "hosting", True, True),
        ("dynamic_dns", None, False, False),
        ("dynamic_dns", "saas", False, False),
        ("url_shortener", "cdn", False, False),
        (None, None, True, True),
    ],
)
def test_a_name_vouches(kind: str | None, network: str | None, asked: bool, met: bool) -> None:
    schema = dict.fromkeys(
        ("domain_known_service", "domain_known_service_kind", "resp_network_kind"), pl.String
    )
    row = pl.DataFrame([("A service", kind, network)], schema=schema, orient="row")
    told = row.select(asked=SERVICE_ASKED, met=SERVICE_MET).row(0)
    assert told == ("A service" if asked else None, "A service" if met else None)


@pytest.mark.parametrize(
    "name",
    [
        "ntp.nict.jp",
        "geo.mirror.pkgbuild.com",
        "nmcheck.gnome.org",
        "o1.ingest.sentry.io",
        "update.code.visualstudio.com",
        "x.sophosxl.net",
        "ocsp.digicert.com",
        "safebrowsing.googleapis.com",
    ],
)
def test_periodic_services_are_known_by_published_names(name: str) -> None:
    (row,) = DomainFacts().facts(pl.Series([name])).to_dicts()
    assert row["known_service"] and row["known_service_kind"] not in {"dynamic_dns", None}


@pytest.mark.parametrize(
    ("name", "address", "severity"),
    [
        ("self.events.data.microsoft.com", "203.0.113.80", "info"),
        ("self.events.data.microsoft.com", "88.198.32.48", "medium"),
        ("ocsp.digicert.com", "88.198.32.48", "info"),
        ("house.ddns.net", "203.0.113.80", "medium"),
        ("nobody-knows.example", "203.0.113.80", "medium"),
    ],
)
def test_a_rhythm_is_excused_where_the_name_vouches(name: str, address: str, severity: str) -> None:
    times = every(60, 240)
    tls = [row | {"resp_h": address} for row in named(times, name)]
    found = findings_of(Beacon(), calls(times, address), tls=tls)
    assert [f["severity"] for f in found] == [severity]
    assert ("polls by design" in found[0]["because"]) is (severity == "info")


def clock(**columns: Any) -> list[Any]:
    plain = {"proto": "udp", "service": None, "orig_packets": 1, "resp_packets": 1,
             "conn_state": "SF", "history": "Dd"}  # fmt: skip
    return calls(every(64, 240), port=123, **{**plain, **columns})


def test_time_is_told_by_small_packets_and_not_by_the_port_alone() -> None:
    assert not findings_of(Beacon(), clock(orig_bytes=48, resp_bytes=48))
    assert not findings_of(Beacon(), clock(orig_bytes=None, resp_bytes=None))
    (large,) = findings_of(Beacon(), clock(orig_bytes=48, resp_bytes=900))
    assert large["orig_h"] == HOST
