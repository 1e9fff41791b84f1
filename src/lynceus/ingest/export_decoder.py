"""Datagrams of flow exports into one-way records, block by block.

What exporters told before (templates, rates of sampling, when they began, how far they had counted)
holds in the next block. A file is one block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.ingest import netflow
from lynceus.ingest.export_clocks import Clocks
from lynceus.ingest.export_datagrams import (
    HEADER_BYTES,
    IPFIX,
    NETFLOW5,
    NETFLOW9,
    SFLOW5,
    UNKNOWN_NS,
    Datagrams,
)
from lynceus.ingest.export_losses import Sequences
from lynceus.ingest.export_records import (
    FLOW_CREATED,
    RECORD_SCHEMA,
    one_way,
    rate_told,
    sampled,
    with_all_columns,
)
from lynceus.ingest.export_sessions import Sessions
from lynceus.ingest.netflow_templates import Templates
from lynceus.ingest.sflow import sampled_packets
from lynceus.ingest.wire_bytes import Places, u16
from lynceus.records import conform

RATES = pl.Schema(
    {
        "session": pl.Int64(),
        "datagram": pl.Int64(),
        "sampler": pl.UInt64(),
        "interface": pl.UInt64(),
        "rate": pl.UInt32(),
    }
)
"""What is said of sampling: of a sampler, of an interface, or (both null) of a whole session."""

RATES_OF_A_SESSION = 1_024
_NO_SAMPLES = pl.DataFrame(schema=RECORD_SCHEMA)


@dataclass
class ExportDecoder:
    """What was told so far, and the decoding of what comes next."""

    sessions: Sessions = field(default_factory=Sessions)
    templates: Templates = field(default_factory=Templates)
    sequences: Sequences = field(default_factory=Sequences)
    rates: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=RATES))
    boots: dict[int, int] = field(default_factory=dict)
    """When the exporter of a session began, where it says so: milliseconds since 1970."""
    clocks: Clocks | None = None
    """Makes times finer than NetFlow 9 tells them, for who reads along: a finding waits for them.
    None takes them as they are told."""

    def records(self, told: Datagrams, account: Account) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Records of NetFlow and IPFIX and, one a sampled packet, of sFlow: `RECORD_SCHEMA`."""
        version = _versions(told)
        strange = int((version == 0).sum())
        account.received += strange
        account.drop("not_a_flow_export", strange)
        rows = np.flatnonzero((version != 0) & (version != SFLOW5))
        records = self._netflow(told.some(rows), version[rows], account)
        agents = np.flatnonzero(version == SFLOW5)
        samples = _NO_SAMPLES
        if agents.size:
            samples = sampled_packets(told, agents, self.sessions, self.sequences, account)
        self._settle()
        return records, samples

    def _netflow(self, told: Datagrams, version: Places, account: Account) -> pl.DataFrame:
        """One-way records of NetFlow and IPFIX datagrams."""
        head = netflow.export_headers(told, version, self.sessions)
        found = netflow.sets(told, version, account)
        layout = netflow.layouts(told, head, found, self.templates, account)
        flows: list[pl.DataFrame] = []
        options: list[pl.DataFrame] = []
        for number in np.unique(layout[layout >= 0]):
            rows = np.flatnonzero(layout == number)
            kind = self.templates.layouts[number]
            raw = netflow.raw_records(told, kind, found, rows, account)
            (options if kind.options else flows).append(raw)
        empty = pl.DataFrame(schema={"datagram": pl.Int64})
        raw = with_all_columns(pl.concat([empty, *flows], how="diagonal"))
        said = with_all_columns(pl.concat([empty, *options], how="diagonal"))
        account.received += raw.height + said.height
        account.kept += said.height
        account.note("option_records", said.height)
        undecoded = found.datagram[(layout < 0) & (found.number >= 256)]
        self._losses(told, head, _steps(head, [raw, said], undecoded), account)
        boot_ns = self._began(told, head)
        raw = _with_headers(raw, told, head, boot_ns)
        said = _with_headers(said, told, head, boot_ns)
        return _flows(self._with_options(raw, said), account)

    def _began(self, told: Datagrams, head: netflow.ExportHeaders) -> Places:
        """When the exporter of each datagram began; `UNKNOWN_NS` where it tells no uptime."""
        sent = netflow.arrivals(told, head)
        boot_ns = np.where(head.uptime_ms >= 0, sent - head.uptime_ms * 1_000_000, UNKNOWN_NS)
        if self.clocks:
            rows = np.flatnonzero((head.version == NETFLOW9) & (head.export_ns > 0))
            boot_ns[rows] = self.clocks.finer(head.session[rows], boot_ns[rows])
        return boot_ns

    def _with_options(self, raw: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
        """Records with what options say of their exporters, now or before."""
        began = said.select("session", "init_ms").drop_nulls().unique("session", keep="last")
        self.boots |= dict(began.iter_rows())
        boots = {"session": list(self.boots), "_init": list(self.boots.values())}
        raw = raw.join(
            pl.DataFrame(boots, schema={"session": pl.Int64, "_init": pl.UInt64}),
            on="session", how="left", maintain_order="left",
        ).with_columns(init_ms=pl.coalesce("init_ms", "_init")).drop("_init")  # fmt: skip
        told = conform(said.drop_nulls("rate"), RATES)
        rates = pl.concat([self.rates, told])
        latest = rates.unique(["session", "sampler", "interface"], keep="last", maintain_order=True)
        latest = latest.with_columns(datagram=pl.lit(-1, pl.Int64))
        self.rates = latest.group_by("session", maintain_order=True).tail(RATES_OF_A_SESSION)
        return sampled(raw, rates)

    def _losses(
        self, told: Datagrams, head: netflow.ExportHeaders, step: Places, account: Account
    ) -> None:
        """Notes what is missing by sequence: NetFlow 9 counts datagrams, the others records."""
        for versions, what in (((NETFLOW5, IPFIX), "records"), ((NETFLOW9,), "datagrams")):
            rows = np.flatnonzero(np.isin(head.version, versions))
            if rows.size:
                names = [told.exporters[row] for row in rows]
                numbered = head.sequence[rows], step[rows]
                missed = self.sequences.told(account, what, names, head.session[rows], numbered)
                came = rows.size if what == "datagrams" else int(step[rows].clip(0).sum())
                account.miss(f"export_{what}", came, missed)

    def _settle(self) -> None:
        """A block is over."""
        forgotten = self.sessions.forget()
        self.templates.settle(forgotten)
        if forgotten:
            self.sequences.forget(forgotten)
            if self.clocks:
                self.clocks.forget(forgotten)
            self.rates = self.rates.filter(~pl.col("session").is_in(list(forgotten)))
            self.boots = {key: began for key, began in self.boots.items() if key not in forgotten}

    def told(self) -> dict[str, Any]:
        """What was told so far, as JSON has it."""
        return {
            "sessions": [[*name, number] for name, number in self.sessions.known.items()],
            "following": self.sessions.following,
            "templates": self.templates.told(),
            "sequences": [[number, *at] for number, at in self.sequences.last.items()],
            "rates": self.rates.rows(),
            "boots": list(self.boots.items()),
            "began": list(self.clocks.began.items()) if self.clocks else None,
        }

    @staticmethod
    def of(told: Mapping[str, Any]) -> ExportDecoder:
        """The decoder that had been told this."""
        known = {(name, kind, domain): at for name, kind, domain, at in told["sessions"]}
        return ExportDecoder(
            Sessions(known, told["following"]),
            Templates.of(told["templates"]),
            Sequences({number: (at, step) for number, at, step in told["sequences"]}),
            pl.DataFrame(told["rates"], schema=RATES, orient="row"),
            dict(told["boots"]),
            None if told.get("began") is None else Clocks(dict(told["began"])),
        )


def _steps(
    head: netflow.ExportHeaders, records: Sequence[pl.DataFrame], undecoded: Places
) -> Places:
    """How far each datagram moves its sequence on, -1 where that is not known."""
    step = head.records.copy()
    for frame in records:
        if frame.height:
            counted = np.bincount(frame["datagram"].to_numpy(), minlength=step.size)
            step = np.where(head.version == IPFIX, step + counted, step)
    step[head.version == NETFLOW9] = 1
    step[undecoded[head.version[undecoded] == IPFIX]] = -1
    return step


def _flows(raw: pl.DataFrame, account: Account) -> pl.DataFrame:
    """One-way records; what is no flow is counted."""
    records = one_way(raw)
    counted = records.select(pl.max_horizontal("packets", "bytes") > 0).to_series()
    began = (raw["firewall_event"] == FLOW_CREATED) & ~counted.fill_null(value=False)
    began = began.fill_null(value=False)
    ends = records["src_h"].is_not_null() & records["dst_h"].is_not_null()
    account.drop("record_without_addresses", int((~ends).sum()))
    account.kept += int(ends.sum())
    account.note("firewall_begins_skipped", int((ends & began).sum()))
    untimed = raw.select(_untimed().sum()).item()
    account.note("records_timed_by_their_export", untimed)
    return records.filter(ends & ~began)


@cache
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
    least = np.select([kinds == k for k in HEADER_BYTES],
                      list(HEADER_BYTES.values()), 0)  # fmt: skip
    kinds[size < least] = 0
    return kinds.astype(np.int64)


def _with_headers(
    raw: pl.DataFrame, told: Datagrams, head: netflow.ExportHeaders, boot_ns: Places
) -> pl.DataFrame:
    """The records with what the header of their datagram says."""
    row = raw["datagram"].to_numpy()
    sent = netflow.arrivals(told, head)[row]
    facts = {
        "session": head.session[row],
        "exporter": pl.Series(told.exporters, dtype=pl.String).gather(row),
        "input_digest": pl.Series(told.digest, dtype=pl.String).gather(row),
        "export_ns": pl.Series(sent).replace(UNKNOWN_NS, None),
        "boot_ns": pl.Series(boot_ns[row]).replace(UNKNOWN_NS, None),
        "header_rate": pl.Series(head.sampling_rate[row]).replace(0, None).cast(pl.UInt32),
    }
    return raw.with_columns(**facts).with_columns(rate=pl.coalesce(rate_told(), "header_rate"))
