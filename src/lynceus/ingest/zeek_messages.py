"""Zeek's logs of one message a row as rows of ours: a request with its answers, a function an hour.

What Zeek does not log (bytes, stations, whether a login was granted) stays null.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

HOUR_NS = 3_600_000_000_000
ENDS = ("source_uid", "orig_h", "orig_p", "resp_h", "resp_p")
CHANNELS, COMMANDS = 64, 32

NTP_MODES = {
    "1": "symmetric_active", "2": "symmetric_passive", "3": "client", "4": "server",
    "5": "broadcast", "6": "control", "7": "private",
}  # fmt: skip
TELLING = ("symmetric_passive", "server", "broadcast")
"""Modes of messages that tell the time to who has asked, or to all."""

MODBUS_FUNCTIONS = {
    "READ_COILS": 1, "READ_DISCRETE_INPUTS": 2, "READ_HOLDING_REGISTERS": 3,
    "READ_INPUT_REGISTERS": 4, "WRITE_SINGLE_COIL": 5, "WRITE_SINGLE_REGISTER": 6,
    "READ_EXCEPTION_STATUS": 7, "DIAGNOSTICS": 8, "GET_COMM_EVENT_COUNTER": 11,
    "GET_COMM_EVENT_LOG": 12, "WRITE_MULTIPLE_COILS": 15, "WRITE_MULTIPLE_REGISTERS": 16,
    "REPORT_SLAVE_ID": 17, "READ_FILE_RECORD": 20, "WRITE_FILE_RECORD": 21,
    "MASK_WRITE_REGISTER": 22, "READ_WRITE_MULTIPLE_REGISTERS": 23, "READ_FIFO_QUEUE": 24,
    "ENCAP_INTERFACE_TRANSPORT": 43, "PROGRAM_UNITY": 90, "PROGRAM_CONCEPT": 91,
}  # fmt: skip

DNP3_FUNCTIONS = {
    "CONFIRM": 0, "READ": 1, "WRITE": 2, "SELECT": 3, "OPERATE": 4, "DIRECT_OPERATE": 5,
    "DIRECT_OPERATE_NR": 6, "IMMED_FREEZE": 7, "IMMED_FREEZE_NR": 8, "FREEZE_CLEAR": 9,
    "FREEZE_CLEAR_NR": 10, "FREEZE_AT_TIME": 11, "FREEZE_AT_TIME_NR": 12, "COLD_RESTART": 13,
    "WARM_RESTART": 14, "INITIALIZE_DATA": 15, "INITIALIZE_APPL": 16, "START_APPL": 17,
    "STOP_APPL": 18, "SAVE_CONFIG": 19, "ENABLE_UNSOLICITED": 20, "DISABLE_UNSOLICITED": 21,
    "ASSIGN_CLASS": 22, "DELAY_MEASURE": 23, "RECORD_CURRENT_TIME": 24, "OPEN_FILE": 25,
    "CLOSE_FILE": 26, "DELETE_FILE": 27, "GET_FILE_INFO": 28, "AUTHENTICATE_FILE": 29,
    "ABORT_FILE": 30, "ACTIVATE_CONFIG": 31, "AUTHENTICATE_REQ": 32, "AUTHENTICATE_ERR": 33,
    "RESPONSE": 129, "UNSOLICITED_RESPONSE": 130, "AUTHENTICATE_RESP": 131,
}  # fmt: skip

INDICATIONS = (
    "NO_FUNC_CODE_SUPPORT", "OBJECT_UNKNOWN", "PARAMETER_ERROR", "EVENT_BUFFER_OVERFLOW",
    "ALREADY_EXECUTING", "CONFIG_CORRUPT", "RESERVED_2", "RESERVED_1", "BROADCAST",
    "CLASS_1_EVENTS", "CLASS_2_EVENTS", "CLASS_3_EVENTS", "NEED_TIME", "LOCAL_CONTROL",
    "DEVICE_TROUBLE", "DEVICE_RESTART",
)  # fmt: skip
"""DNP3's internal indications, from the lowest bit on."""


def ntp(messages: pl.DataFrame) -> pl.DataFrame:
    """A request with the answers that repeat its time of sending; an unasked message alone."""
    told = _whole(messages, "version", "mode", "stratum", "ref_id", "asked_ns", "told_ns")
    told = told.unique(maintain_order=True).with_columns(
        pl.col("asked_ns", "told_ns").cast(pl.Int64, strict=False),
        mode=pl.col("mode").replace_strict(NTP_MODES, default=None, return_dtype=pl.String()),
    )
    tells = pl.col("mode").is_in(TELLING)
    answers = tells & (pl.col("asked_ns") > 0)
    told = told.with_columns(
        exchange=pl.when(answers).then("asked_ns").otherwise("told_ns"),
        tells=tells.fill_null(value=False),
        answers=answers.fill_null(value=False),
    )
    clock = pl.col("ref_id").filter(tells & ~pl.col("ref_id").str.contains(r"^(\\x|\x00|$)"))
    offset = (pl.col("told_ns") - pl.col("ts_ns")).cast(pl.Float64) / 1e9
    return (
        told.sort("ts_ns", "tells", maintain_order=True)
        .group_by(*ENDS, "exchange", maintain_order=True)
        .agg(
            pl.col("ts_ns").first(),
            pl.col("version", "mode").sort_by("tells", maintain_order=True).first(),
            pl.col("stratum").filter("tells").last(),
            clock.last(),
            offset.filter(tells & (pl.col("told_ns") > 0)).last().alias("offset_s"),
            pl.col("answers").sum().cast(pl.UInt32),
        )
        .drop("exchange")
    )


