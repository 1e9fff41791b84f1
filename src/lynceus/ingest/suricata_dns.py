"""Suricata's DNS records of all formats as queries with their answers.

Format 1 has one record a query and one for each resource record of an answer; format 2 one a query
and one an answer; format 3 (Suricata 8) calls them request and response and lists the questions.
"""

from __future__ import annotations

import re

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import mapped
from lynceus.ingest.suricata_shapes import ENDS, GROUPED
from lynceus.ingest.zeek_tables import QTYPES, RCODES

ASKS = ("query", "request")
ANSWERS = ("answer", "response")

REPEAT_NS = 2_000_000_000
"""An equal answer so soon after the first is the same one seen twice."""

PORTS = (53, 5353, 5355)
"""Ports of servers, by which the side of an answer without a query is told."""


def dns(records: pl.DataFrame, account: Account) -> pl.DataFrame:
    """One row a query with its answer, or an answer without a query."""
    told = _told(records)
    queries = told.filter(pl.col("kind").is_in(ASKS)).drop("one", "one_ttl")
    answers = told.filter(pl.col("kind").is_in(ANSWERS))
    account.note("dns_records_of_unknown_kind", told.height - queries.height - answers.height)
    single = answers.filter(pl.col("answers").is_not_null() | pl.col("versioned"))
    single = single.drop("one", "one_ttl")
    records_of_answers = answers.filter(pl.col("answers").is_null() & ~pl.col("versioned"))
    versioned = _paired(queries, single, ["source_uid", "trans_id", "query", "qtype"], account)
    open_one = pl.col("rtt_s").is_null() & ~pl.col("answer_alone")
    left, done = versioned.filter(open_one), versioned.filter(~open_one)
    rest = _paired(left.select(queries.columns), _gathered(records_of_answers),
        ["source_uid", "trans_id"], account)  # fmt: skip
    whole = pl.concat([done, rest], how="diagonal").sort("row")
    empty = pl.col("answers").list.len().fill_null(0) == 0
    return whole.with_columns(
        rejected=pl.when(pl.col("rcode").is_not_null()).then((pl.col("rcode") != "NOERROR") & empty)
    ).drop("row", "kind", "versioned", "answer_alone")


def _told(records: pl.DataFrame) -> pl.DataFrame:
    dns = pl.col("dns").struct
    question = dns.field("queries").list.first().struct
    detailed = dns.field("answers")
    grouped = dns.field("grouped").struct

    lists = pl.concat_list(grouped.field(name).fill_null([]) for name in GROUPED)
    kind = dns.field("type").str.to_lowercase()
    data = detailed.list.eval(_data(pl.element().struct))
    seconds = detailed.list.eval(pl.element().struct.field("ttl").cast(pl.UInt32, strict=False))
    one = pl.when(dns.field("rdata").is_not_null()).then(pl.concat_list(dns.field("rdata")))
    told = records.select(
        *ENDS,
        kind.alias("kind"),
        dns.field("version").is_not_null().alias("versioned"),
        dns.field("id").cast(pl.UInt16, strict=False).alias("trans_id"),
        pl.coalesce(question.field("rrname"), dns.field("rrname")).alias("query"),
        pl.coalesce(question.field("rrtype"), dns.field("rrtype")).alias("qtype"),
        pl.when(kind.is_in(ANSWERS)).then(dns.field("rcode")).alias("rcode"),
        pl.when(kind.is_in(ANSWERS)).then(pl.coalesce(
            data,
            pl.when(lists.list.len() > 0).then(lists),
        )).alias("answers"),
        pl.when(kind.is_in(ANSWERS)).then(seconds).alias("ttls_s"),
        pl.when(kind.is_in(ANSWERS)).then(one).alias("one"),
        dns.field("ttl").cast(pl.UInt32, strict=False).alias("one_ttl"),
    ).with_row_index("row")  # fmt: skip
    told = told.with_columns(
        mapped(told["query"], r"[^!-\[\]-~]", _name).str.to_lowercase().alias("query"),
        mapped(told["qtype"], r"[^A-Z]", lambda t: QTYPES.get(t) or _numbered(t, "TYPE")),
        mapped(told["rcode"], r"[^A-Z]", lambda t: RCODES.get(t) or _numbered(t, "RCODE")),
    )
    final = pl.col("query").str.strip_suffix(".")
    root = pl.when(final == "").then(pl.lit(".")).otherwise(final)
    return told.with_columns(root.alias("query")).pipe(_from_client)


