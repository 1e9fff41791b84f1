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

from lynceus.ingest import export_datagrams, netflow
from lynceus.ingest.biflow import aggregated, counted_once, stitched
from lynceus.ingest.export_datagrams import (
    IPFIX,
    NETFLOW5,
    NETFLOW9,
    SFLOW5,
    UNKNOWN_NS,
    Datagrams,
)
from lynceus.ingest.export_losses import lost, tell
from lynceus.ingest.export_records import (
    FLOW_CREATED,
    one_way,
    rate_told,
    sampled,
    with_all_columns,
)
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import CAPTURE_MAGICS, Input, ReadOptions
from lynceus.ingest.sflow import sampled_packets
from lynceus.ingest.wire_bytes import Places, u16
from lynceus.records import Account, Batch

LIKELY = 0.6
"""How sure the form of a header alone is, where the datagram does not hold what it says."""


class FlowExport:
    """Flows of export datagrams."""

    name: ClassVar[str] = "flow_export"
    expects: ClassVar[str] = "flow exports (NetFlow 5 or 9, IPFIX, sFlow 5) in a capture or file"

    def __init__(self, given: Sequence[Input], options: ReadOptions) -> None:
        self.account = Account()
        """Records: flow records, records of options, samples; and datagrams that are broken."""
        self._given = tuple(given)
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
        version = _versions(told)
        strange = int((version == 0).sum())
        self.account.received += strange
        self.account.drop("not_a_flow_export", strange)
        rows = np.flatnonzero((version != 0) & (version != SFLOW5))
        records = self._netflow(_some(told, rows), version[rows])
        samples = sampled_packets(told, np.flatnonzero(version == SFLOW5), self.account)
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

    def _netflow(self, told: Datagrams, version: Places) -> pl.DataFrame:
        """One-way records of NetFlow and IPFIX datagrams."""
        head = netflow.export_headers(told, version)
        found = netflow.sets(told, version, self.account)
        layout, templates = netflow.layouts(told, head, found, self.account)
        flows: list[pl.DataFrame] = []
        options: list[pl.DataFrame] = []
        for number in np.unique(layout[layout >= 0]):
            rows = np.flatnonzero(layout == number)
            kind = templates.layouts[number]
            raw = netflow.raw_records(told, kind, found, rows, self.account)
            (options if kind.options else flows).append(raw)
        empty = pl.DataFrame(schema={"datagram": pl.Int64})
        raw = with_all_columns(pl.concat([empty, *flows], how="diagonal"))
        said = with_all_columns(pl.concat([empty, *options], how="diagonal"))
        self.account.received += raw.height + said.height
        self.account.kept += said.height
        self.account.note("option_records", said.height)
        undecoded = found.datagram[(layout < 0) & (found.number >= 256)]
        self._losses(told, head, [raw, said], undecoded)
        return self._one_way(told, head, raw, said)

    def _one_way(
        self, told: Datagrams, head: netflow.ExportHeaders, raw: pl.DataFrame, said: pl.DataFrame
    ) -> pl.DataFrame:
        """Records with the facts of their headers and of options; what is no flow is counted."""
        raw, said = _with_headers(raw, told, head), _with_headers(said, told, head)
        boots = said.select("session", pl.col("init_ms").alias("_init")).drop_nulls()
        boots = boots.unique("session", keep="last", maintain_order=True)
        raw = raw.join(boots, on="session", how="left", maintain_order="left").with_columns(
            init_ms=pl.coalesce("init_ms", "_init")
        )
        raw = sampled(raw, said.drop_nulls("rate"))
        records = one_way(raw)
        counted = records.select(pl.max_horizontal("packets", "bytes") > 0).to_series()
        began = (raw["firewall_event"] == FLOW_CREATED) & ~counted.fill_null(value=False)
        began = began.fill_null(value=False)
        ends = records["src_h"].is_not_null() & records["dst_h"].is_not_null()
        self.account.drop("record_without_addresses", int((~ends).sum()))
        self.account.kept += int(ends.sum())
        self.account.note("firewall_begins_skipped", int((ends & began).sum()))
        untimed = raw.select(_untimed().sum()).item()
        self.account.note("records_timed_by_their_export", untimed)
        return records.filter(ends & ~began)

    def _losses(
        self,
        told: Datagrams,
        head: netflow.ExportHeaders,
        records: Sequence[pl.DataFrame],
        undecoded: Places,
    ) -> None:
        """Notes what is missing by sequence: NetFlow 9 counts datagrams, the others records."""
        step = head.records.copy()
        for frame in records:
            if frame.height:
                told_by = frame["datagram"].to_numpy()
                counted = np.bincount(told_by, minlength=step.size)
                step = np.where(head.version == IPFIX, step + counted, step)
        step[head.version == NETFLOW9] = 1
        step[undecoded[head.version[undecoded] == IPFIX]] = -1
        for versions, what in (((NETFLOW5, IPFIX), "records"), ((NETFLOW9,), "datagrams")):
            rows = np.flatnonzero(np.isin(head.version, versions))
            if rows.size:
                missed = lost(head.session[rows], head.sequence[rows], step[rows])
                names = [told.exporters[row] for row in rows]
                tell(self.account, what, names, head.session[rows], missed)
                came = rows.size if what == "datagrams" else int(step[rows].clip(0).sum())
                self.account.miss(f"export_{what}", came, int(missed[0].sum()))