def irc(messages: pl.DataFrame) -> pl.DataFrame:
    """A connection an hour: who it was, where it joined and what it commanded."""
    told = _whole(messages, "nick", "user", "command", "value", "file")
    told = told.with_columns(pl.col("command").str.to_uppercase())

    def values(column: str, rows: pl.Expr, most: int) -> pl.Expr:
        return pl.col(column).filter(rows).drop_nulls().unique(maintain_order=True).head(most)

    named, called = pl.col("command") == "NICK", pl.col("command") == "USER"
    return _by_hour(told).agg(
        pl.col("ts_ns").min(),
        pl.when(named).then("value").fill_null(pl.col("nick")).drop_nulls().last().alias("nick"),
        pl.when(called).then("value").fill_null(pl.col("user")).drop_nulls().last().alias("user"),
        values("value", pl.col("command") == "JOIN", CHANNELS).alias("channels"),
        values("command", pl.lit(value=True), COMMANDS).alias("commands"),
        values("file", pl.lit(value=True), CHANNELS).alias("dcc_files"),
    ).drop("hour")  # fmt: skip


def modbus(messages: pl.DataFrame) -> pl.DataFrame:
    """A unit and function an hour. Logs that do not tell requests from answers have answers."""
    told = _whole(messages, "unit", "func", "kind", "fault")
    failed = pl.col("func").str.ends_with("_EXCEPTION") | (pl.col("fault").fill_null("") != "")
    told = told.with_columns(
        _function("func", "_EXCEPTION"),
        asks=pl.col("kind") == "REQ",
        failed=failed.fill_null(value=False) & pl.col("kind").ne_missing("REQ"),
    )
    answers = ~pl.col("asks").fill_null(value=False) & ~pl.col("failed")
    asked = pl.when(pl.col("kind").is_not_null().any()).then(pl.col("asks").sum())
    fault = pl.col("fault").filter(pl.col("failed")).drop_nulls().unique(maintain_order=True)
    return (
        _by_hour(told, "unit", "func").agg(
            pl.col("ts_ns").min(),
            _code("func", MODBUS_FUNCTIONS).first().alias("func_code"),
            asked.cast(pl.UInt32).alias("requests"),
            answers.sum().cast(pl.UInt32).alias("responses"),
            pl.col("failed").sum().cast(pl.UInt32).alias("exceptions"),
            fault.alias("exception"),
        ).drop("hour")
    )  # fmt: skip


def dnp3(messages: pl.DataFrame) -> pl.DataFrame:
    """A function an hour, requests and answers apart."""
    told = _whole(messages, "asked", "answered", "indications")
    ends = [*ENDS, "ts_ns"]
    bits = pl.col("indications").cast(pl.Int64, strict=False)
    both = pl.concat([
        told.select(*ends, func="asked", bits=pl.lit(None, pl.Int64)),
        told.select(*ends, func="answered", bits=bits),
    ]).drop_nulls("func")  # fmt: skip
    both = both.with_columns(_function("func"))
    code = _code("func", DNP3_FUNCTIONS).first()
    set_bits = pl.concat_list(
        pl.when((pl.col("bits") // 2**bit % 2 == 1).any()).then(pl.lit(name))
        for bit, name in enumerate(INDICATIONS)
    ).list.drop_nulls()
    answered = code >= DNP3_FUNCTIONS["RESPONSE"]
    return (
        _by_hour(both, "func").agg(
            pl.col("ts_ns").min(),
            code.alias("func_code"),
            pl.len().cast(pl.UInt32).alias("messages"),
            pl.when(answered).then(set_bits).alias("iin"),
        ).drop("hour")
    )  # fmt: skip


GATHERED: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "ntp": ntp, "irc": irc, "modbus": modbus, "dnp3": dnp3,
}  # fmt: skip
"""By log: how its messages become rows."""


def _whole(messages: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The messages with these columns, null where the log has them not."""
    lacking = [name for name in (*ENDS, *names) if name not in messages.columns]
    return messages.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)


def _by_hour(told: pl.DataFrame, *also: str) -> pl.dataframe.group_by.GroupBy:
    """Rows of one connection, anew for each hour from its first."""
    told = told.sort("ts_ns", maintain_order=True)
    began = pl.col("ts_ns").min().over(*ENDS)
    told = told.with_columns(hour=(pl.col("ts_ns") - began) // HOUR_NS)
    return told.group_by(*ENDS, "hour", *also, maintain_order=True)


def _function(column: str, suffix: str = "") -> pl.Expr:
    """Our name of a function: Zeek's, `FUNCTION_n` where it knows none."""
    name = pl.col(column).str.strip_suffix(suffix)
    number = name.str.extract(r"^unknown-(\d+)$", 1)
    return pl.coalesce(pl.format("FUNCTION_{}", number), name).alias(column)


def _code(column: str, known: dict[str, int]) -> pl.Expr:
    named = pl.col(column).replace_strict(known, default=None, return_dtype=pl.UInt16())
    number = pl.col(column).str.extract(r"^FUNCTION_(\d+)$", 1).cast(pl.UInt16, strict=False)
    return pl.coalesce(named, number)
