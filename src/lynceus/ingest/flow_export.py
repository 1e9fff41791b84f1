"""Flows that routers, switches and probes export: NetFlow 5 and 9, IPFIX and sFlow 5.

Read from captures that are made of such datagrams and from files of datagrams, all inputs
together: templates of one file serve the data of another, and what several exporters saw of a flow
is counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.ingest import export_datagrams
from lynceus.ingest.biflow import aggregated, counted_once, stitched
from lynceus.ingest.export_datagrams import Datagrams
from lynceus.ingest.export_decoder import ExportDecoder
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import CAPTURE_MAGICS, Input, ReadOptions
from lynceus.records import Batch

LIKELY = 0.6
"""How sure the form of a header alone is, where the datagram does not hold what it says."""


class FlowExport:
    """Flows of export datagrams."""

    name: ClassVar[str] = "flow_export"
    expects: ClassVar[str] = "flow exports (NetFlow 5 or 9, IPFIX, sFlow 5) in a capture or file"

    def __init__(self, given: Sequence[Input], options: ReadOptions) -> None:
        self.account = Account()
        """Records: flow records, records of options, samples; and datagrams that are broken."""
        self._given = tuple(part for one in given for part in one.parts)
        self._options = options

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether it begins with an export, or is a capture most of whose frames are exports."""
        del path
        if head.startswith(CAPTURE_MAGICS):
            return 1.0 if export_datagrams.carries_exports(head) else 0.0
        if export_datagrams.length(head, 0, len(head)) is not None:
            return 1.0
        return LIKELY if export_datagrams.form(head, 0, len(head)) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> FlowExport:
        """The exports of one input."""
        return cls([given], options)

    @classmethod
    def open_all(cls, given: Sequence[Input], options: ReadOptions) -> FlowExport:
        """The exports of several inputs, read together."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows as one batch."""
        records = self.records()
        records, again = counted_once(records)
        self.account.drop("duplicate", again)
        self.account.kept -= again
        self.account.note("records_seen_by_several_exporters", again)
        flows = stitched(records)
        self.account.note("records_stitched_to_another", records.height - flows.height)
        yield Batch(
            identified(flows, site=self._options.site, source=self.name, account=self.account)
        )

    def records(self) -> pl.DataFrame:
        """One-way records in `RECORD_SCHEMA`, as they are told, and the account of them."""
        told = _together([self._read(given) for given in self._given])
        records, samples = ExportDecoder().records(told, self.account)
        samples = aggregated(samples, self._options.active_timeout_s)
        records = pl.concat([records, samples])
        self.account.note("sampled_records", records["sampling_rate"].count())
        return records

    def _read(self, given: Input) -> Datagrams:
        data, broken = given.content()
        found = export_datagrams.read(data, given.digest)
        if broken:
            self.account.note("compressed_stream_broken")
        if found.cut_short:
            self.account.note("capture_cut_short")
        self.account.note("bytes_skipped", found.skipped_bytes)
        self.account.received += found.others
        self.account.drop("not_a_flow_export", found.others)
        return found


def _together(told: Sequence[Datagrams]) -> Datagrams:
    """The datagrams of all inputs in the order they came, those of files as they were given."""
    if len(told) == 1:
        return told[0]
    sizes = np.cumsum([0, *(one.data.size for one in told)])
    whole = Datagrams(
        np.concatenate([one.data for one in told]),
        np.concatenate([one.start + at for one, at in zip(told, sizes, strict=False)]),
        np.concatenate([one.end + at for one, at in zip(told, sizes, strict=False)]),
        np.concatenate([one.arrived_ns for one in told]),
        tuple(name for one in told for name in one.exporters),
        tuple(name for one in told for name in one.digest),
    )
    return whole.some(np.argsort(whole.arrived_ns, kind="stable"))
