"""The list of flows that people paste: `Source: a, Dest: b, Port: 443, Bytes: 2.3MB, ...`.

One flow a line, keys in any order, spelling and case, or `a:1024 -> b:443`. What a line does not
say is null, and so is the time where there is none. What had to be guessed is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import addresses, end_ns, time_ns
from lynceus.ingest.identity import identified
from lynceus.ingest.inputs import Input, ReadOptions, text_head
from lynceus.ingest.quantities import count, duration_s, has_unit, size_bytes
from lynceus.records import FLOW_SCHEMA, Batch, conform

KEYS = {
    "source": ("source ip", "source address", "source host", "source", "src ip", "src addr",
               "src_ip", "srcip", "src", "from", "originator", "client"),
    "dest": ("destination ip", "destination address", "destination host", "destinations",
             "destination", "dest ip", "dest addr", "dest_ip", "dest", "dst ip", "dst_ip",
             "dst addr", "dstip", "dst", "target", "responder", "server", "to"),
    "source_port": ("source port", "src port", "src_port", "sport", "srcport"),
    "port": ("destination port", "dest port", "dest_port", "dst port", "dst_port", "dport",
             "dstport", "ports", "port"),
    "protocol": ("ip protocol", "protocol", "proto", "transport"),
    "service": ("service", "application", "app"),
    "bytes_sent": ("bytes sent", "bytes out", "bytes_out", "sent bytes", "upload"),
    "bytes_received": ("bytes received", "bytes in", "bytes_in", "received bytes", "download"),
    "bytes": ("total bytes", "bytes", "byte", "size", "volume", "octets", "data"),
    "packets_sent": ("packets sent", "packets out"),
    "packets_received": ("packets received", "packets in"),
    "packets": ("total packets", "packets", "packet", "pkts"),
    "duration": ("duration", "dur", "elapsed", "length"),
    "time": ("start time", "starttime", "timestamp", "datetime", "date", "time", "start"),
}  # fmt: skip
"""Our word for a key and the ways people write it."""

EXPECTED = ("source", "dest", "port", "protocol", "bytes", "packets", "duration")
"""Keys whose absence is noted."""

GIVES = {
    "source": ("orig_h",),
    "dest": ("resp_h", "resp_hosts"),
    "port": ("resp_p",),
    "protocol": ("proto",),
    "bytes": ("total_bytes", "orig_bytes", "resp_bytes"),
    "packets": ("total_packets", "orig_packets", "resp_packets"),
    "duration": ("duration_s",),
    "time": ("ts_ns",),
}
"""The columns of which at least one is known where a key could be read."""

SPELLINGS = {written: key for key, ways in KEYS.items() for written in ways}

_WAYS = "|".join(
    re.escape(w).replace(r"\ ", r"[ _-]?") for w in sorted(SPELLINGS, key=len, reverse=True)
)
KEY = rf"(?i)(^|[\s,;|(\[{{\"'*•–—-])({_WAYS})[\"']?\s*[:=]\s*"
"""A key that is known, at the start of a word."""
OTHER_KEY = r"([,;|])\s*([A-Za-z][A-Za-z _]{0,30})\s*[:=]\s*"
"""Any other key after a comma: it ends the value before it."""

ADDRESS = r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}\]?)"
ARROW = rf"({ADDRESS}(?:[:#]\d{{1,5}})?)\s*(?:-+>|=+>|→|»)\s*({ADDRESS}(?:[:#]\d{{1,5}})?)"
"""Two ends with an arrow between."""
END = rf"^[\"'<(]*({ADDRESS})(?:%\w+)?(?:[:#](\d{{1,5}}))?(?:[\"'>)\s,;]|$)"
END_IPV6_PORT = r"^\[([0-9A-Fa-f:.]+)\]:(\d{1,5})"
NESTED = r"^\s*\{[^{]*\{"
"""JSON with objects inside is some log, not a list that was pasted."""
MANY = (
    r"(?i)(?:(\d[\d,]*)\s*(?:unique|distinct|different|hosts?|ips?|addresses|destinations)"
    r"|\b(?:multiple|many|several|various)\b[^\d]*(\d[\d,]*))"
)
"""A destination that stands for several."""

LOOSE = {
    "protocol": r"(?i)\b(tcp|udp|icmp6?|icmpv6|sctp)\b",
    "packets": r"(?i)(\d[\d,]*)\s*(?:packets|packet|pkts)\b",
    "bytes": r"(?i)\b(\d[\d,]*(?:\.\d+)?\s*(?:[KMGT]i?B|bytes|B))\b",
    "duration": r"(?i)\b((?:\d+(?:\.\d+)?\s*(?:h|m|min|s|sec|ms)\b\s*)+)",
}
"""What a line with an arrow may say without a key."""

PROTOCOLS = {
    "icmpv6": "icmp6", "ipv6-icmp": "icmp6", "tls": "tcp", "ssl": "tcp", "https": "tcp",
    "http": "tcp", "ssh": "tcp", "quic": "udp", "igmp": "2", "gre": "47", "esp": "50", "ah": "51",
}  # fmt: skip
TRANSPORTS = ("tcp", "udp", "icmp", "icmp6", "sctp")


class Text:
    """Flows of a pasted list."""

    name: ClassVar[str] = "text"
    expects: ClassVar[str] = "a text list of flows (Source: a, Dest: b, Port: p, ...)"

    def __init__(self, given: Input, options: ReadOptions) -> None:
        self.account = Account()
        self._given = given
        self._site = options.site

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """Whether some line names a source and a destination."""
        del path
        text = text_head(head)
        if text is None:
            return 0.0
        lines = pl.Series("line", text.split("\n", 2000)[:2000], dtype=pl.String)
        if lines.str.contains(NESTED).any():
            return 0.0
        both = lines.str.contains(_key_of("source")) & lines.str.contains(_key_of("dest"))
        return 0.3 if (both | lines.str.contains(ARROW)).any() else 0.0

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Text:
        """The list of one file."""
        return cls(given, options)

    def batches(self) -> Iterator[Batch]:
        """One flow a line that names a source; other lines are counted and left."""
        data = self._given.text(self.account)
        lines = pl.Series("line", data.decode().split("\n"), dtype=pl.String).str.strip_chars()
        lines = lines.filter(lines != "").str.replace_all("[\x1e\x1f]", " ")
        rows = self._pairs(lines)
        self.account.note("lines_that_are_no_flow", lines.len() - rows.height)
        self.account.received = self.account.kept = rows.height
        told = self._typed(self._repaired(rows)).with_columns(
            input_digest=pl.lit(self._given.digest)
        )
        yield Batch(identified(told, site=self._site, source="text", account=self.account))

    def _pairs(self, lines: pl.Series) -> pl.DataFrame:
        """One row a flow line; a column a key with the list of the values it was given."""
        frame = lines.to_frame().with_row_index("row")
        arrow = frame.select(
            "row",
            pl.col("line").str.extract(ARROW, 1).alias("source"),
            pl.col("line").str.extract(ARROW, 2).alias("dest"),
            *(pl.col("line").str.extract(p, 1).alias(key) for key, p in LOOSE.items()),
        ).filter(pl.col("source").is_not_null())
        arrow = arrow.unpivot(index="row", variable_name="key", value_name="value").drop_nulls()
        keyed = (
            frame.select(
                "row",
                pl.col("line")
                .str.replace_all(OTHER_KEY, "${1} \x1e${2}\x1f")
                .str.replace_all(KEY.replace("[\\s,", "[\x1e\\s,"), "${1}\x1e${2}\x1f")
                .str.replace_all("\x1e\x1e", "\x1e", literal=True)
                .str.split("\x1e"),
            )
            .explode("line")
            .filter(pl.col("line").str.contains("\x1f", literal=True))
            .select(
                "row",
                key=pl.col("line").str.extract("^([^\x1f]*)\x1f", 1),
                value=pl.col("line").str.extract("\x1f([^\x1f]*)$", 1),
            )
        )
        key = keyed["key"].str.to_lowercase().str.replace_all(r"[ _-]+", " ").str.strip_chars()
        spelled = {w.replace("_", " "): k for w, k in SPELLINGS.items()}
        spelled |= {w.replace(" ", ""): k for w, k in spelled.items()}
        keyed = keyed.with_columns(
            key=key.replace_strict(spelled, default=None, return_dtype=pl.String()),
            value=pl.col("value").str.strip_chars(" \t,;|\"'{}[]").str.strip_chars(),
        )
        unknown = keyed["key"].is_null()
        self.account.note("keys_not_known", int(unknown.sum()))
        keyed = keyed.filter(~unknown & (pl.col("value") != ""))
        loose = arrow.join(keyed, on=("row", "key"), how="anti").select("row", "key", "value")
        told = pl.concat([loose.with_columns(pl.col("row", "key", "value")), keyed])
        flows = told.filter(pl.col("key") == "source")["row"].unique()
        return (
            told.filter(pl.col("row").is_in(flows.implode()))
            .group_by("row", "key", maintain_order=True)
            .agg("value")
            .pivot("key", index="row", values="value")
            .sort("row")
            .pipe(_with_all_keys)
        )

    def _repaired(self, rows: pl.DataFrame) -> pl.DataFrame:
        """One value a key. Of a doubled one the first, the second for what is evidently missing."""
        twice = {key: pl.col(key).list.len() > 1 for key in KEYS}
        for key in KEYS:
            self.account.note(f"doubled_{key}", rows.select(twice[key].sum()).item())
        sizes = pl.col("bytes").list
        second = sizes.get(1, null_on_oob=True)
        is_packets = twice["bytes"] & pl.col("packets").is_null() & count(second).is_not_null()
        is_packets &= ~has_unit(second).fill_null(value=True)
        counts = pl.col("packets").list.get(1, null_on_oob=True)
        is_bytes = twice["packets"] & pl.col("bytes").is_null() & size_bytes(counts).is_not_null()
        is_bytes &= has_unit(counts).fill_null(value=False)
        note = rows.select(is_packets.sum().alias("p"), is_bytes.sum().alias("b")).row(0)
        self.account.note("doubled_bytes_taken_as_packets", note[0])
        self.account.note("doubled_packets_taken_as_bytes", note[1])
        return rows.select(
            *(pl.col(key).list.first() for key in KEYS if key not in ("bytes", "packets")),
            bytes=pl.when(is_bytes).then(counts).otherwise(sizes.first()),
            packets=pl.when(is_packets).then(second).otherwise(pl.col("packets").list.first()),
        )

    def _typed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that have an end that can be read, in our types; the rest counted."""
        proto = pl.col("protocol").str.to_lowercase().str.extract(r"([a-z0-9-]+)", 1)
        several = pl.col("port").str.contains(r"\d\s*(?:,|-|and|to)\s*\d")
        flows = rows.select(
            *_end("source", "orig"),
            *_end("dest", "resp"),
            resp_hosts=_hosts(),
            own_orig_p=_port("source_port"),
            own_resp_p=pl.when(~several).then(_port("port")),
            proto=_transport(proto),
            service=pl.col("service").str.to_lowercase(),
            duration_s=duration_s(pl.col("duration")),
            orig_bytes=size_bytes(pl.col("bytes_sent")),
            resp_bytes=size_bytes(pl.col("bytes_received")),
            total_bytes=size_bytes(pl.col("bytes")),
            orig_packets=count(pl.col("packets_sent")),
            resp_packets=count(pl.col("packets_received")),
            total_packets=count(pl.col("packets")),
        ).with_columns(
            orig_p=pl.coalesce("own_orig_p", "orig_p"), resp_p=pl.coalesce("own_resp_p", "resp_p")
        )
        flows = flows.with_columns(
            addresses(flows["orig_h"]),
            addresses(flows["resp_h"]),
            time_ns(rows["time"]).alias("ts_ns"),
        ).with_columns(end_ns=end_ns())
        self._note_gaps(rows, flows)
        known = flows.filter(~pl.all_horizontal(pl.col("orig_h", "resp_h").is_null()))
        self.account.drop("unreadable_address", flows.height - known.height)
        self.account.kept -= flows.height - known.height
        return conform(known, FLOW_SCHEMA)

    def _note_gaps(self, rows: pl.DataFrame, flows: pl.DataFrame) -> None:
        """Counts what lines do not say, and what they say in words that cannot be read."""
        for key, columns in GIVES.items():
            gap = pl.all_horizontal(pl.col(column).is_null() for column in columns)
            unknown = flows.select(gap.alias("gap"))["gap"]
            said = rows[key].is_not_null()
            self.account.note(f"unreadable_{key}", int((unknown & said).sum()))
            if key in EXPECTED:
                self.account.note(f"missing_{key}", int((unknown & ~said).sum()))


