"""Whose behaviour is learned: hosts, pairs, services and flows, and the numbers that tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from lynceus.features.profile import (
    KINDS,
    PROFILE_OF_FLOWS,
    PROFILE_OF_ORIGINATOR,
    PROFILE_OF_PAIR,
    PROFILE_OF_RESPONDER,
    PROFILE_OF_SERVICE,
)
from lynceus.features.window import Window

Unit = Literal["bytes", "s", "count"]

FLOOR: dict[Unit, float] = {"bytes": 0.6, "s": 0.8, "count": 0.35}
"""Least spread of a number on the logarithmic scale: a factor of 1.8, 2.2 and 1.4. What varies
less than this is not stranger for it."""


@dataclass(frozen=True)
class Number:
    """One number of an hour, on a logarithmic scale, and how it is said."""

    name: str
    unit: Unit
    says: str
    """Words with `{}` for the value: `sent {} outside`."""
    one: str = ""
    """What is counted, in the singular."""

    @property
    def message(self) -> str:
        """Its words as a message, with `{value}`."""
        return self.says.replace("{}", "{value}")


def _counts(prefix: str, says: str) -> tuple[Number, ...]:
    return tuple(
        Number(f"{prefix}_{kind}_flows", "count", says.format("{}", kind), "flow") for kind in KINDS
    )


_LONGEST = Number("longest_s", "s", "stayed connected for {}")
_SERVED = (
    Number("served_flows", "count", "answered {}", "flow"),
    Number("clients", "count", "was asked by {}", "client"),
    Number("served_outside_flows", "count", "answered {} from outside", "flow"),
    Number("served_sent_bytes", "bytes", "gave out {}"),
    Number("served_received_bytes", "bytes", "took in {} as a server"),
)


@dataclass(frozen=True, eq=False)
class Subject:
    """A kind of entity with a baseline of its own."""

    name: str
    tables: tuple[Window, ...]
    """The window tables that its rows are made of."""
    entity: tuple[str, ...]
    """Columns that name it; the first is the host whose behaviour it is."""
    numbers: tuple[Number, ...]
    kin: tuple[str, ...]
    """What it is compared with where it is little known itself, the widest first."""
    zero: bool
    """Whether an hour without a row is an hour of nothing."""

    @property
    def names(self) -> list[str]:
        """The names of its numbers."""
        return [number.name for number in self.numbers]


HOST = Subject(
    "host",
    (PROFILE_OF_ORIGINATOR, PROFILE_OF_RESPONDER),
    ("host",),
    (
        Number("flows", "count", "began {}", "flow"),
        Number("failed_flows", "count", "tried {} in vain", "flow"),
        Number("outside_sent_bytes", "bytes", "sent {} outside"),
        Number("outside_received_bytes", "bytes", "fetched {} from outside"),
        Number("inside_sent_bytes", "bytes", "sent {} inside"),
        Number("inside_received_bytes", "bytes", "fetched {} from inside"),
        Number("outside_hosts", "count", "turned to {} outside", "host"),
        Number("inside_hosts", "count", "turned to {} inside", "host"),
        Number("ports", "count", "used {}", "port"),
        _LONGEST,
        *_counts("used", "began {} of kind {}"),
        *_SERVED,
        Number("refused_flows", "count", "left {} unanswered", "flow"),
        Number("asked_ports", "count", "was asked on {}", "port"),
        *_counts("served", "answered {} of kind {}"),
    ),
    ("segment", "role"),
    zero=True,
)

PAIR = Subject(
    "pair",
    (PROFILE_OF_PAIR,),
    ("host", "resp_h"),
    (
        Number("flows", "count", "began {}", "flow"),
        Number("failed_flows", "count", "tried {} in vain", "flow"),
        Number("sent_bytes", "bytes", "sent {}"),
        Number("received_bytes", "bytes", "fetched {}"),
        Number("ports", "count", "used {}", "port"),
        _LONGEST,
    ),
    ("role", "host"),
    zero=False,
)

SERVICE = Subject(
    "service",
    (PROFILE_OF_SERVICE,),
    ("host", "resp_p", "proto"),
    (*_SERVED, _LONGEST),
    ("resp_p",),
    zero=False,
)

FLOW = Subject(
    "flow",
    (PROFILE_OF_FLOWS,),
    ("host", "resp_p", "proto"),
    (
        Number("longest_s", "s", "kept one flow open for {}"),
        Number("most_packets", "count", "exchanged {} in one flow", "packet"),
        Number("most_sent_bytes", "bytes", "sent {} in one flow"),
        Number("most_received_bytes", "bytes", "fetched {} in one flow"),
    ),
    ("resp_p",),
    zero=False,
)

SUBJECTS = (HOST, PAIR, SERVICE, FLOW)
"""All subjects."""

SEEN = ("first_seen_ns", "last_seen_ns")


def rows_of(subject: Subject, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Finished windows as hours: `site`, `window_start_ns`, the entity, its segment, the numbers.

    Numbers that no table told are null; of a host that only began or only answered, 0.
    """
    if subject is HOST:
        began, answered = (
            frame.rename({key: "host"}).drop("window_end_ns")
            for frame, key in zip(tables, ("orig_h", "resp_h"), strict=True)
        )
        keys = ["window_start_ns", "site", "host"]
        frame = began.join(answered, on=keys, how="full", coalesce=True, nulls_equal=True)
        both = [
            pl.min_horizontal("first_seen_ns", "first_seen_ns_right").alias("first_seen_ns"),
            pl.max_horizontal("last_seen_ns", "last_seen_ns_right").alias("last_seen_ns"),
        ]
        frame = frame.with_columns(*both).drop("first_seen_ns_right", "last_seen_ns_right")
        counts = [n.name for n in subject.numbers if n.unit == "count"]
        frame = frame.with_columns(pl.col(counts).fill_null(0))
    else:
        (frame,) = tables
        frame = frame.rename({subject.tables[0].key[0]: "host"})
    return (
        frame.filter(pl.col("window_start_ns").is_not_null() & pl.col("host").is_not_null())
        .with_columns(pl.col(subject.names).cast(pl.Float64), segment=segment("host"))
        .select("site", "window_start_ns", *subject.entity, "segment", *subject.names, *SEEN)
        .sort("window_start_ns", "site", *subject.entity)
    )


def segment(host: str) -> pl.Expr:
    """The network that an address is taken to share with its neighbours: /24, of IPv6 /64."""
    v4 = pl.col(host).str.extract(r"^(\d+\.\d+\.\d+)\.\d+$")
    v6 = pl.col(host).str.extract(r"^((?:[0-9a-f]+:){1,4})")
    return pl.coalesce(v4 + ".0/24", v6.str.strip_chars_end(":") + "::/64")
