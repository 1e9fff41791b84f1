"""`hosts`: what the site knows of a host, in the words of an incident."""

from __future__ import annotations

from typing import Any

import pytest

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.correlate.grounding import ungrounded


def summary(**known: Any) -> str:
    """What is told of a beacon of a host of which this is known; every number of it is grounded."""
    rows = frame(finding("beacon", "10.0.0.5", "203.0.113.9", resp_p=443))
    told = facts(["10.0.0.5"], ["203.0.113.9"], **{"10.0.0.5": known})
    [incident] = incidents(rows, facts=told)
    names = [str(v) for entity in incident.entities for v in entity.facts.values()]
    for sentence in incident.sentences:
        assert not ungrounded(sentence.text, incident.findings, names), sentence.text
    return incident.summary


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (
            {"asset": "pay-1", "asset_owner": "Finance", "asset_system": "Debian 12",
             "asset_source": "cmdb, netbox", "asset_stale_days": 45},
            "10.0.0.5 is the asset pay-1, runs Debian 12 and belongs to Finance, says cmdb, netbox,"
            " which was read 45 days ago and counts for less.",
        ),
        (
            {"asset_conflict": "owner: IT (cmdb) or Web (netbox)"},
            "The sources do not agree on 10.0.0.5: owner: IT (cmdb) or Web (netbox).",
        ),
        (
            {"cves": 3, "worst_cve": "CVE-2021-44228", "worst_cvss": 10.0, "cves_source": "gvm"},
            "A scan found 3 known weaknesses on 10.0.0.5, the worst of them CVE-2021-44228"
            " with CVSS 10.0 (gvm).",
        ),
        (
            {"cves": 1, "worst_cve": "CVE-2021-44228", "cves_source": "gvm", "cves_stale_days": 90},
            "A scan found 1 known weakness on 10.0.0.5: CVE-2021-44228 (gvm, 90 days ago).",
        ),
        (
            {"asset_unknown": True},
            "What 10.0.0.5 is and who uses it is not known: no source of the site has it.",
        ),
        (
            {"device": "lt-7", "device_evidence": "DHCP"},
            "In the traffic 10.0.0.5 calls itself lt-7 (DHCP).",
        ),
    ],
)  # fmt: skip
def test_what_is_known_is_told_and_what_is_not_too(known: dict[str, Any], told: str) -> None:
    assert told in summary(**known)


def test_of_a_host_nobody_was_asked_about_nothing_is_said() -> None:
    text = summary()
    assert "not known" not in text
    assert "weakness" not in text
