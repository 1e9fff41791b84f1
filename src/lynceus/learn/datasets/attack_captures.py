"""Captures of attacks, each labelled whole, without the ordinary traffic beside the attack."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus import ingest
from lynceus.enrich.domains import DomainFacts
from lynceus.features import vector
from lynceus.ingest.inputs import InputError
from lynceus.learn.dataset import Dataset, DatasetError, of_tables
from lynceus.learn.mapping import Mapped
from lynceus.records import FLOW_SCHEMA

LABELS = "labels.csv"
HEADER = "file,tactic_or_label"
BENIGN = "benign"
"""A label that begins so says that the capture is ordinary."""

NAMED_BY = {"tls": "server_name", "quic": "server_name", "http": "host"}
"""Tables of events that tell which server was wanted, and their column."""
OF_EVERY_HOST = (
    "dns", "mdns", "llmnr", "netbios-ns", "netbios-dgm", "ssdp", "dhcp", "dhcpv6", "ntp", "igmp",
)  # fmt: skip
"""Services that a machine uses for itself, attacked or not."""


class AttackCaptures:
    """Directories of captures with a list of what each shows."""

    title: ClassVar[str] = "Captures of attacks"
    expects: ClassVar[str] = f"a directory with captures and {LABELS} that begins {HEADER!r}"
    faults: ClassVar[tuple[str, ...]] = (
        "A capture has one label, and the machines in it did ordinary things besides: flows to "
        "servers with a well-known name and look-ups of names, times and neighbours are neither "
        "benign nor malicious here; what ordinary traffic is left bears the label of the attack.",
        "Most are a minute of a laboratory of two or three machines, on purpose and one at a time.",
        "Few of the attacks are encrypted.",
    )
    gives: ClassVar[tuple[Mapped, ...]] = tuple(
        Mapped(name, pl.col(name)) for name in vector.needs("packet")
    )
    lacks: ClassVar[dict[str, str]] = {}

    @staticmethod
    def recognise(path: Path) -> bool:
        """Whether a directory holds such a list."""
        table = path / LABELS if path.is_dir() else path
        try:
            with table.open("rb") as file:
                return table.name == LABELS and file.read(64).startswith(HEADER.encode())
        except OSError:
            return False

    @classmethod
    def load(cls, path: Path) -> Dataset:
        """The captures of the list that are there. Raises `DatasetError`."""
        table = path / LABELS if path.is_dir() else path
        labels = _labels(table)
        files = {
            file: label
            for name, label in labels.items()
            for file in (table.parent / name, table.parent / f"{name}.gz")
            if file.is_file()
        }
        if not files:
            raise DatasetError(f"{table}: none of the captures in column 'file' is there")
        known = DomainFacts()

        def part(file: Path, counted: Counter[str]) -> tuple[pl.DataFrame, bool]:
            name = file.relative_to(table.parent).as_posix().removesuffix(".gz")
            return _flows(file, name, files[file], known, counted), False

        return of_tables(cls, sorted(files), part)


def _labels(table: Path) -> dict[str, str]:
    """What the list says of each file."""
    try:
        text = table.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text in UTF-8"
        raise DatasetError(f"{table}: {reason}") from None
    told = {}
    try:
        rows = list(csv.DictReader(text.splitlines()))
    except csv.Error as error:
        raise DatasetError(f"{table}: {error}; expected a file and its label a line") from None
    for number, row in enumerate(rows, 2):
        name, label = row.get("file"), row.get("tactic_or_label")
        if not name or not label:
            raise DatasetError(f"{table}: line {number}: expected a file and its label")
        told[name] = label
    return told


def _flows(
    file: Path, name: str, label: str, known: DomainFacts, counted: Counter[str]
) -> pl.DataFrame:
    """The flows of one capture with what is known of them."""
    flows, names = [pl.DataFrame(schema=FLOW_SCHEMA)], [_Names]
    try:
        for batch in ingest.open_inputs([file]).batches():
            flows.append(batch.flows)
            names += [
                events.select("uid", name=column)
                for table, column in NAMED_BY.items()
                if (events := batch.events.get(table)) is not None
            ]
    except InputError:
        counted["captures_that_cannot_be_read"] += 1
    rows = pl.concat(flows).sort("end_ns", "uid")
    ordinary = rows["uid"].is_in(_to_known(pl.concat(names), known).implode())
    own = rows.select(pl.col("service").is_in(OF_EVERY_HOST).fill_null(value=False)).to_series()
    attack = not label.lower().startswith(BENIGN)
    counted["to_a_server_with_a_known_name"] += int(ordinary.sum()) if attack else 0
    counted["names_times_and_neighbours"] += int((own & ~ordinary).sum()) if attack else 0
    told = pl.when(pl.Series(ordinary | own) & attack).then(None).otherwise(pl.lit(attack))
    return rows.with_columns(malicious=told).with_columns(
        label=pl.lit(label),
        family=pl.when(~pl.col("malicious")).then(pl.lit("benign")),
        capture=pl.lit(name),
        host="orig_h",
    )


_Names = pl.DataFrame(schema={"uid": pl.String, "name": pl.String})


def _to_known(names: pl.DataFrame, known: DomainFacts) -> pl.Series:
    """Uids of flows to servers whose name is popular or of a known service."""
    names = names.with_columns(pl.col("name").str.split(":").list.first()).drop_nulls()
    kind = pl.col("known_service_kind")
    facts = known.facts(names["name"]).filter(
        pl.col("popular") | (kind.is_not_null() & (kind != "dynamic_dns"))
    )
    return names.join(facts, left_on="name", right_on="value", how="semi")["uid"].unique()
