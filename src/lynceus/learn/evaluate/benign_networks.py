"""Networks that were never trained on, with ordinary traffic alone: what would be told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.learn import false_findings, labelled_flows
from lynceus.learn.application_model import APPLICATION
from lynceus.learn.bootstrap import highest_share
from lynceus.learn.dataset import Dataset, DatasetError
from lynceus.learn.datasets import load as load_set
from lynceus.learn.evaluate.cross_data import labelled_captures
from lynceus.learn.evaluate.figures import percent
from lynceus.learn.evaluate.result import Figure, Part, Result
from lynceus.learn.false_findings import FalseFindings
from lynceus.learn.gate import A_DAY
from lynceus.learn.shipped import attack_family

NORMAL = "dns-tunnel/normal*"
"""Captures of ordinary name resolution that lie beside those of tunnels."""


class BenignNetworks:
    """The model of attack families that ships, trained anew, on ordinary traffic of networks that
    it has not seen: benign rows of labelled Zeek captures, captures of ordinary name resolution,
    and flows of nDPI's captures whose application is known. Counted are findings of the detector
    `attack_class`, for a host and day. Each network is judged with those classes silent that the
    others silence, as the gate would do it; then without that."""

    title: ClassVar[str] = "Benign traffic of networks never trained on"

    def run(self, data: Path, trained_on: Path | None = None) -> Result:
        """Findings for a host and day, of the worst network and by class."""
        artefact = attack_family(trained_on or data)
        told = [false_findings.on(artefact, network) for network in networks(data)]
        gated = [_silenced(one, [o for o in told if o is not one]) for one in told]
        worst, loudest = (max((_rate(one) for one in rows), default=0.0) for rows in (gated, told))
        days = sum(one.host_days for one in told)
        found = sum(sum(one.findings.values()) for one in gated)
        flows = sum(one.flows for one in told)
        alerting = sum(sum(one.alerting.values()) for one in told)
        return Result(
            (
                Figure("findings a host day, worst network", f"{worst:.2f}", "<= 1", worst <= 1),
                Figure(
                    "findings of all",
                    f"{found} in {days:,} host days (95 % upper bound of the share of host days "
                    f"{percent(highest_share(min(found, days), days))})",
                ),
                Figure("the same without the gate, worst network", f"{loudest:.2f}"),
                Figure("flows that alert", f"{alerting} of {flows:,}"),
            ),
            (
                Part("By network", tuple(_row(one) for one in told)),
                Part("By class that may alert", _classes(artefact.manifest.speaks, told)),
            ),
            (
                "A finding needs 20 flows of a host that alert in an hour. Hosts are those that "
                "began a flow, counted anew each day.",
            ),
        )  # fmt: skip


def networks(data: Path) -> list[Dataset]:
    """The benign rows of every network in a folder. Raises `DatasetError`, and
    `ExtraMissingError` where ndpiReader is not installed."""
    labelled = labelled_captures(data)
    told = [
        Dataset(name, rows.drop_nulls("malicious"), labelled.order)
        for (name,), rows in labelled.rows.group_by("capture", maintain_order=True)
    ]
    told += [
        _benign(path.name.partition(".")[0], labelled_flows.read(path))
        for path in sorted(data.glob(NORMAL))
    ]
    applications = load_set("ndpi_apps", data / "ndpi-apps").rows
    told.append(_benign("nDPI applications", applications.drop_nulls(APPLICATION)))
    told = [one for one in told if (~one.rows["malicious"]).any()]
    if not told:
        raise DatasetError(f"{data}: no benign network in it")
    return told


def _benign(name: str, rows: pl.DataFrame) -> Dataset:
    return Dataset(name, rows.with_columns(malicious=pl.lit(value=False), host="orig_h"), "time")


def _silenced(one: FalseFindings, others: list[FalseFindings]) -> FalseFindings:
    """A network judged without the classes that the gate silences for the others."""
    loud = {name for name, rate in false_findings.most(others).items() if rate > A_DAY}
    kept = {name: count for name, count in one.findings.items() if name not in loud}
    return FalseFindings(one.network, one.flows, one.host_days, kept, one.alerting)


def _rate(one: FalseFindings) -> float:
    return sum(one.rates().values())


def _row(one: FalseFindings) -> dict[str, str]:
    return {
        "network": one.network, "flows": f"{one.flows:,}", "host days": f"{one.host_days:,}",
        "findings": _listed(one.findings), "flows that alert": _listed(one.alerting),
    }  # fmt: skip


def _classes(speaks: dict[str, float], told: list[FalseFindings]) -> tuple[dict[str, str], ...]:
    findings, flows = Counter[str](), Counter[str]()
    for one in told:
        findings.update(one.findings)
        flows.update(one.alerting)
    return tuple(
        {
            "class": name, "alerts from": f"{least:g}", "findings": f"{findings[name]}",
            "flows that alert": f"{flows[name]}",
        }
        for name, least in sorted(speaks.items())
    )  # fmt: skip


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
