"""What one row of a table says about itself: columns made from a row before any window counts it.

For flows:

    orig_in, resp_in    whether the end is inside; by address class where nobody told the networks
    unicast             the responder is one host (or the row stands for several)
    orig_bytes ...      counts of bytes and packets are multiplied by the rate of sampling
    orig_data_bytes     payload sent by the originator; an estimate where the source counts packets
    resp_data_bytes     the same of the responder
    silent              the responder sent nothing
    refused             the responder answered with a refusal
    failed              an attempt without a conversation: silent, refused, or opened and left empty
    reply_like          the far end of a conversation whose beginning was not seen
    login               login service the flow speaks to, by content first, by port second
    admin               protocol of remote administration, the same way

For every table that names a host: `orig_in`, `resp_in`; for those with a name, `domain`: the
registered domain.
"""

from __future__ import annotations

import polars as pl

from lynceus.features import ports

_PRIVATE = (
    r"^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|127\.|f[cd][0-9a-f]{2}:|fe[89ab])"
)
_NOT_UNICAST = r"^(22[4-9]\.|23\d\.|255\.255\.255\.255$|0\.0\.0\.0$|ff[0-9a-f]{2}:|::$)"
_NO_HOST = ["multicast", "broadcast", "unspecified", "invalid"]

UNANSWERED = ["S0", "SH", "RSTOS0"]
"""TCP states in which the responder never opened the connection."""

HEADER_BYTES = {"tcp": 78, "udp": 46}
"""Most that Ethernet, VLAN, IP and transport headers take of a packet that carries little; where
a source counts whole packets this much of each is not payload."""

FEW_PACKETS = 10
"""More packets than this one way are no mere attempt (SYN with all its retries are 7)."""

REPLY_PORTS = (1900, 3478, 3702, 5353, 5355)
"""UDP ports above 1023 from which services answer."""

NAME_COLUMNS = ("query", "server_name", "host")
"""The column that holds a name; an event table has one of them or none."""

_LOGINS = sorted({*ports.LOGIN.values()})
_ADMINS = sorted({*ports.ADMIN.values()})


def _unless_known(text: str, *facts: str) -> pl.Expr:
    """A text where enrichment does not know these facts, else null: reading text is slow."""
    return pl.when(pl.all_horizontal(pl.col(fact).is_null() for fact in facts)).then(text)


def _inside(end: str) -> pl.Expr:
    by_class = pl.col(f"{end}_class").is_in(["private", "link_local", "loopback"])
    by_text = _unless_known(f"{end}_h", f"{end}_inside", f"{end}_class").str.contains(_PRIVATE)
    return pl.coalesce(f"{end}_inside", by_class, by_text).alias(f"{end}_in")


def _payload(end: str) -> pl.Expr:
    header = (
        pl.when(pl.col("proto") == "tcp").then(HEADER_BYTES["tcp"]).otherwise(HEADER_BYTES["udp"])
    )
    whole = pl.col(f"{end}_bytes").cast(pl.Int64)
    least = (whole - header * pl.col(f"{end}_packets").cast(pl.Int64)).clip(lower_bound=0)
    return pl.when("bytes_are_ip").then(least).otherwise(whole).alias(f"{end}_data_bytes")


