"""Suricata's EVE records, one JSON object a line.

`flow` records give the flows (where there are none, pairs of `netflow` records), the others events
that carry the id of their flow. Where neither is there, a flow is made of what its events tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest import suricata_flows, suricata_sessions, suricata_smb
from lynceus.ingest.binetflow import PROTOCOLS
from lynceus.ingest.columns import addresses, time_ns
from lynceus.ingest.delimited import pieces
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, ReadOptions, text_head
from lynceus.ingest.json_lines import OBJECT
from lynceus.ingest.json_structs import structs
from lynceus.ingest.suricata_dns import dns, swapped
from lynceus.ingest.suricata_events import SINGLE
from lynceus.ingest.suricata_join import joined
from lynceus.ingest.suricata_shapes import COMMON, KINDS, OF_EVENTS, SERVICES
from lynceus.ingest.suricata_stats import note_losses
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

MARK = re.compile(r'"event_type"\s*:\s*"')

MARKS = {"event_type", "timestamp"}

WITHOUT_ENDS = ("stats", "arp")

SESSIONS = {
    "rdp": suricata_sessions.rdp,
    "snmp": suricata_sessions.snmp,
    "mqtt": suricata_sessions.mqtt,
}


class Suricata:
    """Flows, events and alerts of Suricata."""

    name: ClassVar[str] = "suricata"
    expects: ClassVar[str] = "Suricata EVE JSON lines (eve.json)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        self._given = given
        self._site = options.site
        self._derive = options.derive_flows

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether lines are objects with `event_type`, `timestamp` and, but for stats, ends."""
        del path
        text = text_head(head) or ""
        if not MARK.search(text):
            return 0.0
        lines = [line for line in text.split("\n", 100)[:100] if re.match(OBJECT, line)]
        names = {n: pl.String() for n in ("event_type", "timestamp", "src_ip", "flow_id", "stats")}
        frame, _ = structs(pl.Series(lines, dtype=pl.String()), names)
        told = pl.all_horizontal(pl.col("event_type", "timestamp").is_not_null())
        ends = pl.any_horizontal(pl.col("src_ip", "flow_id", "stats").is_not_null())
        return 0.95 if frame.select((told & ends).any()).item() else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Suricata:
        """The records of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows and events as one batch. Raises `InputError` where it cannot be read."""
        data = self._given.text(self.account)
        kinds: dict[str, list[pl.DataFrame]] = {}
        for piece in pieces(data):
            self._sort_out(piece, kinds)
        told = {kind: pl.concat(frames) for kind, frames in kinds.items()}
        note_losses(told.pop("stats", None), self.account)
        flows = self._flows(told)
        events = self._events(told)
        if flows is None and not self._derive:
            flows = pl.DataFrame(schema=FLOW_SCHEMA)
        elif flows is None:
            flows = _flows_of(events, told)
            self.account.note("flows_derived_from_events", flows.height)
        flows = flows.with_columns(input_digest=pl.lit(self._given.digest))
        flows = identified(flows, site=self._site, source="suricata", account=self.account)
        known = {
            name: conform(
                joined(frame, flows).with_columns(site=pl.lit(self._site)), EVENT_SCHEMAS[name]
            )
            for name, frame in events.items()
        }
        yield Batch(flows, {name: known[name] for name in EVENT_SCHEMAS if name in known})

    def _sort_out(self, piece: bytes, kinds: dict[str, list[pl.DataFrame]]) -> None:
        """The records of a piece by kind, typed; what is none or of no use is counted."""
        lines = pl.read_lines(piece)["line"]
        lines = lines.filter(lines.str.contains(r"\S"))
        fit = lines.filter(lines.str.contains(OBJECT))
        frame, sound = structs(fit, {"event_type": pl.String()})
        wrong = lines.len() - int(sound.sum())
        kind = frame["event_type"]
        self.account.drop("not_a_json_object", wrong)
        none = int((sound & kind.is_null()).sum())
        self.account.drop("no_event_type", none)
        used = kind.is_in(list(KINDS)).fill_null(value=False)
        self.account.note("records_of_kinds_not_used", int((kind.is_not_null() & ~used).sum()))
        self.account.received += wrong + none + int(used.sum())
        for name, shape in KINDS.items():
            chosen = fit.filter((kind == name).fill_null(value=False))
            if chosen.len():
                records, _ = structs(chosen, {**COMMON, **shape})
                kinds.setdefault(name, []).append(self._typed(name, records))

    def _typed(self, kind: str, records: pl.DataFrame) -> pl.DataFrame:
        """The records with time, ends and transport of ours; those without are dropped."""
        word = pl.col("proto").str.to_lowercase()
        number = word.str.extract(r"^0*(\d{1,3})$", 1)
        port = [
            pl.col(theirs).cast(pl.UInt16, strict=False).alias(ours)
            for theirs, ours in (("src_port", "orig_p"), ("dest_port", "resp_p"))
        ]
        typed = records.with_columns(
            time_ns(records["timestamp"]).alias("ts_ns"),
            addresses(records["src_ip"]).alias("orig_h"),
            addresses(records["dest_ip"]).alias("resp_h"),
            pl.coalesce(number.replace(NUMBERS), word.replace(PROTOCOLS)).alias("proto"),
            pl.col("flow_id").alias("source_uid"),
            *port,
        )
        if kind not in WITHOUT_ENDS:
            sound = typed.drop_nulls(["orig_h", "resp_h"])
            self.account.drop("unreadable_address", typed.height - sound.height)
            typed = sound
        sound = typed.drop_nulls("ts_ns")
        self.account.drop("unreadable_time", typed.height - sound.height)
        self.account.kept += sound.height
        icmp = pl.col("proto").is_in(["icmp", "icmp6"])
        return sound.with_columns(
            pl.when(icmp).then(pl.col(theirs).cast(pl.UInt16, strict=False)).otherwise(ours)
            .alias(ours)
            for theirs, ours in (("icmp_type", "orig_p"), ("icmp_code", "resp_p"))
        )  # fmt: skip

    def _flows(self, told: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
        frames = []
        known = pl.Series(dtype=pl.String())
        if "flow" in told:
            frames.append(suricata_flows.flows(told["flow"], self.account))
            known = told["flow"]["source_uid"].drop_nulls().unique()
        if "netflow" in told:
            frames.append(suricata_flows.biflows(told["netflow"], known, self.account))
        return pl.concat(frames) if frames else None

    def _events(self, told: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """The event tables, the originator as good as the records alone tell."""
        events: dict[str, list[pl.DataFrame]] = {}
        for kind, records in told.items():
            found: dict[str, pl.DataFrame] = {}
            if kind in SINGLE:
                found = {table: read(records) for table, read in SINGLE[kind]}
            elif kind in SESSIONS:
                found = {kind: SESSIONS[kind](records)}
            elif kind == "dns":
                found = {"dns": dns(records, self.account)}
            elif kind == "smb":
                found = suricata_smb.tables(records, self.account)
            elif kind == "dcerpc":
                found = {"dce_rpc": suricata_smb.dce_rpc(records)}
            for table, frame in found.items():
                if frame.height:
                    rows = swapped(frame) if "turned" in frame.columns else frame
                    events.setdefault(table, []).append(rows)
        return {name: pl.concat(frames, how="diagonal_relaxed") for name, frames in events.items()}


NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp6", "132": "sctp"}
"""Transports that Suricata may write as a number and we as a word."""


def _flows_of(events: Mapping[str, pl.DataFrame], told: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A flow of what is known by its events alone; everything they do not tell is null.

    Of a record that gives no event (a negotiation, a packet that was not understood) the source
    counts as originator, unless the record tells that it went to the client.
    """
    identity = ("source_uid", "orig_h", "orig_p", "resp_h", "resp_p")
    parts = [
        frame.select(
            *identity,
            "ts_ns",
            "proto",
            service=pl.lit(OF_EVENTS[name]) if name in OF_EVENTS else pl.col("service"),
        )
        for name, frame in events.items()
        if name in OF_EVENTS or name == "alert"
    ]
    met = pl.concat([pl.Series(dtype=pl.String()), *(part["source_uid"] for part in parts)])
    for kind, records in told.items():
        if kind in WITHOUT_ENDS:
            continue
        rest = records.filter(~pl.col("source_uid").is_in(met.drop_nulls().implode()))
        to_client = (pl.col("direction") == "to_client").fill_null(value=False)
        rest = swapped(rest.with_columns(turned=to_client))
        known = OF_EVENTS.get(SERVICES.get(kind) or kind)
        word = pl.lit(known) if known else suricata_flows.service("app_proto")
        parts.append(rest.select(*identity, "ts_ns", "proto", service=word))
    if not parts:
        return pl.DataFrame(schema=FLOW_SCHEMA)
    return (
        pl.concat(parts)
        .filter(pl.col("source_uid").is_not_null())
        .group_by(identity, maintain_order=True)
        .agg(
            pl.col("ts_ns").min(),
            pl.col("ts_ns").max().alias("end_ns"),
            pl.col("proto", "service").drop_nulls().first(),
        )
    )
