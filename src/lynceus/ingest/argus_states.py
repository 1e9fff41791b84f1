"""Argus' words for what became of a flow, and the connection state that means the same.

TCP states are the flags that the source and the destination have sent, `FSPA_SRA`; their order is
not told, so a reset counts before a close, as in Zeek. Anything that has no equal is null.
"""

from __future__ import annotations

import polars as pl

TCP_WORDS = {"REQ": "S0", "ACC": "S1", "EST": "S1", "CON": "S1", "CLO": "SF", "INT": "S0"}
"""States of TCP that Argus gives as a word, where it tells no flags."""

UDP_WORDS = {"CON": "SF", "ACC": "SF", "RSP": "SF", "INT": "S0", "REQ": "S0"}
"""States of UDP: answered, or not."""

TCP_FLAGS = r"^([A-Z]*)_([A-Z]*)$"


def conn_state(flipped: pl.Expr) -> pl.Expr:
    """`conn_state` from `State` and `proto`; `flipped` where the destination is the originator."""
    state = pl.col("State").str.strip_chars().str.to_uppercase()
    first, second = state.str.extract(TCP_FLAGS, 1), state.str.extract(TCP_FLAGS, 2)
    orig = pl.when(flipped).then(second).otherwise(first)
    resp = pl.when(flipped).then(first).otherwise(second)
    tcp = pl.when(state.str.contains(TCP_FLAGS)).then(of_flags(orig, resp))
    return (
        pl.when(pl.col("proto") == "tcp")
        .then(tcp.otherwise(_words(state, TCP_WORDS)))
        .when(pl.col("proto") == "udp")
        .then(_words(state, UDP_WORDS).fill_null(_answered()))
        .when(pl.col("proto").is_in(["icmp", "icmp6"]))
        .then(pl.lit("OTH"))
    )


def _words(state: pl.Expr, words: dict[str, str]) -> pl.Expr:
    return state.replace_strict(words, default=None, return_dtype=pl.String())


def _answered() -> pl.Expr:
    resp = pl.col("resp_packets")
    return pl.when(resp > 0).then(pl.lit("SF")).when(resp == 0).then(pl.lit("S0"))


def of_flags(orig: pl.Expr, resp: pl.Expr) -> pl.Expr:
    """The state by the flags of each side, in the order of Zeek's own rules."""

    def has(side: pl.Expr, flag: str) -> pl.Expr:
        return side.str.contains(flag, literal=True)

    opened, accepted = has(orig, "S"), has(resp, "S")
    silent = resp == ""
    rules = (
        (has(resp, "R") & ~opened, "RSTRH"),
        (has(resp, "R") & ~accepted, "REJ"),
        (has(resp, "R"), "RSTR"),
        (has(orig, "R") & silent, "RSTOS0"),
        (has(orig, "R"), "RSTO"),
        (has(orig, "F") & has(resp, "F"), "SF"),
        (has(orig, "F") & silent, "SH"),
        (has(orig, "F"), "S2"),
        (has(resp, "F") & (orig == ""), "SHR"),
        (has(resp, "F"), "S3"),
        (opened & silent, "S0"),
        (opened & accepted, "S1"),
    )
    state = pl.when(rules[0][0]).then(pl.lit(rules[0][1]))
    for rule, word in rules[1:]:
        state = state.when(rule).then(pl.lit(word))  # type: ignore[assignment]
    return state.otherwise(pl.lit("OTH"))
