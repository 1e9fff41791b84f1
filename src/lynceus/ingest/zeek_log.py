"""What a kind of Zeek log is: its name, our table, and which column is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal[
    "text", "lower", "address", "number", "seconds", "flag", "time", "list", "seconds_list",
    "first", "length", "hello_ciphers", "service", "transport", "qtype", "rcode", "query",
    "tls_version", "cipher", "banner", "ssh_version", "label", "principal", "realm", "pipe",
    "unless_unknown", "unknown_number", "community", "layout", "ldap_argument", "ldap_password",
    "mailbox", "mailboxes", "told_once", "module", "weight", "by_zeek",
]  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One of our columns and where its value comes from."""

    ours: str
    theirs: tuple[str, ...]
    how: How = "text"


@dataclass(frozen=True)
class Log:
    """One kind of Zeek log."""

    name: str
    """Zeek's name, `#path` in TSV and `_path` in JSON."""
    table: str
    """Our table: `flows` or one of the event tables."""
    marks: tuple[tuple[str, ...], ...]
    """Sets of columns; a log with all of one set is of this kind, whatever its name says."""
    columns: tuple[Column, ...]
    service: str | None = None
    """Service of a flow that is known by this log alone."""
    proto: str | None = None
    """Transport, where the log does not say."""
    one_end: bool = False
    """Whether rows may name one end alone, or none."""


ENDS = (
    Column("ts_ns", ("ts",), "time"),
    Column("source_uid", ("uid",)),
    Column("orig_h", ("id.orig_h", "id_orig_h"), "address"),
    Column("orig_p", ("id.orig_p", "id_orig_p"), "number"),
    Column("resp_h", ("id.resp_h", "id_resp_h"), "address"),
    Column("resp_p", ("id.resp_p", "id_resp_p"), "number"),
)
