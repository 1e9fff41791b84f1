"""What others state of the captures of the Stratosphere Laboratory.

Each row of `verdicts.csv` states a verdict, most a phenomenon with it; each must be shown by a
finding of that phenomenon (above info), a verdict without a phenomenon by any incident above low,
a benign one by none. Where flows carry labels, a flow counts as accused when both its ends are
in one incident above info that calls one of them attacker or infected, or its originator is an
attacker there. Precision and recall are told against the flows labelled malicious and benign
(Background and Unknown are neither). A host that is only labelled as attacked from outside must
be nowhere infected or attacker.

What is stated but not visible in the data is said so in its row, and counts as not shown.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl

from lynceus.analysis import Analysis
from oracles import AbsentError, OracleTable, analysed, at, from_on

Check = Callable[[Analysis], bool]
OUTSIDE = "External-Attack-to-Device"
"""The label of a flow of an attack from outside on the host of the capture."""


def _told(detector: str, **ends: str | int) -> Check:
    """Whether a detector tells, above info, of these ends."""

    def check(analysis: Analysis) -> bool:
        same = [pl.col(name) == value for name, value in ends.items()]
        own = analysis.findings.filter(pl.col("severity") != "info", *same)
        return not own.filter(pl.col("detector").str.contains(f"^({detector})$")).is_empty()

    return check


def _loud(analysis: Analysis) -> bool:
    return any(i.severity in from_on("medium") for i in analysis.incidents)


def _calm(analysis: Analysis) -> bool:
    return not _loud(analysis)


LOUD, CALM = ("an incident above low", _loud), ("no incident above low", _calm)
CLAIMS: dict[str, tuple[tuple[str, Check], ...]] = {
    "slips/test2-malicious.binetflow": (("long connection", _told("long_connection")),),
    "slips/test3-mixed.binetflow": (
        ("horizontal scan for 3389/tcp by 46.166.151.160",
         _told("horizontal_scan", orig_h="46.166.151.160", resp_p=3389, proto="tcp")),
    ),
    "slips/test5-mixed.binetflow": (("long connection", _told("long_connection")),),
    "slips/test6-malicious.suricata.json": (
        ("vertical port scan", _told("vertical_scan")), LOUD,
    ),
    "slips/test7-malicious.pcap": (LOUD,),
    "slips/test9-mixed-zeek-dir": (
        ("no HTTP on port 80 of 194.132.197.198", _told(".*", resp_h="194.132.197.198", resp_p=80)),
    ),
    "slips/test12-icmp-portscan.pcap": (("ICMP scan", _told("icmp_sweep")), LOUD),
    "slips/test14-malicious-zeek-dir": (LOUD,),
    "slips/test15-malicious-zeek-dir": (LOUD,),
    "slips/test16-malicious-zeek-dir": (("ARP attack", _told("arp_.*")), LOUD),
    "slips/test18-malicious-ctu-sme-11-win": (LOUD,),
    "slips/port-scans/horizontal": (
        ("horizontal scan for 80/tcp by 10.0.2.112",
         _told("horizontal_scan", orig_h="10.0.2.112", resp_p=80, proto="tcp")),
    ),
    "slips/test-cc/test-cc-capture-1.pcap": (
        ("beacon of 147.32.80.37 to testing.com",
         _told("beacon", orig_h="147.32.80.37", domain="testing.com")), LOUD,
    ),
    "zeek-labelled/001-zeek-scenario-malicious": (LOUD,),
    "zeek-labelled/003-zeek-scenario-malicious": (LOUD,),
    "zeek-labelled/004-zeek-scenario-ssh": (CALM,),
    "zeek-labelled/007-zeek-scenario-ssh-infected": (LOUD,),
    "zeek-labelled/008-zeek-mixed": (("vertical port scan", _told("vertical_scan")), CALM),
    "zeek-labelled/009-zeek-malicious": (LOUD,),
    "zeek-labelled/011-zeek-mixed": (("vertical port scan", _told("vertical_scan")), CALM),
    "zeek-labelled/2023-02-20-benign-host": (CALM,),
}  # fmt: skip
"""What the text of each row states, in terms of findings."""

ACCUSED = ("attacker", "infected")
NOT_VISIBLE = {
    "slips/test9-mixed-zeek-dir": (
        "the conversation carried nothing: 172 and 124 bytes in four and three packets are headers "
        "alone, and its history has no data; a browser that connects ahead looks like that"
    ),
}
"""Why what is stated of an input cannot be told from its data."""
UNSTATED = "see rows"
"""The verdict of rows that state nothing but the labels of their flows."""


def table(data: Path) -> OracleTable:
    """Checks every stated verdict and compares with the labels of flows."""
    verdicts = at(data, "stratosphere/verdicts.csv")
    rows: list[dict[str, object]] = []
    with verdicts.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            name = row["path"]
            try:
                analysis = analysed(at(verdicts.parent, name))
            except AbsentError:
                rows.append({"input": name, "states": "is there", "shown": False})
                continue
            nobody = () if row["verdict"] == UNSTATED else ((row["expected"], lambda _: False),)
            of_labels = _by_labels(analysis)
            for states, check in CLAIMS.get(name, nobody) + of_labels[1]:
                shown = check(analysis)
                why = None if shown else NOT_VISIBLE.get(name)
                rows.append({"input": name, "states": states, "shown": shown, "not_visible": why})
            if of_labels[0] is not None:
                rows.append({"input": name, "states": "labels of flows", **of_labels[0]})
    frame = pl.DataFrame(rows, infer_schema_length=None)
    shown = frame["shown"].drop_nulls()
    missed = frame.filter(~pl.col("shown"))
    return OracleTable(
        title="Verdicts on captures of the Stratosphere Laboratory",
        must_show="every stated verdict; hosts attacked from outside never infected",
        rows=frame,
        verdict=missed.is_empty(),
        summary=f"{shown.sum()} of {len(shown)} stated verdicts shown"
        + "".join(f"; not {row['states']} of {row['input']}" for row in missed.to_dicts()),
    )


def _by_labels(
    analysis: Analysis,
) -> tuple[dict[str, object] | None, tuple[tuple[str, Check], ...]]:
    """Counts against the labels of flows, and what they state of hosts."""
    said = pl.col("label").str.to_lowercase()
    bad = said.str.contains("malicious|malware|botnet")
    flows = analysis.flows.filter(pl.col("label").is_not_null()).select(
        *("uid", "orig_h", "resp_h", "label_detail"),
        bad=pl.when(bad).then(True).when(said.str.contains("benign|normal|to-")).then(False),
    ).filter(pl.col("bad").is_not_null())  # fmt: skip
    if flows.is_empty():
        return None, ()
    accused = _accused(analysis, flows)
    found = flows.filter("bad", pl.col("uid").is_in(accused)).height
    of_bad = int(flows["bad"].sum())
    counts: dict[str, object] = {
        "malicious": of_bad,
        "benign": flows.height - of_bad,
        "precision": round(found / len(accused), 3) if len(accused) else None,
        "recall": round(found / of_bad, 3) if of_bad else None,
    }
    from_outside = (pl.col("label_detail") == OUTSIDE).fill_null(False)
    victims = set(flows.filter("bad", from_outside)["resp_h"]) - set(flows.filter("bad")["orig_h"])
    return counts, tuple((f"{host} is attacked, not infected", _spared(host)) for host in victims)


def _accused(analysis: Analysis, flows: pl.DataFrame) -> pl.Series:
    """The flows between two hosts of an incident that accuses one, or begun by an attacker."""
    ends = pl.DataFrame(
        [
            (incident.id, entity.id, entity.role == "attacker", entity.role in ACCUSED)
            for incident in analysis.incidents
            if incident.severity != "info"
            for entity in incident.entities
        ],
        schema={"incident": pl.String, "host": pl.String, "attacker": pl.Boolean,
                "accused": pl.Boolean},
        orient="row",
    )  # fmt: skip
    begun = flows.join(ends.filter("attacker"), left_on="orig_h", right_on="host", how="semi")
    pairs = (
        ends.join(ends, on="incident")
        .filter(pl.col("accused") | pl.col("accused_right"))
        .select(orig_h="host", resp_h="host_right")
    )
    between = flows.join(pairs.unique(), on=["orig_h", "resp_h"], how="semi")
    return pl.concat([begun["uid"], between["uid"]]).unique()


def _spared(host: str) -> Check:
    def check(analysis: Analysis) -> bool:
        roles = {e.role for i in analysis.incidents for e in i.entities if e.id == host}
        return not roles & {"infected", "attacker"}

    return check
