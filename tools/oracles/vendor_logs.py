"""Raw log samples of many products against the parse that a log collector's own tests expect.

Each sample is read as an input of its own, its line feeds replaced by blanks as relays do. Compared
are the ends, transport, bytes, packets, action, rule, user, host, time and, where the sample is a
detection, its name and severity. A value that was not read, or by no source, counts as wrong. Not
asked is what the sample does not hold: a text that is not in the line (words the collector made
up), and a time whose year no part of the line tells.

Four products stay below 95 % singly, by what is expected of them rather than by what is read:
cisco-ios (the port of the device itself, `localport`, is expected as that of the client, and a
sequence number as the name of the host), darktrace (the word "Darktrace" as the host, of nine
values in all), zscaler (`inbytes`, which its guide has as received by the client, is expected as
sent) and suricata (of an answer of DNS the resolver as the one who began; of a flow the time at
which it was logged, where we tell its begin and end; and a line of another program's metrics).
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from lynceus.ingest import InputError, open_input
from lynceus.records import Batch
from oracles import AbsentError, OracleTable

SAMPLES = "vendor-logs/sekoia"

NAMED = (
    "netfilter", "cisco-asa-ftd", "cisco-ios", "paloalto", "fortigate", "checkpoint",
    "juniper-srx", "sonicwall", "zscaler", "squid", "aws-vpc-flow", "azure-nsg-flow",
    "gcp-vpc-flow", "darktrace", "vectra", "apache", "nginx", "openssh", "suricata",
)  # fmt: skip
"""The products that the demand names, of those that samples are there for."""

LEAST_SHARE = 0.95

Compare = Callable[[object, Any], bool]


def _text(expected: Any, told: Any) -> bool:
    ours, theirs = (str(v).strip().strip('"').rstrip(".").casefold() for v in (told, expected))
    return ours == theirs or _alone(ours) == theirs or ours == _alone(theirs)


def _alone(name: str) -> str:
    """A name without its domain, before it as Windows or behind as mail has it."""
    return re.split(r"\\+", name)[-1].partition("@")[0]


def _number(expected: Any, told: Any) -> bool:
    return str(expected) == str(told)


def _address(expected: Any, told: Any) -> bool:
    try:
        return ipaddress.ip_address(str(expected)) == ipaddress.ip_address(told)
    except ValueError:
        return False


def _transport(expected: Any, told: Any) -> bool:
    numbers = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp6", "ipv6-icmp": "icmp6",
               "icmpv6": "icmp6", "ip": None}  # fmt: skip
    word = str(expected).split()[0].lower()
    return str(told) == str(numbers.get(word, word))


def _time(expected: Any, told: Any) -> bool:
    when = datetime.fromisoformat(str(expected)).timestamp()
    return bool(abs(when - told / 1e9) < 1e-3)


FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Compare]] = {
    "source address": (("source.ip",), ("orig_h",), _address),
    "source port": (("source.port",), ("orig_p",), _number),
    "destination address": (("destination.ip",), ("resp_h",), _address),
    "destination port": (("destination.port",), ("resp_p",), _number),
    "protocol": (("network.transport",), ("proto",), _transport),
    "bytes sent": (("source.bytes",), ("orig_bytes", "orig_ip_bytes"), _number),
    "bytes received": (
        ("destination.bytes",),
        ("resp_bytes", "resp_ip_bytes", "response_body_bytes"),
        _number,
    ),
    "bytes": (("network.bytes",), ("total_bytes",), _number),
    "packets sent": (("source.packets",), ("orig_packets",), _number),
    "packets received": (("destination.packets",), ("resp_packets",), _number),
    "packets": (("network.packets",), ("total_packets",), _number),
    "action": (("action.name", "event.action"), ("action", "event_code"), _text),
    "rule": (("rule.name", "rule.id"), ("rule", "signature"), _text),
    "user": (
        ("user.name", "source.user.name", "user.email"),
        ("username", "user", "client"),
        _text,
    ),
    "host": (
        ("host.name", "host.hostname", "log.hostname", "observer.hostname", "observer.name"),
        ("hostname", "sensor", "host"),
        _text,
    ),
    "time": (("@timestamp",), ("ts_ns", "end_ns"), _time),
}
"""What is asked: where the expectation has it, where we do, and how the two are compared."""

DETECTION: dict[str, tuple[tuple[str, ...], tuple[str, ...], Compare]] = {
    "name": (
        ("rule.name", "threat.indicator.name", "threat.software.name", "vulnerability.id"),
        ("signature",),
        _text,
    ),
    "severity": (("event.severity", "vulnerability.severity"), ("severity", "score"), _text),
}
"""What is asked besides where the expectation calls the sample an alert."""

LITERAL = ("action", "rule", "user", "host", "name", "severity")


def table(data: Path) -> OracleTable:
    """Each product with its values expected and equal. Raises `AbsentError`."""
    folder = data / SAMPLES
    if not folder.is_dir():
        raise AbsentError(f"no {SAMPLES} in the data")
    rows = [_product(path) for path in sorted(folder.glob("*.jsonl*"))]
    frame = pl.DataFrame(rows).sort("named", "product", descending=[True, False])
    asked = frame.filter("named")
    equal, expected = int(asked["equal"].sum()), int(asked["expected"].sum())
    others = frame.filter(~pl.col("named"))
    return OracleTable(
        title="log lines of firewalls, clouds and servers",
        must_show=f"at least {LEAST_SHARE:.0%} of the expected values equal, named products",
        rows=frame,
        verdict=equal >= LEAST_SHARE * expected,
        summary=(
            f"{equal} of {expected} values equal ({equal / max(expected, 1):.1%}), "
            f"{int((asked['share'] >= LEAST_SHARE).sum())} of {asked.height} products at "
            f"{LEAST_SHARE:.0%} or above; of {others.height} products beyond those "
            f"{int(others['equal'].sum())} of {int(others['expected'].sum())}"
        ),
    )


def _product(path: Path) -> dict[str, Any]:
    name = path.name.removesuffix(".gz").removesuffix(".jsonl")
    count: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for sample in samples(path):
        for field, equal, _, _ in compared(sample):
            count["expected"] += 1
            count["equal"] += equal
            wrong[field] += not equal
        count["samples"] += 1
    return {
        "product": name,
        "named": name in NAMED,
        "samples": count["samples"],
        "expected": count["expected"],
        "equal": count["equal"],
        "share": round(count["equal"] / count["expected"], 3) if count["expected"] else None,
        "wrong": ", ".join(f"{field} {n}" for field, n in wrong.most_common() if n),
    }


def samples(path: Path) -> Iterator[dict[str, Any]]:
    """The samples of one product."""
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    yield from map(json.loads, text.splitlines())


def compared(sample: Mapping[str, Any]) -> Iterator[tuple[str, bool, Any, list[Any]]]:
    """The values asked of a sample: field, whether ours equals, what is expected, what we have."""
    expected, message = sample["expected"], sample["message"]
    batch = _read(message)
    fields = dict(FIELDS)
    if (expected.get("event") or {}).get("kind") == "alert":
        fields |= DETECTION
    for field, (theirs, ours, equal) in fields.items():
        values = [v for path in theirs if (v := _at(expected, path)) not in (None, "", [])]
        if field in LITERAL:
            values = [v for v in values if str(v).casefold() in message.casefold()]
        if not values or (field == "time" and not _dated(str(values[0]), message)):
            continue
        told = _told(batch, ours)
        yield field, any(equal(v, t) for v in values for t in told), values, told


def _read(message: str) -> list[Batch]:
    with tempfile.NamedTemporaryFile(suffix=".sample") as file:
        file.write((re.sub(r"[\r\n]+", " ", message.strip()) + "\n").encode())
        file.flush()
        try:
            return list(open_input(file.name).batches())
        except InputError:
            return []


def _told(batches: list[Batch], columns: tuple[str, ...]) -> list[Any]:
    frames = [frame for batch in batches for frame in (batch.flows, *batch.events.values())]
    found = [frame[name].drop_nulls().to_list()
             for frame in frames for name in columns if name in frame.columns]  # fmt: skip
    return [value for values in found for value in values]


def _at(expected: Any, path: str) -> Any:
    for key in path.split("."):
        expected = expected.get(key) if isinstance(expected, dict) else None
    return expected


def _dated(expected: str, message: str) -> bool:
    """Whether the line tells the year: written out, in two digits, or as a time since 1970."""
    year = expected[:4]
    since = str(int(datetime.fromisoformat(expected).timestamp()))[:6]
    return year in message or since in message or bool(
        re.search(rf"\d{{1,2}}/\d{{1,2}}/{year[2:]}\b", message)
    )  # fmt: skip
