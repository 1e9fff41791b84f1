"""Real captures and logs get the verdict that their folder states, by the whole line.

The data is read in place and is no part of the project; thresholds are never fitted to it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest

from lynceus import analyze
from lynceus.analysis import Analysis
from lynceus.records import SEVERITIES

LOUD = SEVERITIES[SEVERITIES.index("medium") :]

Read = Callable[[str], Analysis]


@pytest.fixture
def read(shared_data: Path) -> Read:
    """Analyses what lies in the data under this name, packed or not."""

    @lru_cache(maxsize=1)
    def analysed(name: str) -> Analysis:
        (path,) = [p for p in (shared_data / name, shared_data / f"{name}.gz") if p.exists()]
        analysis = analyze(path)
        assert not analysis.failed
        assert analysis.account.balanced
        return analysis

    return analysed


def of(analysis: Analysis, detector: str) -> pl.DataFrame:
    return analysis.findings.filter(pl.col("detector") == detector)


def loud(analysis: Analysis) -> list[str]:
    return analysis.findings.filter(pl.col("severity").is_in(LOUD))["because"].to_list()


@pytest.mark.parametrize("name", ["test2-malicious.binetflow", "test5-mixed.binetflow"])
def test_long_connections(read: Read, name: str) -> None:
    found = of(read(f"stratosphere/slips/{name}"), "long_connection")
    assert found.filter(pl.col("severity") != "info").height >= 1


def test_a_scan_for_remote_desktops_from_outside(read: Read) -> None:
    analysis = read("stratosphere/slips/test3-mixed.binetflow")
    found = of(analysis, "horizontal_scan").filter(pl.col("resp_p") == 3389)
    (row,) = found.iter_rows(named=True)
    assert (row["orig_h"], row["proto"], row["severity"]) == ("46.166.151.160", "tcp", "medium")
    assert (row["orig_role"], row["resp_role"]) == ("attacker", "victim")


def test_a_ping_sweep(read: Read) -> None:
    found = of(read("stratosphere/slips/test12-icmp-portscan.pcap"), "icmp_sweep")
    assert found["orig_h"].to_list() == ["192.168.1.109"]
    assert found["severity"].to_list() == ["medium"]


def test_an_arp_attack(read: Read) -> None:
    found = of(read("stratosphere/slips/test16-malicious-zeek-dir"), "arp_spoofing")
    (row,) = found.iter_rows(named=True)
    assert (row["orig_h"], row["severity"]) == ("192.168.1.15", "medium")
    assert row["techniques"] == ["T1557.002"]


def test_a_horizontal_scan_of_web_servers(read: Read) -> None:
    found = of(read("stratosphere/slips/port-scans/horizontal"), "horizontal_scan")
    (row,) = found.iter_rows(named=True)
    assert (row["orig_h"], row["resp_p"], row["severity"]) == ("10.0.2.112", 80, "medium")


def test_a_beacon_of_two_seconds(read: Read) -> None:
    found = of(read("stratosphere/slips/test-cc/test-cc-capture-1.pcap"), "beacon")
    assert set(found["orig_h"]) == {"147.32.80.37"}
    assert found["because"].str.contains("testing.com", literal=True).all()
    assert set(found["severity"]) <= set(LOUD)


@pytest.mark.parametrize(
    ("name", "host"), [("008-zeek-mixed", "147.32.81.167"), ("011-zeek-mixed", "147.32.83.165")]
)
def test_a_host_under_attack_from_outside_is_a_victim(read: Read, name: str, host: str) -> None:
    findings = read(f"stratosphere/zeek-labelled/{name}").findings
    scans = findings.filter(pl.col("detector") == "vertical_scan")
    assert set(scans["resp_h"]) == {host} and set(scans["resp_role"]) == {"victim"}
    assert scans.filter(pl.col("severity") == "medium").height >= 1
    accused = findings.filter(
        (pl.col("orig_h") == host) & pl.col("orig_role").is_in(["infected", "attacker"])
    )
    assert accused["because"].to_list() == []


@pytest.mark.parametrize(
    "name",
    [
        "stratosphere/zeek-labelled/2023-02-20-benign-host",
        "stratosphere/zeek-labelled/004-zeek-scenario-ssh",
        "zeek-logs/m57-long",
        "dns-tunnel/normal_00005_20230805173251.pcap",
        "dns-tunnel/normal_00030_20230806101852.pcap",
    ],
)
def test_benign_traffic_raises_nothing_above_low(read: Read, name: str) -> None:
    assert loud(read(name)) == []


@pytest.mark.parametrize(
    ("name", "detector"),
    [
        ("stratosphere/slips/test7-malicious.pcap", "horizontal_scan"),
        ("stratosphere/slips/test18-malicious-ctu-sme-11-win", "beacon"),
        ("stratosphere/zeek-labelled/001-zeek-scenario-malicious", "beacon"),
        ("stratosphere/zeek-labelled/003-zeek-scenario-malicious", "exfiltration"),
        ("stratosphere/zeek-labelled/007-zeek-scenario-ssh-infected", "brute_force"),
        ("dns-tunnel/iodine-cname.pcap", "dns_tunnel"),
        ("dns-tunnel/dnscat2-cname_00001_20230903170247.pcap", "dns_tunnel"),
    ],
)
def test_malicious_traffic_raises_something_loud(read: Read, name: str, detector: str) -> None:
    assert of(read(name), detector).filter(pl.col("severity").is_in(LOUD)).height >= 1


def test_the_list_that_people_paste(read: Read) -> None:
    findings = read("prompt/flows.txt").findings
    assert findings["first_seen_ns"].null_count() == findings.height
    told = {
        row["orig_h"]: (row["detector"], row["severity"], row["because"])
        for row in findings.filter(pl.col("resp_p") != 443).iter_rows(named=True)
    }
    detector, severity, because = told["192.168.1.45"]
    assert (detector, severity) == ("horizontal_scan", "high") and "127 hosts" in because
    detector, severity, because = told["10.0.5.67"]
    assert (detector, severity) == ("lateral_movement", "high") and "8.9 GB" in because
    tor = findings.filter(pl.col("resp_h") == "185.220.101.47")
    assert tor["severity"].to_list() == ["medium"] and "Tor exit" in tor["because"][0]
    google = findings.filter(pl.col("resp_h") == "172.217.14.206")
    assert google["severity"].to_list() == ["info"] and "Google" in google["because"][0]