def _untimed() -> pl.Expr:
    """Records that say no time of their own."""
    names = ("start_s", "start_ms", "start_us_ntp", "start_ns_ntp", "start_uptime_ms", "end_s",
             "end_ms", "end_us_ntp", "end_ns_ntp", "end_uptime_ms", "start_before_us",
             "end_before_us", "observed_s", "observed_ms")  # fmt: skip
    return pl.all_horizontal(pl.col(name).is_null() for name in names)


def _versions(told: Datagrams) -> Places:
    """What each datagram is, by its first words; 0 for none of them."""
    word, second = u16(told.data, told.start), u16(told.data, told.start + 2)
    size = told.end - told.start
    kinds = np.where(np.isin(word, (NETFLOW5, NETFLOW9, IPFIX)), word, 0)
    kinds[(word == 0) & (second == 5)] = SFLOW5
    least = np.select([kinds == k for k in export_datagrams.HEADER_BYTES],
                      list(export_datagrams.HEADER_BYTES.values()), 0)  # fmt: skip
    kinds[size < least] = 0
    return kinds.astype(np.int64)


def _with_headers(raw: pl.DataFrame, told: Datagrams, head: netflow.ExportHeaders) -> pl.DataFrame:
    """The records with what the header of their datagram says."""
    row = raw["datagram"].to_numpy()
    sent = netflow.arrivals(told, head)[row]
    uptime = head.uptime_ms[row]
    facts = {
        "session": head.session[row],
        "exporter": pl.Series([told.exporters[i] for i in row], dtype=pl.String),
        "input_digest": pl.Series([told.digest[i] for i in row], dtype=pl.String),
        "export_ns": pl.Series(sent).replace(UNKNOWN_NS, None),
        "boot_ns": pl.Series(np.where(uptime >= 0, sent - uptime * 1_000_000, UNKNOWN_NS)).replace(
            UNKNOWN_NS, None
        ),
        "header_rate": pl.Series(head.sampling_rate[row]).replace(0, None).cast(pl.UInt32),
    }
    return raw.with_columns(**facts).with_columns(rate=pl.coalesce(rate_told(), "header_rate"))


def _some(told: Datagrams, rows: Places) -> Datagrams:
    return Datagrams(
        told.data,
        told.start[rows],
        told.end[rows],
        told.arrived_ns[rows],
        tuple(told.exporters[row] for row in rows),
        tuple(told.digest[row] for row in rows),
    )


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
    return _some(whole, np.argsort(whole.arrived_ns, kind="stable"))
