"""Cuts the packets of an incident out of its captures, each finding a comment at its packets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from lynceus import _core
from lynceus.incident import Incident
from lynceus.ingest.inputs import CAPTURE_MAGICS, Input, InputError
from lynceus.records import FLOW_SCHEMA
from lynceus.results import Results, ResultsError, digest_of

SLACK_NS = 1_000_000_000
"""By how much times of a log may differ from those of a capture of the same traffic."""

WANTED = (
    *("orig_h", "orig_p", "resp_h", "resp_p", "proto"),
    *("first_frame", "last_frame", "ts_ns", "end_ns"),
)
"""What tells the packets of a flow: its ends, and the stretch of frames or of time."""


@dataclass(frozen=True)
class Cut:
    """What was cut out."""

    packets: int
    flows: int
    captures: tuple[Path, ...]


def cut_out(results: Results, incident: Incident, out: Path, captures: Sequence[Path] = ()) -> Cut:
    """Writes the packets of an incident as pcapng, a section for each capture.

    `captures` are searched instead of the recorded inputs. Raises `ResultsError` where a capture
    is missing or not the one the flows came from, or where no packet is found.
    """
    findings = results.findings(record.id for record in incident.findings)
    number = {record.id: place for place, record in enumerate(incident.findings)}
    comments = [
        f"{record.detector}, {record.severity}: {record.because} (finding {record.id})"
        for record in incident.findings
    ]
    flows = results.flows_of(findings)
    rows = pl.concat([_of_flows(flows), _of_arp(findings)]).with_columns(
        comment=pl.col("finding").replace_strict(number, return_dtype=pl.UInt32)
    )
    captures = captures or _kept(results, rows)
    about = f"Lynceus incident {incident.id}: {incident.title}. {incident.summary}"
    sources = dict(_sources(results, rows, captures))
    part = out.with_name(f".{out.name}.part")
    packets = 0
    try:
        for digest, path in sources.items():
            own = rows.filter(pl.col("input_digest").eq_missing(digest) | ~pl.col("framed"))
            columns = {name: own[name] for name in (*WANTED, "comment")}
            try:
                packets += _core.cut_packets(
                    path, part, columns, about=about, comments=comments, append=part.exists()
                )
            except _core.InputError as error:
                raise ResultsError(str(error)) from None
        if not packets:
            named = ", ".join(map(str, sources.values())) or "the inputs"
            raise ResultsError(f"{named}: no packet of incident {incident.id} in it")
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return Cut(packets, flows["uid"].n_unique(), tuple(sources.values()))


def _kept(results: Results, rows: pl.DataFrame) -> list[Path]:
    """Captures that a run has kept of the time of these rows."""
    begin, end = rows["ts_ns"].min(), rows["end_ns"].max()
    if not isinstance(begin, int) or not isinstance(end, int):
        return []
    return results.captures(begin, end)


def _of_flows(flows: pl.DataFrame) -> pl.DataFrame:
    framed = pl.col("first_frame").is_not_null()
    begin, end = pl.col("ts_ns"), pl.coalesce("end_ns", "ts_ns")
    return flows.with_columns(
        framed=framed,
        ts_ns=pl.when(~framed).then(begin - SLACK_NS),
        end_ns=pl.when(~framed).then(end + SLACK_NS),
    ).select("finding", "input_digest", "framed", *WANTED)


def _of_arp(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings without flows speak of ARP: what their originator sent while they last."""
    nothing = {
        n: pl.lit(None, FLOW_SCHEMA[n]) for n in ("input_digest", "first_frame", "last_frame")
    }
    return findings.filter(
        pl.col("flows_total") == 0,
        pl.col("orig_h").is_not_null(),
        pl.col("first_seen_ns").is_not_null(),
    ).select(
        pl.col("id").alias("finding"),
        nothing["input_digest"].alias("input_digest"),
        pl.lit(False).alias("framed"),
        "orig_h",
        pl.lit(None, pl.UInt16).alias("orig_p"),
        "resp_h",
        pl.lit(None, pl.UInt16).alias("resp_p"),
        pl.lit("arp").alias("proto"),
        nothing["first_frame"].alias("first_frame"),
        nothing["last_frame"].alias("last_frame"),
        pl.col("first_seen_ns").alias("ts_ns"),
        pl.coalesce("last_seen_ns", "first_seen_ns").alias("end_ns"),
    )


def _sources(
    results: Results, rows: pl.DataFrame, captures: Sequence[Path]
) -> Iterator[tuple[str, Path]]:
    """Digest and path of the captures that hold the packets."""
    needed = set(rows.filter("framed")["input_digest"].drop_nulls())
    anything = not rows.filter("framed").height
    if captures:
        for path in captures:
            digest = _capture(path)
            if digest not in needed and not anything:
                raise ResultsError(
                    f"{path}: not the capture of this incident: its digest is {digest}, "
                    f"expected {' or '.join(sorted(needed))}"
                )
            yield digest, path
        needed -= {_capture(path) for path in captures}
    recorded = {} if captures else _recorded(results.inputs)
    if anything and not captures:
        yield from recorded.items()
    for digest in sorted(needed):
        if digest not in recorded:
            where = [path for path, own in results.inputs.items() if own == digest]
            lain = f"is no longer at {where[0]}" if where else "was not recorded as a file"
            raise ResultsError(
                f"the capture {digest} of this incident {lain}; name it with --capture"
            )
        yield digest, recorded[digest]


def _capture(path: Path) -> str:
    """The digest of a capture. Raises `ResultsError` where it is none."""
    try:
        given = Input.of(path)
    except InputError as error:
        raise ResultsError(str(error)) from None
    if not given.head.startswith(CAPTURE_MAGICS):
        raise ResultsError(f"{path}: not a capture (pcap, pcapng)")
    return given.digest


def _recorded(inputs: Mapping[str, str | None]) -> dict[str, Path]:
    """The recorded captures that are still what they were."""
    found = {}
    for name, digest in inputs.items():
        path = Path(name)
        same = digest is not None and digest_of(path) == digest
        if digest and same and Input.of(path).head.startswith(CAPTURE_MAGICS):
            found[digest] = path
    return found