def _key_of(key: str) -> str:
    ways = "|".join(re.escape(way) for way in sorted(KEYS[key], key=len, reverse=True))
    return rf"(?i)(?:^|[\s,;|(*•–—\"'-])(?:{ways})[\"']?\s*[:=]\s*\S"


def _with_all_keys(rows: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, pl.List(pl.String))
    return rows.with_columns(none.alias(key) for key in KEYS if key not in rows.columns)


def _end(key: str, side: str) -> list[pl.Expr]:
    """Address and port of one end; neither where the row stands for several hosts or a network."""
    text = pl.col(key)
    v6, v6_port = text.str.extract(END_IPV6_PORT, 1), text.str.extract(END_IPV6_PORT, 2)
    host, port = text.str.extract(END, 1), text.str.extract(END, 2)
    return [
        pl.coalesce(v6, host).alias(f"{side}_h"),
        pl.coalesce(v6_port, port).cast(pl.UInt16, strict=False).alias(f"{side}_p"),
    ]


def _port(key: str) -> pl.Expr:
    return pl.col(key).str.extract(r"(\d+)", 1).cast(pl.UInt16, strict=False)


def _hosts() -> pl.Expr:
    text = pl.col("dest")
    number = pl.coalesce(text.str.extract(MANY, 1), text.str.extract(MANY, 2))
    hosts = number.str.replace_all(",", "").cast(pl.UInt32, strict=False)
    return pl.when(~text.str.contains(END)).then(hosts)


def _transport(word: pl.Expr) -> pl.Expr:
    ours = word.replace(PROTOCOLS)
    number = word.cast(pl.UInt8, strict=False).cast(pl.String)
    number = number.replace({"6": "tcp", "17": "udp", "1": "icmp", "58": "icmp6", "132": "sctp"})
    known = ours.is_in([*TRANSPORTS, *(p for p in PROTOCOLS.values())])
    return pl.when(known).then(ours).otherwise(number)
