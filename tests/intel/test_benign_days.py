"""All public lists at once: what they say of ordinary days, and of malware.

Lists and captures are read in place: `threat-intel`, `stratosphere`, `dns-tunnel`, `attack-pcaps`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import polars as pl
import pytest

from lynceus import enrich
from lynceus.analysis import analyze
from lynceus.detect.known_bad import KnownBad
from lynceus.engine import Engine
from lynceus.enrich.home import infer_home
from lynceus.enrich.indicator import Entry
from lynceus.enrich.indicator_text import entries
from lynceus.enrich.intel import Indicators, merged
from lynceus.enrich.lists import read_list
from lynceus.enrich.quarantine import judged
from lynceus.ingest import open_inputs
from lynceus.records import Batch

LISTS = (
    "ipsum/ipsum.txt.gz",
    "spamhaus/*drop*.txt*",
    "tor/exits.csv.gz",
    "abusech-threatfox/ips.txt.gz",
    "c2-tracker/*.txt",
    "abusech-sslbl/*.gz",
    "slips/own_malicious_iocs.csv",
    "slips/own_malicious_JA3.csv",
    "maltrail/**/*.txt*",
)
"""Every list that accuses: not those of VPNs, resolvers, ordinary programs and scanners."""

ORDINARY = (
    "stratosphere/zeek-labelled/2023-02-20-benign-host",
    "stratosphere/zeek-labelled/004-zeek-scenario-ssh",
    "dns-tunnel/normal_00005_20230805173251.pcap.gz",
    "dns-tunnel/normal_00030_20230806101852.pcap.gz",
)


def _entries(folder: Path) -> Iterator[Entry]:
    paths = chain.from_iterable(sorted(folder.glob(pattern)) for pattern in LISTS)
    for path in paths:
        if "mass_scanner" not in path.name:
            for entry in entries(read_list(path)):
                yield entry._replace(source=path.name.partition(".")[0])


@pytest.fixture(scope="module")
def everything(shared_data: Path) -> Indicators:
    found = judged(_entries(shared_data / "threat-intel"), "public")
    assert found.good.height > 200_000
    return Indicators(merged(found.good))


@pytest.mark.long
@pytest.mark.parametrize("name", ORDINARY)
def test_no_incident_above_low_from_an_indicator_alone(
    shared_data: Path, everything: Indicators, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("lynceus.intel.opened.indicators", lambda paths: everything)
    found = analyze(shared_data / name, models=())
    alone = [i for i in found.incidents if {f.detector for f in i.findings} == {"known_bad"}]
    assert [i.title for i in alone if i.severity in ("medium", "high", "critical")] == []


@pytest.mark.long
def test_what_malware_meets_is_found(shared_data: Path, everything: Indicators) -> None:
    """Cerber knocks at a whole network by UDP; some of its addresses are still listed."""
    folder = shared_data / "attack-pcaps" / "elcabezzonn"
    whole = Batch.concat(
        open_inputs([folder / "capture-Thu-11-24-16-10-28-11_cerber.pcap.gz"]).batches()
    )
    home = infer_home(whole.flows, whole.events)
    engine = Engine({"known_bad": KnownBad()}, enrich.enrichers(home, everything))
    findings = pl.concat([engine.advance(whole), engine.finish()])
    assert findings.filter(pl.col("severity") == "medium").height >= 10
