"""Datagrams of real exporters, and what other programs say of the same.

Every readable datagram is decoded and what is bad is counted; the records of the captures of
pmacct are those of its own expected JSON; and the flows that softflowd exports of a capture have
the ends, counts and times that it says itself.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lynceus.ingest import open_input
from lynceus.ingest.flow_export import FlowExport
from lynceus.ingest.inputs import Input, ReadOptions
from lynceus.records import Batch
from oracles import AbsentError, OracleTable, at

WORDS = {"ipv6-icmp": "icmp6", "vrrp": "112"}
"""Transports of pmacct that have other names here."""

HARMLESS = frozenset({"duplicate"})
TEMPLATE_MISSING = "template_never_came"
"""Why data of an exporter stays unread whose template is in no file."""

PROGRAM_PATH = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
CAPTURE = "stratosphere/slips/test7-malicious.pcap"
EXPORTS = {
    "v5": (("-v", "5"), 1),
    "v9": (("-v", "9"), 1000),
    "ipfix": (("-v", "10"), 1),
    "biflows": (("-v", "10", "-b"), 1),
}
"""Arguments of softflowd and by how many ms its times are rounded."""

SAID = re.compile(
    r"EXPIRED: seq:\d+ \[(?P<a>[^\]]+)\]:(?P<a_p>\d+) <> \[(?P<b>[^\]]+)\]:(?P<b_p>\d+) "
    r"proto:(?P<proto>\d+) octets>:(?P<there>\d+) packets>:(?P<n>\d+) octets<:(?P<back>\d+) "
    r"packets<:(?P<m>\d+) start:(?P<start>\S+) finish:(?P<finish>\S+)"
)


def table(data: Path) -> OracleTable:
    """Reads every exporter and compares with pmacct and softflowd."""
    folder = at(data, "flow-export")
    rows = [
        *_decoded(folder),
        *(_pmacct(case) for case in sorted((folder / "pmacct").iterdir())),
        *_softflowd(at(data, CAPTURE)),
    ]
    frame = pl.DataFrame(rows)
    by_kind = {
        kind[0]: f"{own['met'].sum()} of {own.height} {kind[0]}"
        for kind, own in frame.group_by("compared", maintain_order=True)
    }
    return OracleTable(
        title="Flow exports of real exporters",
        must_show="every readable datagram decoded, bad ones counted; equal to pmacct, softflowd",
        rows=frame,
        verdict=bool(frame["met"].all()),
        summary="; ".join(by_kind.values()),
    )


def _row(compared: str, name: str, told: str, met: bool) -> dict[str, Any]:
    return {"compared": compared, "input": name, "measured": told, "met": met}


def read(paths: list[Path]) -> tuple[FlowExport, pl.DataFrame]:
    """A source of these inputs together, and its records before they are stitched."""
    source = FlowExport.open_all([Input.of(path) for path in paths], ReadOptions())
    return source, source.records()


def exporters(folder: Path) -> dict[str, list[Path]]:
    """The files of each exporter below a folder of datagrams, those with templates first."""
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.dat"), key=lambda p: ("tpl" not in p.name, p.name)):
        named = re.sub(r"_(tpls?|data|dpi).*|(-\d)?\.dat", "", path.name)
        files.setdefault(named, []).append(path)
    return files


def _decoded(folder: Path) -> Iterator[dict[str, Any]]:
    inputs = {
        f"{group}/{name}": paths
        for group in ("codec-netflow", "graylog")
        for name, paths in exporters(folder / group).items()
    }
    for path in sorted(folder.rglob("*.pcap*")):
        if isinstance(open_input(path), FlowExport):
            inputs[str(path.relative_to(folder))] = [path]
    for name, paths in inputs.items():
        source, records = read(paths)
        bad = {r: n for r, n in source.account.dropped.items() if r not in HARMLESS}
        told = f"{records.height} records" + "".join(f", {n} {r}" for r, n in bad.items())
        yield _row("exporters decoded", name, told, source.account.balanced and not _unread(bad))


def _unread(bad: dict[str, int]) -> bool:
    """Whether something was dropped that the files hold all to read."""
    return bool(set(bad) - {TEMPLATE_MISSING})


def pmacct(folder: Path) -> tuple[Counter[Any], Counter[Any]]:
    """Packets and bytes by ends and times: as pmacct expects them, and as they were read."""
    (expected_at,) = folder.glob("output-flow-00.json*")
    raw = expected_at.read_bytes()
    text = gzip.decompress(raw) if expected_at.suffix == ".gz" else raw
    _, records = read(sorted(folder.glob("traffic-*")))
    expected: Counter[Any] = Counter()
    timed = b"timestamp_start" in text
    # pmacct tells whole seconds: of IPFIX times without their fraction, of NetFlow 9 it takes the
    # age of the flow without its fraction from the time of the export.
    seconds = math.floor if "IPFIX" in folder.name else math.ceil
    for line in text.splitlines():
        row = json.loads(line)
        key = (row["ip_src"], row["ip_dst"], row["port_src"], row["port_dst"],
               WORDS.get(row["ip_proto"], row["ip_proto"]),
               *(float(row[f"timestamp_{end}"]) for end in ("start", "end") if timed))  # fmt: skip
        expected[(*key, "packets")] += row["packets"]
        expected[(*key, "bytes")] += row["bytes"]
    found: Counter[Any] = Counter()
    for row in records.to_dicts():
        # pmacct multiplies by the sampling rate where its test asks for it.
        times = row["sampling_rate"] or 1
        key = (row["src_h"], row["dst_h"], row["src_p"] or 0, row["dst_p"] or 0, row["proto"],
               *(float(seconds(row[n] / 1e9)) for n in ("ts_ns", "end_ns") if timed))  # fmt: skip
        found[(*key, "packets")] += row["packets"] * times
        found[(*key, "bytes")] += row["bytes"] * times
    return expected, found


def _pmacct(folder: Path) -> dict[str, Any]:
    expected, found = pmacct(folder)
    same = sum(found.get(key) == value for key, value in expected.items())
    told = f"{same} of {len(expected)} sums equal"
    return _row("cases of pmacct equal", folder.name, told, expected == found)


def has_softflowd() -> bool:
    """Whether softflowd is installed."""
    return (
        shutil.which("softflowd", path=f"{os.environ.get('PATH', '')}:{PROGRAM_PATH}") is not None
    )


def softflowd(
    capture: Path, folder: Path, *arguments: str
) -> tuple[pl.DataFrame, list[dict[str, str]]]:
    """The flows read of what softflowd exports of a capture, and what it says of each."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        said = exported(capture, folder, collector.getsockname()[1], *arguments)
        collector.settimeout(0.5)
        datagrams = []
        while True:
            try:
                datagrams.append(collector.recv(65_535))
            except TimeoutError:
                break
    path = folder / "exported"
    path.write_bytes(b"".join(datagrams))
    return Batch.concat(list(open_input(path).batches())).flows, said


