"""sFlow 5: the packets that agents sampled, as one-way records of one packet each.

Counter samples say nothing of flows; they are counted and skipped.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from lynceus.account import Account
from lynceus.ingest.export_datagrams import SFLOW5, UNKNOWN_NS, Datagrams
from lynceus.ingest.export_losses import Sequences
from lynceus.ingest.export_records import RECORD_SCHEMA, transport
from lynceus.ingest.export_sessions import Sessions
from lynceus.ingest.packet_headers import IPV4, Headers, headers
from lynceus.ingest.packet_text import ip_text, mac_text
from lynceus.ingest.wire_bytes import Bytes, Flags, Places, fronts, gathered, u32
from lynceus.records import conform

FLOW_SAMPLE, COUNTER_SAMPLE, FLOW_SAMPLE_EXPANDED, COUNTER_SAMPLE_EXPANDED = 1, 2, 3, 4
FIXED_BYTES = {FLOW_SAMPLE: 32, FLOW_SAMPLE_EXPANDED: 44}
RAW_HEADER = 1
LINK_OF_PROTOCOL = {1: 1, 11: 228, 12: 229}
"""sFlow's number of a header protocol (Ethernet, IPv4, IPv6) and the link type of pcap."""

MOST_SAMPLES = 2_000


def sampled_packets(
    given: Datagrams, rows: Places, sessions: Sessions, sequences: Sequences, account: Account
) -> pl.DataFrame:
    """One record in `RECORD_SCHEMA` for each sampled packet of the datagrams `rows`."""
    data, start, end = given.data, given.start[rows], given.end[rows]
    agent_bytes = np.where(u32(data, start + 4) == 1, 4, 16)
    head = start + 8 + agent_bytes
    agents = ip_text(_agent(given, start, agent_bytes), agent_bytes == 4)
    names = agents.to_list()
    session = sessions.numbers(names, np.full(rows.size, SFLOW5), u32(data, head))
    numbered = u32(data, head + 4), np.ones(rows.size, np.int64)
    missed = sequences.told(account, "datagrams", names, session, numbered)
    account.miss("export_datagrams", session.size, missed)
    told = u32(data, head + 12)
    owner, kind, at, stop = _parts(given, head + 16, end, np.minimum(told, MOST_SAMPLES))
    found = np.bincount(owner, minlength=rows.size)
    broken = int((found < told).sum())
    account.received += owner.size + broken
    account.drop("datagram_broken", broken)
    counters = np.isin(kind, (COUNTER_SAMPLE, COUNTER_SAMPLE_EXPANDED))
    flow = np.isin(kind, tuple(FIXED_BYTES))
    account.note("counter_samples_skipped", int(counters.sum()))
    account.note("samples_of_unknown_kind", int((~counters & ~flow).sum()))
    account.kept += int((~flow).sum())
    owner, kind, at, stop = owner[flow], kind[flow], at[flow], stop[flow]
    sample, place, limit, link = _raw_headers(given, kind, at, stop)
    seen = headers(data, place, limit, link)
    _count(account, owner.size - sample.size, seen)
    ip = np.flatnonzero(seen.ip > 0)
    rate = u32(data, at + np.where(kind == FLOW_SAMPLE, 8, 12))
    datagram = rows[owner[sample[ip]]]
    exporter = agents.gather(owner[sample[ip]])
    return _records(given, seen, ip, datagram, exporter, rate[sample[ip]])


def _agent(given: Datagrams, start: Places, size: Places) -> Bytes:
    found = gathered(given.data, start + 8, 16)
    found[size == 4, 4:] = 0
    return found


