"""Captures of applications, each flow labelled by what Debian's ndpiReader says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.features import vector
from lynceus.learn import labelled_flows, ndpi
from lynceus.learn.applications import application
from lynceus.learn.dataset import Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped

LABELS = "labels.csv"
HEADER = "pcap,ndpi_protocols_flows"


class NdpiApps:
    """Captures of the tests of nDPI. `own_application` is the kind of application; a flow of which
    nDPI names one is benign, of others nothing is known."""

    title: ClassVar[str] = "nDPI test captures"
    expects: ClassVar[str] = f"a directory with captures and {LABELS} that begins {HEADER!r}"
    faults: ClassVar[tuple[str, ...]] = (
        "Labels are verdicts of a program, not of people; what it calls Unknown has none, and TLS "
        "that names no application has none either.",
        "Most captures are one conversation of one application by one person, and kinds of "
        "application come in very different numbers.",
        "Captures were made over fifteen years: old versions of an application are not told from "
        "new ones.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(
        Mapped(name, pl.col(name)) for name in vector.needs("packet")
    )
    lacks: ClassVar[dict[str, str]] = {}

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a directory holds the list of verdicts that comes with these captures."""
        table = path / LABELS if path.is_dir() else path
        try:
            with table.open("rb") as file:
                return table.name == LABELS and file.read(64).startswith(HEADER.encode())
        except OSError:
            return False

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """All captures of the directory. Raises `DatasetError`, and `ExtraMissingError` where
        ndpiReader is not installed."""
        folder = path if path.is_dir() else path.parent
        return of_tables(cls, captures(folder), part)


def captures(folder: Path) -> list[Path]:
    """Captures of a folder and those below, by their names. Raises `DatasetError` for none."""
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.name.removesuffix(".gz").endswith((".pcap", ".pcapng", ".cap"))
    ]
    if not found:
        raise DatasetError(f"{folder}: no capture in it (.pcap, .pcapng, .cap)")
    return found


def part(path: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
    """The flows of one capture with `label` (nDPI's verdict) and `own_application`."""
    try:
        flows = labelled_flows.read(path)
    except DatasetError:
        counted["captures_that_cannot_be_read"] += 1
        return pl.DataFrame(schema={"label": pl.String}), False
    verdicts = ndpi.said(path).unique(ndpi.KEY, keep="first", maintain_order=True)
    proto = flows["proto"]
    rows = (
        ndpi.keyed_flows(flows)
        .join(verdicts, on=ndpi.KEY, how="left", maintain_order="left")
        .with_columns(
            proto=proto,
            label=pl.col("ndpi").replace("Unknown", None),
            own_application=application(),
            malicious=pl.when(application().is_not_null()).then(pl.lit(value=False)),
            family=pl.when(application().is_not_null()).then(pl.lit("benign")),
            capture=pl.lit(path.name.removesuffix(".gz")),
            host="orig_h",
        )
        .drop("a", "b", "ndpi")
    )
    counted["no_verdict"] += rows["label"].null_count()
    counted["verdict_tells_no_application"] += int(
        (rows["label"].is_not_null() & rows["own_application"].is_null()).sum()
    )
    return rows, False


def families(captures: Sequence[str]) -> list[str]:
    """What captures of one origin share, by their names: `quic-23.pcap` and `quic-v2.pcapng` are
    both of `quic`, so that none of them is tested with another one trained on."""
    stems = [name.rsplit("/", 1)[-1].split(".")[0] for name in captures]
    return [stem.replace("-", "_").split("_")[0].rstrip("0123456789").lower() for stem in stems]