def _data(record: pl.expr.struct.ExprStructNameSpace) -> pl.Expr:
    """One resource record in presentation form."""
    soa, srv = record.field("soa").struct, record.field("srv").struct
    parts = ("mname", "rname", "serial", "refresh", "retry", "expire", "minimum")
    zone = pl.concat_str((soa.field(p) for p in parts), separator=" ", ignore_nulls=True)
    place = pl.concat_str(
        (srv.field(p) for p in ("priority", "weight", "port", "name")), separator=" "
    )
    return pl.coalesce(
        record.field("rdata"), place, pl.when(soa.field("mname").is_not_null()).then(zone)
    )


def _from_client(told: pl.DataFrame) -> pl.DataFrame:
    """The client as originator: who asked in the flow, else by the port of a server."""
    asks = pl.col("kind").is_in(ASKS)
    place = pl.concat_str("orig_h", pl.col("orig_p").fill_null(0), separator=" ")
    asker = pl.when(asks).then(place).drop_nulls().first().over("source_uid")
    asker = pl.when(pl.col("source_uid").is_not_null()).then(asker)
    by_port = pl.col("orig_p").is_in(PORTS) & ~pl.col("resp_p").is_in(PORTS)
    turned = ~asks & pl.when(asker.is_not_null()).then(asker != place).otherwise(by_port)
    return told.with_columns(turned=turned.fill_null(value=False)).pipe(swapped).drop("turned")


def swapped(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with their ends exchanged where `turned`."""
    ends = (("orig_h", "resp_h"), ("resp_h", "orig_h"), ("orig_p", "resp_p"), ("resp_p", "orig_p"))
    return rows.with_columns(
        pl.when("turned").then(theirs).otherwise(ours).alias(ours) for ours, theirs in ends
    )


def _gathered(records: pl.DataFrame) -> pl.DataFrame:
    """Answers of format 1, whose resource records share flow, id and time, as one row each."""
    own = {"source_uid", "trans_id", "ts_ns", "answers", "ttls_s", "one", "one_ttl"}
    first = [name for name in records.columns if name not in own]
    data = pl.col("one").list.first()
    return records.group_by("source_uid", "trans_id", "ts_ns", maintain_order=True).agg(
        *(pl.col(name).first() for name in first),
        data.drop_nulls().alias("answers"),
        pl.col("one_ttl").filter(data.is_not_null()).alias("ttls_s"),
    )


def _paired(
    queries: pl.DataFrame, answers: pl.DataFrame, on: list[str], account: Account
) -> pl.DataFrame:
    """Every query with the answer that came next; one that was sent again counts as last sent.

    Answers that found no query stand alone, unless they only repeat what was just answered.
    """
    unlike = ("ts_ns", "row", "rcode", "answers", "ttls_s", *on)
    told = answers.with_row_index("nth").sort("ts_ns", maintain_order=True)
    right = told.select(
        *on, "nth", "rcode", "answers", "ttls_s", "ts_ns", pl.col("ts_ns").alias("answered_ns")
    )
    left = queries.drop("rcode", "answers", "ttls_s").sort("ts_ns", maintain_order=True)
    met = left.join_asof(right, on="ts_ns", by=on, strategy="forward", check_sortedness=False)
    open_ones = met.filter(pl.col("nth").is_null())
    answered = met.filter(pl.col("nth").is_not_null()).unique(
        "nth", keep="last", maintain_order=True
    )
    lag = (pl.col("answered_ns") - pl.col("ts_ns")).cast(pl.Float64) / 1e9
    both = pl.concat([answered, open_ones]).with_columns(
        rtt_s=lag, answer_alone=pl.lit(value=False)
    )
    alone = told.join(answered.select("nth"), on="nth", how="anti").with_columns(
        rtt_s=pl.lit(None, pl.Float64), answer_alone=pl.lit(value=True)
    )
    same = [*on, "rcode", "answers"]
    again = alone.join_asof(
        answered.select(*same, ts_ns="answered_ns", first_ns="answered_ns").sort("ts_ns"),
        on="ts_ns", by=on, check_sortedness=False, suffix="_first", tolerance=REPEAT_NS,
    )  # fmt: skip
    repeated = again["first_ns"].is_not_null() & (again["rcode"] == again["rcode_first"])
    repeated &= again["answers"].eq_missing(again["answers_first"])
    account.note("dns_answers_repeated", int(repeated.sum()))
    alone = alone.filter(~repeated.fill_null(value=False))
    kept = [*(n for n in queries.columns if n not in unlike), *unlike, "rtt_s", "answer_alone"]
    return pl.concat([both.select(kept), alone.select(kept)])


def _name(text: str) -> str:
    """A name with odd bytes as `\\DDD`."""
    raw = text.encode()
    return "".join(chr(b) if 0x20 <= b < 0x7F else f"\\{b:03d}" for b in raw)


def _numbered(text: str, word: str) -> str:
    number = re.search(r"(\d+)$", text)
    return f"{word}{number[1]}" if number else text.upper()