def _outcome() -> list[pl.Expr]:
    tcp = pl.col("proto") == "tcp"
    state = pl.col("conn_state")
    silent = pl.coalesce(
        pl.col("resp_packets") == 0,
        pl.when(tcp).then(state.is_in(UNANSWERED)),
        pl.col("resp_bytes") == 0,
    )
    brief = (
        (pl.col("orig_packets").fill_null(1) <= FEW_PACKETS)
        & (pl.col("resp_packets").fill_null(0) <= FEW_PACKETS)
        & (pl.col("orig_data_bytes").fill_null(0) <= 2000)
    )
    begun = pl.col("history").str.contains("S", literal=True).fill_null(True)
    no_answer = silent | (pl.col("resp_data_bytes") == 0)
    tcp_failed = state.is_in(["REJ", *UNANSWERED]) | (no_answer & begun & (state != "OTH"))
    failed = brief & pl.when(tcp).then(pl.coalesce(tcp_failed, no_answer)).otherwise(silent)
    refused = tcp & ((state == "REJ") | (~silent & state.is_in(["RSTR", "RSTRH"]) & failed))
    low, high = pl.col("orig_p") < 1024, pl.col("resp_p") >= 1024
    udp_reply = (low | pl.col("orig_p").is_in(REPLY_PORTS)) & high
    reply = pl.when(tcp).then(low & high & ~begun).otherwise(udp_reply)
    return [
        silent.alias("silent"),
        failed.fill_null(False).alias("failed"),
        refused.fill_null(False).alias("refused"),
        (pl.col("proto").is_in(["tcp", "udp", "sctp"]) & reply)
        .fill_null(False)
        .alias("reply_like"),
    ]


def _spoken(services: list[str], table: dict[int, str]) -> pl.Expr:
    """The service by its content; by its port where content told nothing of what is inside."""
    service = pl.col("service")
    by_content = pl.when(service.is_in(services)).then(service)
    named = ports.named(table)
    # Zeek calls the remote management of Windows by what carries it.
    wrapped = service.is_null() | (service == "tls") | ((service == "http") & (named == "winrm"))
    by_port = pl.when(wrapped & (pl.col("proto") == "tcp")).then(named)
    return pl.coalesce(by_content, by_port)


def _of_flows(rows: pl.LazyFrame) -> pl.LazyFrame:
    by_text = _unless_known("resp_h", "resp_class").str.contains(_NOT_UNICAST)
    unicast = ~pl.coalesce(pl.col("resp_class").is_in(_NO_HOST), by_text).fill_null(False)
    return rows.with_columns(
        unicast.alias("unicast"),
        _payload("orig"),
        _payload("resp"),
        _spoken(_LOGINS, ports.LOGIN).alias("login"),
        _spoken(_ADMINS, ports.ADMIN).alias("admin"),
    ).with_columns(_outcome())


def _estimated(rows: pl.DataFrame) -> list[pl.Expr]:
    """Counts of sampled packets times their rate: what crossed the network, by the best guess.

    Outcomes are judged before, by the packets that were seen.
    """
    times = pl.when(pl.col("sampling_rate") > 1).then("sampling_rate").otherwise(1)
    counts = [name for name in rows.columns if name.endswith(("_bytes", "_packets"))]
    return [
        (pl.col(name) * times.cast(dtype)).alias(name)
        for name, dtype in [
            *((name, rows.schema[name]) for name in counts if rows.schema[name].is_integer()),
            ("orig_data_bytes", pl.Int64()),
            ("resp_data_bytes", pl.Int64()),
        ]
    ]


def registered_domain(name: pl.Expr) -> pl.Expr:
    """The registered domain by its labels: the last two, three under a short second level.

    Used only where enrichment does not know it from the public suffix list.
    """
    labels = name.str.split(".")
    second, top = labels.list.get(-2, null_on_oob=True), labels.list.get(-1, null_on_oob=True)
    country = (top.str.len_bytes() == 2) & (second.str.len_bytes() <= 3)
    return labels.list.tail(pl.when(country.fill_null(False)).then(3).otherwise(2)).list.join(".")


def with_row_features(of: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of a table with the columns of this module."""
    frame = rows.lazy().with_columns(_inside("orig"), _inside("resp"))
    if of == "flows":
        frame = _of_flows(frame)
        if (rows["sampling_rate"] > 1).any():
            frame = frame.with_columns(_estimated(rows))
    if "domain_registered" in rows.columns:
        (column,) = (name for name in NAME_COLUMNS if name in rows.columns)
        frame = frame.with_columns(
            domain=pl.coalesce(
                "domain_registered", registered_domain(_unless_known(column, "domain_registered"))
            )
        )
    return frame.collect(engine="in-memory")