def exported(capture: Path, folder: Path, port: int, *arguments: str) -> list[dict[str, str]]:
    """Lets softflowd export a capture to a port here; gives what it says of each flow."""
    unpacked = folder / "capture"
    raw = capture.read_bytes()
    unpacked.write_bytes(gzip.decompress(raw) if capture.suffix == ".gz" else raw)
    run = subprocess.run(
        ["softflowd", "-r", str(unpacked), "-n", f"127.0.0.1:{port}", "-D", "-a",
         "-p", str(folder / "pid"), "-c", "none", "-d", *arguments],
        capture_output=True, text=True, timeout=60, check=True, cwd=folder,
        env={"TZ": "UTC", "PATH": PROGRAM_PATH},
    )  # fmt: skip
    said = [found.groupdict() for found in SAID.finditer(run.stderr + run.stdout)]
    if arguments == ("-v", "5"):
        said = [row for row in said if ":" not in row["a"]]
    return said


def unsaid(flows: pl.DataFrame, said: list[dict[str, str]], off_ms: int) -> list[dict[str, Any]]:
    """The flows that softflowd does not tell so: ends, packets, bytes, and times by `off_ms`."""

    def key(a: str, b: str, packets: int, octets: int) -> tuple[Any, ...]:
        return (*sorted((a, b)), packets, octets)

    begins: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for row in said:
        ends = tuple(int(np.datetime64(row[n], "ms").astype(int)) for n in ("start", "finish"))
        name = key(row["a"], row["b"], int(row["n"]) + int(row["m"]),
                   int(row["there"]) + int(row["back"]))  # fmt: skip
        begins.setdefault(name, []).append((ends[0], ends[1]))
    wrong = []
    for flow in flows.sort("ts_ns").to_dicts():
        name = key(flow["orig_h"], flow["resp_h"], flow["total_packets"], flow["total_bytes"])
        told = sorted(begins.get(name, []))
        near = [t for t in told if abs(t[0] - flow["ts_ns"] / 1e6) <= off_ms + 1
                and abs(t[1] - flow["end_ns"] / 1e6) <= off_ms + 1]  # fmt: skip
        if near:
            begins[name].remove(near[0])
        else:
            wrong.append(flow)
    return wrong


def _softflowd(capture: Path) -> Iterator[dict[str, Any]]:
    if not has_softflowd():
        raise AbsentError("softflowd is not installed")
    for name, (arguments, off_ms) in EXPORTS.items():
        with tempfile.TemporaryDirectory() as scratch:
            flows, said = softflowd(capture, Path(scratch), *arguments)
        wrong = unsaid(flows, said, off_ms)
        told = f"{flows.height - len(wrong)} of {len(said)} flows equal"
        met = not wrong and flows.height == len(said)
        yield _row("exports of softflowd equal", f"{capture.name} as {name}", told, met)
