"""osquery's results of sockets: `process_open_sockets`, `socket_events` and joins of them."""

from __future__ import annotations

import polars as pl

from lynceus.ingest.beside import nested, objects
from lynceus.ingest.devices.fields import json_fields, known

MARK = (
    r'"hostIdentifier"\s*:.*"remote_(?:address|port)"\s*:'
    r'|"remote_(?:address|port)"\s*:.*"hostIdentifier"\s*:'
)
OUTER = {
    "written": ("unixTime", "calendarTime"),
    "hostname": ("decorations.hostname", "hostIdentifier"),
    "change": "action",
    "columns": "columns",
    "snapshot": "snapshot",
}
INNER = {
    "local_h": "local_address",
    "local_p": "local_port",
    "remote_h": "remote_address",
    "remote_p": "remote_port",
    "proto": "protocol",
    "did": "action",
    "time": "time",
    "pid": "pid",
    "name": ("name", "process_name", "process"),
    "path": ("path", "process_path", "exe"),
    "command_line": ("cmdline", "command_line"),
    "username": ("username", "user", "uid"),
}
NO_END = ("", "0.0.0.0", "::", "*")  # noqa: S104 (compared, never bound)


def read(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a socket that is connected. What was taken away again tells nothing new."""
    outer = json_fields(objects(lines), OUTER)
    each = pl.col("snapshot").str.strip_prefix("[").str.strip_suffix("]")
    rows = outer.with_columns(
        lines["line"],
        # Cells of a snapshot are flat objects, so that a closing brace ends one.
        columns=pl.when(pl.col("columns").is_null())
        .then(each.str.extract_all(r"\{[^{}]*\}"))
        .otherwise(pl.concat_list("columns")),
    ).explode("columns")
    told = pl.concat(
        [rows.drop("columns", "snapshot"), json_fields(rows["columns"].fill_null("{}"), INNER)],
        how="horizontal",
    )
    local, remote = (
        pl.col(f"{end}_p").cast(pl.UInt32, strict=False) for end in ("local", "remote")
    )
    # Without a word who connected, the end with a well-known port is the one that was called.
    guessed = (local < 1024) & (remote >= 1024)
    accepted = pl.when(pl.col("did").is_not_null()).then(pl.col("did") == "accept")
    inward = accepted.fill_null(guessed).fill_null(value=False)
    joined = (
        ~pl.col("remote_h").is_in(NO_END)
        & (remote > 0)
        & (pl.col("change") != "removed").fill_null(value=True)
    )
    return told.select(
        "line",
        "hostname",
        "proto",
        written=pl.coalesce("time", "written"),
        orig_h=pl.when(inward).then("remote_h").otherwise("local_h"),
        orig_p=pl.when(inward).then("remote_p").otherwise("local_p"),
        resp_h=pl.when(inward).then("local_h").otherwise("remote_h"),
        resp_p=pl.when(inward).then("local_p").otherwise("remote_p"),
        username=known(pl.col("username")),
        action="did",
        vendor=pl.lit("osquery"),
        product=pl.lit("osquery"),
        flow=joined.fill_null(value=False),
        process_event=nested(
            "process",
            joined,
            process_name=pl.coalesce("name", pl.col("path").str.extract(r"([^\\/]+)$", 1)),
            process_path="path",
            pid="pid",
            command_line="command_line",
            initiated=~accepted,
        ),
    )
