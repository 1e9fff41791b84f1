"""The numbers that a model of flows reads: one definition for training and for serving.

Two tiers. `flow` is what any exporter or log can give: the transport, duration, packets and bytes
of IP packets both ways, and what follows from them. `packet` is what the meter sees besides. No
number tells of a port, an address or a time to live: those name the machines of a network, not
what they do, and a model that reads them has learned its data set by heart.

    vectors(flows, "flow")      the numbers of each flow, Float32, null where unknown
    names("packet")             their names in order, those of the flow tier first
    needs("packet")             the columns of a flow they are made of
    spec_hash(names("flow"))    what a model is bound to
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

import polars as pl

from lynceus.records import FEATURES, FLOW_SCHEMA

Tier = Literal["flow", "packet"]
Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

VERSION = 1
"""Of the arithmetic below; a change of any expression that keeps its words raises it."""

FIRST_PACKETS = 32
"""So many packets of a flow are numbers of their own."""

_SPEC = {feature["name"]: feature for feature in FEATURES}


@dataclass(frozen=True)
class Number:
    """One number about a flow."""

    name: str
    tier: Tier
    unit: str
    definition: str
    expr: pl.Expr
    """Over columns of `FLOW_SCHEMA`; null, and never NaN or infinite, where unknown."""
    null_when: str

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of a flow that it is made of."""
        return tuple(dict.fromkeys(self.expr.meta.root_names()))


def _column(name: str, tier: Tier) -> Number:
    """A column of a flow as it stands."""
    spec = _SPEC[name]
    return Number(name, tier, spec["unit"], spec["definition"], pl.col(name), spec["null_when"])


def _proto(name: str, protocols: list[str], words: str) -> Number:
    return Number(
        f"proto_{name}", "flow", "0 or 1", f"1 where the transport is {words}, else 0.",
        pl.col("proto").is_in(protocols), "the source does not tell the transport",
    )  # fmt: skip


_UNTOLD = "the source does not tell"


def _ip_bytes(end: str) -> pl.Expr:
    """Bytes of IP packets, also where the source gives them as its only count of bytes."""
    only = pl.when("bytes_are_ip").then(f"{end}_bytes")
    return pl.coalesce(f"{end}_ip_bytes", only).cast(pl.Float64)


def _packets(end: str) -> pl.Expr:
    return pl.col(f"{end}_packets").cast(pl.Float64)


def _per(whole: pl.Expr, part: pl.Expr) -> pl.Expr:
    return pl.when(part > 0).then(whole / part)


_ENDS = {"orig": "originator", "resp": "responder"}
_all_packets = pl.coalesce(_packets("orig") + _packets("resp"), pl.col("total_packets"))
# Zeek gives a flow of one packet no duration, the meter gives it 0.
_duration = pl.coalesce("duration_s", pl.when(_all_packets == 1).then(0.0))
_all_bytes = pl.coalesce(
    _ip_bytes("orig") + _ip_bytes("resp"), pl.when("bytes_are_ip").then("total_bytes")
)


def _flow_tier() -> list[Number]:
    numbers = [
        _proto("tcp", ["tcp"], "TCP"),
        _proto("udp", ["udp"], "UDP"),
        _proto("icmp", ["icmp", "icmp6"], "ICMP or ICMPv6"),
        Number(
            "duration_s",
            "flow",
            "s",
            "Time from first to last packet of the flow part; 0 of a single packet.",
            _duration,
            _UNTOLD,
        ),
    ]

    def add(name: str, unit: str, definition: str, expr: pl.Expr, null_when: str) -> None:
        numbers.append(Number(name, "flow", unit, definition, expr, null_when))

    for end, who in _ENDS.items():
        add(f"{end}_packets", "packets", f"Packets sent by the {who}.", _packets(end), _UNTOLD)
        add(
            f"{end}_ip_bytes", "bytes",
            f"Bytes of IP packets (header to end) sent by the {who}.", _ip_bytes(end), _UNTOLD,
        )  # fmt: skip
        add(
            f"{end}_ip_bytes_per_packet", "bytes",
            f"{end}_ip_bytes / {end}_packets: mean size of an IP packet of the {who}.",
            _per(_ip_bytes(end), _packets(end)), f"{_UNTOLD}, or the {who} sent nothing",
        )  # fmt: skip
        add(
            f"{end}_packets_per_s", "packets per second", f"{end}_packets / duration_s.",
            _per(_packets(end), _duration), f"{_UNTOLD}, or duration_s is 0",
        )  # fmt: skip
        add(
            f"{end}_ip_bytes_per_s", "bytes per second", f"{end}_ip_bytes / duration_s.",
            _per(_ip_bytes(end), _duration), f"{_UNTOLD}, or duration_s is 0",
        )  # fmt: skip
    add("total_packets", "packets", "Packets both ways.", _all_packets, _UNTOLD)
    add("total_ip_bytes", "bytes", "Bytes of IP packets both ways.", _all_bytes, _UNTOLD)
    add(
        "ip_bytes_per_packet", "bytes", "total_ip_bytes / total_packets.",
        _per(_all_bytes, _all_packets), _UNTOLD,
    )  # fmt: skip
    add(
        "packets_per_s", "packets per second", "total_packets / duration_s.",
        _per(_all_packets, _duration), f"{_UNTOLD}, or duration_s is 0",
    )  # fmt: skip
    add(
        "ip_bytes_per_s", "bytes per second", "total_ip_bytes / duration_s.",
        _per(_all_bytes, _duration), f"{_UNTOLD}, or duration_s is 0",
    )  # fmt: skip
    add(
        "resp_share_of_packets", "0 to 1", "resp_packets / total_packets.",
        _per(_packets("resp"), _packets("orig") + _packets("resp")), _UNTOLD,
    )  # fmt: skip
    add(
        "resp_share_of_ip_bytes", "0 to 1", "resp_ip_bytes / total_ip_bytes.",
        _per(_ip_bytes("resp"), _ip_bytes("orig") + _ip_bytes("resp")), _UNTOLD,
    )  # fmt: skip
    return numbers