def _parts(
    given: Datagrams, start: Places, end: Places, told: Places
) -> tuple[Places, Places, Places, Places]:
    """Parts of (kind, length, content), at most `told` of each chain: owner, kind, start, end."""
    owners, kinds, starts, ends = ([np.zeros(0, np.int64)] for _ in range(4))
    for step, (owner, at, stop) in enumerate(fronts(start, end, 8)):
        size = u32(given.data, at + 4)
        sound = (at + 8 + size <= stop) & (step < told[owner])
        keep = np.flatnonzero(sound)
        owners.append(owner[keep])
        kinds.append(u32(given.data, at[keep]))
        starts.append(at[keep] + 8)
        ends.append(at[keep] + 8 + size[keep])
        at[keep] += 8 + size[keep]
    owner, kind, begin, finish = map(np.concatenate, (owners, kinds, starts, ends))
    order = np.lexsort((begin, owner))
    return owner[order], kind[order], begin[order], finish[order]


def _raw_headers(
    given: Datagrams, kind: Places, at: Places, stop: Places
) -> tuple[Places, Places, Places, Places]:
    """The first sampled header of each sample: sample, start, end and link type."""
    data = given.data
    fixed = np.where(kind == FLOW_SAMPLE, FIXED_BYTES[FLOW_SAMPLE],
                     FIXED_BYTES[FLOW_SAMPLE_EXPANDED])  # fmt: skip
    most = np.minimum(u32(data, at + fixed - 4), MOST_SAMPLES)
    sample, form, begin, end = _parts(given, at + fixed, stop, most)
    raw = np.flatnonzero((form == RAW_HEADER) & (end - begin >= 16))
    sample, begin, end = sample[raw], begin[raw], end[raw]
    protocol = u32(data, begin)
    link = np.full(protocol.size, -1, np.int64)
    for number, means in LINK_OF_PROTOCOL.items():
        link[protocol == number] = means
    first = np.unique(sample, return_index=True)[1]
    finish = np.minimum(begin + 16 + u32(data, begin + 12), end)
    return sample[first], begin[first] + 16, finish[first], link[first]


def _count(account: Account, without: int, seen: Headers) -> None:
    """Samples that give no record: those without a packet header and those that are not IP."""
    account.drop("sample_without_packet", without)
    account.drop("not_ip", int((seen.ip == 0).sum()))
    account.kept += int((seen.ip > 0).sum())


def _records(
    given: Datagrams,
    seen: Headers,
    ip: Places,
    datagram: Places,
    exporter: pl.Series,
    rate: Places,
) -> pl.DataFrame:
    v4 = seen.ip[ip] == IPV4
    time = pl.Series(given.arrived_ns[datagram]).replace(UNKNOWN_NS, None)
    frame = pl.DataFrame(
        {
            "exporter": exporter,
            "src_h": ip_text(seen.src[ip], v4),
            "dst_h": ip_text(seen.dst[ip], v4),
            "src_p": _known(seen.src_p[ip]),
            "dst_p": _known(seen.dst_p[ip]),
            "proto": pl.Series(seen.proto[ip]),
            "ts_ns": time,
            "end_ns": time,
            "packets": np.ones(ip.size, np.uint64),
            "bytes": seen.ip_bytes[ip],
            "tcp_flags": _known(seen.tcp_flags[ip]),
            "src_mac": _macs(seen.src_mac[ip], seen.has_mac[ip]),
            "dst_mac": _macs(seen.dst_mac[ip], seen.has_mac[ip]),
            "vlan": _known(seen.vlan[ip]),
            "sampling_rate": pl.Series(rate).replace([0, 1], None),
            "input_digest": pl.Series(given.digest, dtype=pl.String).gather(datagram),
        }
    )
    return conform(
        frame.with_columns(
            proto=transport(pl.col("proto")),
            both_ways=pl.lit(value=False),
            bytes_are_ip=pl.lit(value=True),
        ),
        RECORD_SCHEMA,
    )


def _known(values: Places) -> pl.Series:
    return pl.Series(values).replace(-1, None)


def _macs(rows: Bytes, told: Flags) -> pl.Series:
    return mac_text(rows).set(pl.Series(~told), None)
