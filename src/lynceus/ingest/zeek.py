"""Zeek logs: one file or a directory of them, TSV or JSON lines, labelled or not.

conn.log gives the flows, the others events that carry the uid of their flow. Where there is no
conn.log, a flow is made of what its events tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import end_ns
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, InputError, ReadOptions, text_head
from lynceus.ingest.json_lines import OBJECT, objects
from lynceus.ingest.repeats import events_once
from lynceus.ingest.zeek_application_tables import NOTICE
from lynceus.ingest.zeek_certificates import NAMED, X509, with_certificates
from lynceus.ingest.zeek_columns import typed
from lynceus.ingest.zeek_log import Log
from lynceus.ingest.zeek_logins import GATHERED_LOGINS
from lynceus.ingest.zeek_losses import loss_log, note_losses, note_notices
from lynceus.ingest.zeek_messages import GATHERED
from lynceus.ingest.zeek_notices import detections
from lynceus.ingest.zeek_oddities import note_oddities, oddity_log
from lynceus.ingest.zeek_rows import DIRECTIVE, Rows, json_lines, tsv
from lynceus.ingest.zeek_tables import BY_NAME, COLUMNS, LOGS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch, conform

EXPECTED = ", ".join(f"{name}.log" for name in sorted(BY_NAME))

IDENTITY = ("source_uid", "orig_h", "orig_p", "resp_h", "resp_p")


class Zeek:
    """Flows and events of Zeek logs, all those of a directory together."""

    name: ClassVar[str] = "zeek"
    expects: ClassVar[str] = "Zeek logs (conn.log, dns.log, ssl.log and others, TSV or JSON)"

    def __init__(self, given: Sequence[Input], options: ReadOptions) -> None:
        self.account = Account()
        self._given = tuple(given)
        self._site = options.site
        self._derive = options.derive_flows
        self._certificates: list[pl.DataFrame] = []

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether the input is a Zeek log; little sure of one that is of a kind not read."""
        text = text_head(head) or ""
        if re.search(r"^#(separator |fields[\t ,])", text, re.MULTILINE):
            return 0.4 if _unused(head) else 1.0
        return 0.9 if _json_log(text, path.name) else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Zeek:
        """The logs of one input."""
        return cls([given], options)

    @classmethod
    def open_all(cls, given: Sequence[Input], options: ReadOptions) -> Zeek:
        """Logs that were named one by one: what they share an uid for belongs together."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """All flows and events as one batch. Raises `InputError` where no log can be used."""
        tables: dict[str, list[pl.DataFrame]] = {}
        for given in self._given:
            used = [self._read(log, tables) for log in given.parts]
            if not any(used):
                raise InputError(f"{given.name}: no Zeek log that is read; expected {EXPECTED}")
        if not tables:
            names = ", ".join(given.name for given in self._given)
            raise InputError(f"{names}: no traffic in these Zeek logs; expected {EXPECTED}")
        events = {}
        for name in EVENT_SCHEMAS:
            if name in tables:
                frame, again = events_once(tables[name])
                if name == X509.table:
                    frame = with_certificates(frame, self._certificates)
                events[name] = frame
                self.account.drop("duplicate", again)
                self.account.kept -= again
        if "flows" in tables:
            flows = pl.concat(tables["flows"], how="diagonal_relaxed")
        elif not self._derive:
            flows = pl.DataFrame(schema=FLOW_SCHEMA)
        else:
            flows = _flows_of(events)
            self.account.note("flows_derived_from_events", flows.height)
        flows = identified(flows, site=self._site, source="zeek", account=self.account)
        yield Batch(
            flows, {name: self._joined(name, frame, flows) for name, frame in events.items()}
        )

    def _read(self, given: Input, tables: dict[str, list[pl.DataFrame]]) -> bool:
        """Adds the rows of one log; whether there was any use in it."""
        account = Account()
        hint = given.path.name if given.keep is None else ""
        if _unused(given.head):
            self.account.note("files_not_used")
            return False
        try:
            data = given.text(account)
        except InputError:
            if any(given is one for one in self._given):
                raise
            self.account.note("files_unreadable")
            return False
        read = json_lines if re.match(rb"\s*\{", data) else tsv
        used = False
        per_table: dict[str, list[pl.DataFrame]] = {}
        for part in read(data, account):
            rows, log = part, log_of(part, hint)
            if log is NOTICE and "note" in part.frame.columns:
                note_notices(part.frame, account)
                rows, used = detections(part), True
            if log is None and (losses := loss_log(rows.path, set(rows.frame.columns))):
                note_losses(losses, rows.frame, rows.height, account)
                used = True
                continue
            if log is None and (odd := oddity_log(rows.path, set(rows.frame.columns))):
                note_oddities(odd, rows.frame, rows.height, account)
                used = True
                continue
            if log is None:
                account.received -= rows.height
                account.note("rows_of_logs_not_used", rows.height)
                continue
            if log is X509:
                account.kept += rows.height
                self._certificates.append(typed(log, rows, account))
                used = True
                continue
            frame = self._sound(log, rows, account)
            if not frame.columns:
                continue
            per_table.setdefault(log.table, []).append(_shaped(log, frame, given.digest))
        for table, frames in per_table.items():
            tables.setdefault(table, []).append(pl.concat(frames, how="diagonal_relaxed"))
        self.account.merge(account)
        return used or bool(per_table)

    def _sound(self, log: Log, rows: Rows, account: Account) -> pl.DataFrame:
        """The rows that have their ends and, where the log has times at all, their time."""
        frame = typed(log, rows, account)
        ends = [] if log.one_end else ["orig_h", "resp_h"]
        if not {*ends, "ts_ns"} <= set(frame.columns):
            account.drop("columns_missing", rows.height)
            return pl.DataFrame()
        sound = frame.drop_nulls(ends) if ends else frame
        account.drop("unreadable_address", frame.height - sound.height)
        dated = sound.filter(pl.col("ts_ns").is_not_null())
        if dated.is_empty():
            account.note("rows_without_time", sound.height)
        else:
            account.drop("unreadable_time", sound.height - dated.height)
            sound = dated
        account.kept += sound.height
        return sound

    def _joined(self, name: str, events: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
        """The events with the uid of the flow that Zeek logged under the same uid."""
        exact = flows.select(*IDENTITY, "uid").unique(IDENTITY, keep="first", maintain_order=True)
        single = flows.select("source_uid", any_uid="uid").filter(
            pl.col("source_uid").is_unique() & pl.col("source_uid").is_not_null()
        )
        joined = (
            conform(events, pl.Schema({**EVENT_SCHEMAS[name], "source_uid": pl.String()}))
            .drop("uid")
            .join(exact, on=IDENTITY, how="left", maintain_order="left")
            .join(single, on="source_uid", how="left", maintain_order="left")
            .with_columns(uid=pl.coalesce("uid", "any_uid"), site=pl.lit(self._site))
        )
        return conform(joined, EVENT_SCHEMAS[name])


def log_of(rows: Rows, hint: str = "") -> Log | None:
    """Which log the rows are of: by the name they state, else by their columns."""
    columns = set(rows.frame.columns)
    return _known(rows.path, columns, hint)


def _known(path: str | None, columns: set[str], hint: str) -> Log | None:
    if path is not None:
        stated = _named(path)
        return BY_NAME[stated] if stated else None
    hinted = _named(hint)
    fitting = [log for log in LOGS if any(columns.issuperset(marks) for marks in log.marks)]
    if hinted and BY_NAME[hinted] in fitting:
        return BY_NAME[hinted]
    return fitting[0] if fitting else None


def _named(text: str) -> str | None:
    """The log that a path or a file name holds as words of it; of several the longest."""
    words = f"_{'_'.join(re.split(r'[^a-z0-9]+', text.lower()))}_"
    return next((n for n in sorted(BY_NAME, key=len, reverse=True) if f"_{n}_" in words), None)


def _unused(head: bytes) -> bool:
    """Whether all of a TSV log is of kinds that are not read, so that it need not be parsed."""
    paths = [m[2] for m in DIRECTIVE.finditer(head) if m[1] == b"path"]
    whole = len(paths) == 1
    path = paths[0].decode("utf-8", "replace").strip() if whole else ""
    counted = loss_log(path, set()) or oddity_log(path, set())
    return whole and _known(path, set(), "") is None and counted is None


def _json_log(text: str, name: str) -> bool:
    lines = [line for line in text.split("\n", 200)[:200] if re.match(OBJECT, line)]
    if not lines:
        return False
    frame, _ = objects("\n".join(lines).encode(), ("_path", *COLUMNS))
    columns = {c for c in frame.columns if frame[c].null_count() < frame.height}
    paths = frame["_path"].drop_nulls()
    ends = {"id.orig_h", "id_orig_h", "orig_hw", "src_mac", "msg_types", "_path"}
    if (ends | set(X509.marks[0])).isdisjoint(columns):
        return False
    path = str(paths[0]) if len(paths) else None
    if _known(path, columns, name):
        return True
    return bool(path and (loss_log(path, columns) or oddity_log(path, columns)))


def _shaped(log: Log, frame: pl.DataFrame, digest: str) -> pl.DataFrame:
    if log.table == "flows":
        return _flows(frame, digest)
    if gather := GATHERED.get(log.name) or GATHERED_LOGINS.get(log.name):
        frame = gather(frame)
    proto = frame["proto"] if "proto" in frame.columns else pl.lit(log.proto, pl.String)
    if log.name == "ssl" and "version" in frame.columns:
        datagrams = pl.col("version").str.starts_with("DTLS")
        proto = pl.when(datagrams).then(pl.lit("udp")).otherwise(pl.lit("tcp"))
    shaped = frame.with_columns(proto=proto, input_digest=pl.lit(digest))
    wanted = {**EVENT_SCHEMAS[log.table], "source_uid": pl.String(), "input_digest": pl.String()}
    if log.table == X509.table:
        wanted[NAMED] = pl.String()
    return conform(shaped, pl.Schema(wanted))


def _flows(frame: pl.DataFrame, digest: str) -> pl.DataFrame:
    """Rows of conn.log in the columns of a flow."""
    wanted = {**FLOW_SCHEMA, "ip_proto": pl.String()}
    frame = conform(frame.with_columns(input_digest=pl.lit(digest)), pl.Schema(wanted))
    v6 = pl.col("orig_h").str.contains(":", literal=True)
    transport = pl.coalesce("proto", "ip_proto")
    return frame.with_columns(
        proto=pl.when((transport == "icmp") & v6).then(pl.lit("icmp6")).otherwise(transport),
        end_ns=end_ns(),
        missed_bytes=pl.when(pl.col("proto") == "tcp").then("missed_bytes"),
        orig_by=pl.lit("source"),
    ).drop("ip_proto")


def _flows_of(events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A flow of what is known by its events alone; everything they do not tell is null."""
    parts = [
        frame.filter(pl.col("source_uid").is_not_null()).select(
            *IDENTITY, "ts_ns", "proto", "input_digest", service=pl.lit(log.service)
        )
        for log in LOGS
        if log.service and (frame := events.get(log.table)) is not None
    ]
    if not parts:
        return pl.DataFrame(schema=FLOW_SCHEMA)
    return (
        pl.concat(parts)
        .group_by(IDENTITY, maintain_order=True)
        .agg(
            pl.col("ts_ns").min(),
            pl.col("ts_ns").max().alias("end_ns"),
            pl.col("proto", "service", "input_digest").drop_nulls().first(),
        )
    )