_OF_MACHINES = ("_ttl_", "_mss_", "_window_scale", "_wire_bytes")
"""What tells the make of a machine, its distance or the link of the sensor."""

_NO_CAPTURE = "the source is not a capture"


def _packet_tier(taken: set[str]) -> list[Number]:
    numbers = [
        _column(name, "packet")
        for name, spec in _SPEC.items()
        if spec["tier"] == "packet"
        and name not in taken
        and FLOW_SCHEMA[name].is_numeric()
        and not any(part in name for part in _OF_MACHINES)
    ]
    for at in range(FIRST_PACKETS):
        size = pl.col("seq_size_bytes").list.get(at, null_on_oob=True).cast(pl.Float64)
        from_orig = pl.col("seq_from_orig").list.get(at, null_on_oob=True)
        gap = pl.col("seq_gap_us").list.get(at, null_on_oob=True).cast(pl.Float64)
        short = f"{_NO_CAPTURE} or the flow part has fewer packets"
        numbers.append(
            Number(
                f"packet_{at + 1:02}_size_bytes", "packet", "bytes",
                f"IP packet size of packet {at + 1} of the flow part; negative where the "
                "responder sent it.",
                pl.when(from_orig).then(size).otherwise(-size), short,
            )
        )  # fmt: skip
        if at:
            numbers.append(
                Number(
                    f"packet_{at + 1:02}_gap_s", "packet", "s",
                    f"Time from packet {at} to packet {at + 1} of the flow part.",
                    gap / 1e6, short,
                )
            )  # fmt: skip
    return numbers


def _all() -> tuple[Number, ...]:
    flow = _flow_tier()
    return (*flow, *_packet_tier({number.name for number in flow}))


VECTOR: tuple[Number, ...] = _all()
"""All numbers, those of the flow tier first."""

_BY_NAME = {number.name: number for number in VECTOR}


def of_tier(tier: Tier) -> tuple[Number, ...]:
    """The numbers of a tier; `packet` includes `flow`."""
    return tuple(n for n in VECTOR if tier == "packet" or n.tier == "flow")


def names(tier: Tier) -> tuple[str, ...]:
    """The names of a tier's numbers, in order; `packet` includes `flow`."""
    return tuple(number.name for number in of_tier(tier))


def number(name: str) -> Number:
    """One number by its name. Raises KeyError where there is none."""
    return _BY_NAME[name]


def needs(tier: Tier) -> tuple[str, ...]:
    """The columns of a flow that the numbers of a tier are made of."""
    return needed(names(tier))


def needed(chosen: Iterable[str]) -> tuple[str, ...]:
    """The columns of a flow that these numbers are made of."""
    return tuple(dict.fromkeys(c for name in chosen for c in _BY_NAME[name].needs))


def vectors(flows: Frame, tier: Tier) -> Frame:
    """The numbers of each flow and nothing else: a frame of the same kind, rows in their order.

    The columns are those of `names(tier)`, Float32, null where unknown. Columns of a flow that
    are missing count as unknown.
    """
    return chosen_vectors(flows, names(tier))


def chosen_vectors(flows: Frame, chosen: Iterable[str]) -> Frame:
    """The numbers of these names of each flow, in this order, as `vectors` gives them."""
    columns, numbers, finite = _expressions(tuple(chosen))
    has = flows.collect_schema()
    missing = [pl.lit(None, FLOW_SCHEMA[name]).alias(name) for name in columns if name not in has]
    return flows.with_columns(missing).select(numbers).with_columns(finite)


@lru_cache(maxsize=16)
def _expressions(
    chosen: tuple[str, ...],
) -> tuple[tuple[str, ...], tuple[pl.Expr, ...], tuple[pl.Expr, ...]]:
    """What these numbers need, what they are made by, and what leaves out those that are none.

    A hostile table may say that a flow lasted NaN seconds, or longer than Float32 can tell.
    """
    return (
        needed(chosen),
        tuple(_BY_NAME[name].expr.cast(pl.Float32).alias(name) for name in chosen),
        tuple(pl.when(pl.col(name).is_finite()).then(name).alias(name) for name in chosen),
    )


def spec_hash(chosen: Iterable[str]) -> str:
    """SHA-256 over version, name, unit and definition of these numbers, in their order.

    A model is served only on the hash it was trained with. Raises KeyError for an unknown name.
    """
    told = [(n.name, n.unit, n.definition) for n in map(number, chosen)]
    text = json.dumps([VERSION, told], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
