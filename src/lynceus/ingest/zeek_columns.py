"""Zeek's text columns into the types and words of ours."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import addresses, mapped, time_ns
from lynceus.ingest.zeek_log import Log
from lynceus.ingest.zeek_notices import FAULTLESS
from lynceus.ingest.zeek_rows import Rows
from lynceus.ingest.zeek_tables import CARRIED, QTYPES, RCODES, SERVICES, TLS_VERSIONS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA

TEXT = pl.String()

GREASE = [str(0x0A0A + 0x1010 * n) for n in range(16)]
"""Cipher suites that clients offer only to keep servers tolerant (RFC 8701)."""


def typed(log: Log, rows: Rows, account: Account) -> pl.DataFrame:
    """The columns of `log` that the rows have, in our types; the unreadable null and noted."""
    schema = FLOW_SCHEMA if log.table == "flows" else EVENT_SCHEMAS[log.table]
    columns = []
    for column in log.columns:
        theirs = next((name for name in column.theirs if name in rows.frame.columns), None)
        if theirs is None:
            continue
        told = rows.frame[theirs]
        values = _CONVERT[column.how](rows, theirs).alias(column.ours)
        values = values.cast(schema.get(column.ours, TEXT), strict=False)
        if values.null_count() > told.null_count() and column.how not in WORDS:
            unreadable = int((values.is_null() & (told.fill_null("") != "")).sum())
            if column.ours not in COUNTED_AS_ROWS:
                account.note(f"unreadable_{log.name}_{column.ours}", unreadable)
        columns.append(values)
    return pl.DataFrame(columns)


def known_services(values: pl.Series) -> pl.Series:
    """Our word for what Zeek found in a connection; of several the one that carries the use."""
    return mapped(values, "", _service)


def _service(text: str) -> str | None:
    words = [w.lower() for w in re.split(r"[^A-Za-z0-9_.+-]+", text) if w and not w.startswith("-")]
    ours = [SERVICES.get(word, word) for word in words]
    if "quic" in ours:
        return "quic"
    use = [word for word in ours if word not in CARRIED]
    return "smb" if "smb" in use else next(iter(use or ours), None)


def _query(text: str) -> str:
    """A name as we write it: lower case, no final dot, odd bytes as `\\DDD`."""
    parts = re.split(r"(\\x[0-9a-fA-F]{2}|\\\\)", text)
    raw = b"".join(
        bytes.fromhex(part[2:]) if re.fullmatch(r"\\x[0-9a-fA-F]{2}", part)
        else b"\\" if part == "\\\\" else part.encode()
        for part in parts
    )  # fmt: skip
    return "".join(chr(b) if 0x20 <= b < 0x7F else f"\\{b:03d}" for b in raw)


def _text(rows: Rows, name: str) -> pl.Series:
    values = rows.texts(name)
    empty = values == ""
    return values.zip_with(~empty, values.clear(values.len())) if empty.any() else values


def _lower(rows: Rows, name: str) -> pl.Series:
    return _text(rows, name).str.to_lowercase()


def _plain(rows: Rows, name: str) -> pl.Series:
    return rows.frame[name]


def _flag(rows: Rows, name: str) -> pl.Series:
    words = {"T": True, "F": False, "true": True, "false": False}
    return rows.frame[name].replace_strict(words, default=None, return_dtype=pl.Boolean())


def _seconds_list(rows: Rows, name: str) -> pl.Series:
    seconds = rows.lists(name).cast(pl.List(pl.Float64), strict=False)
    return seconds.list.eval(pl.element().round().cast(pl.UInt32, strict=False))


def _first(rows: Rows, name: str) -> pl.Series:
    return rows.lists(name).list.first()


def _hello_ciphers(rows: Rows, name: str) -> pl.Series:
    return rows.lists(name).list.eval(pl.element().filter(~pl.element().is_in(GREASE))).list.len()


def _transport(rows: Rows, name: str) -> pl.Series:
    words = _lower(rows, name)
    return words.replace({"unknown_transport": None, "ipv6-icmp": "icmp6", "icmpv6": "icmp6"})


def _qtype(rows: Rows, name: str) -> pl.Series:
    return mapped(_text(rows, name), r"[^A-Z]", lambda t: QTYPES.get(t) or _numbered(t, "TYPE"))


def _rcode(rows: Rows, name: str) -> pl.Series:
    return mapped(_text(rows, name), r"[^A-Z]", lambda t: RCODES.get(t) or _numbered(t, "RCODE"))


def _numbered(text: str, word: str) -> str:
    """`query-65` and `65` as TYPE65; any other word in upper case."""
    number = re.fullmatch(r"(?:[a-z]+-)?(\d+)", text)
    return f"{word}{number[1]}" if number else text.upper()


def _queries(rows: Rows, name: str) -> pl.Series:
    """Here an empty name is a fact: the root was asked for."""
    values = mapped(rows.frame[name], r"[^!-\[\]-~]", _query)
    return values.str.to_lowercase().str.strip_suffix(".")


def _tls_version(rows: Rows, name: str) -> pl.Series:
    return _text(rows, name).replace(TLS_VERSIONS)


def _cipher(rows: Rows, name: str) -> pl.Series:
    return mapped(_text(rows, name), r"^unknown-\d{1,5}$", lambda t: f"0x{int(t[8:]):04X}")


def _banner(rows: Rows, name: str) -> pl.Series:
    return _text(rows, name).str.replace(r"^SSH-[^-]*-", "")


def _ssh_version(rows: Rows, name: str) -> pl.Series:
    told = _text(rows, name)
    number = told.replace({"1": "1.5", "2": "2.0"})
    of_banner = told.str.extract(r"^SSH-([^-]*)-", 1)
    return of_banner.fill_null(
        number.zip_with(number.str.contains(r"^\d\.\d+$"), told.clear(len(told)))
    )


def _label(rows: Rows, name: str) -> pl.Series:
    values = _text(rows, name).str.strip_chars()
    return values.replace({"-": None, "(empty)": None, "": None})


def _principal(rows: Rows, name: str) -> pl.Series:
    """Of `name/REALM` the name, which may have slashes of its own."""
    return _nothing(_text(rows, name).str.replace(r"/[^/]*$", ""))


def _realm(rows: Rows, name: str) -> pl.Series:
    return _nothing(_text(rows, name).str.extract(r"/([^/]*)$", 1))


def _pipe(rows: Rows, name: str) -> pl.Series:
    """A named pipe without its folder; over TCP Zeek gives the port instead, which is none."""
    bare = _text(rows, name).str.replace(r"(?i)^\\*(pipe\\+)?", "")
    return _nothing(bare.replace(bare.filter(bare.str.contains(r"^\d+$")).unique(), ""))


def _unless_unknown(rows: Rows, name: str) -> pl.Series:
    values = _text(rows, name)
    return values.zip_with(~values.str.starts_with("unknown-"), values.clear(len(values)))


def _community(rows: Rows, name: str) -> pl.Series:
    """A community serves as a password: only the usual ones are told."""
    return mapped(_text(rows, name), r"", lambda t: t if t in ("public", "private") else "other")


def _layout(rows: Rows, name: str) -> pl.Series:
    return _text(rows, name).str.extract(r"^([0-9a-fA-F]{8})$", 1)


def _simple_binds(rows: Rows) -> pl.Series:
    if "opcode" not in rows.frame.columns:
        return pl.repeat(value=True, n=rows.height, dtype=pl.Boolean(), eager=True)
    return rows.frame["opcode"].str.starts_with("bind simple").fill_null(value=False)


def _ldap_argument(rows: Rows, name: str) -> pl.Series:
    """What an operation is given; of a simple bind it is the password and left out."""
    values = _text(rows, name)
    return values.clear(len(values)).zip_with(_simple_binds(rows), values)


def _ldap_password(rows: Rows, name: str) -> pl.Series:
    """Whether a simple bind sent a password."""
    binds = _simple_binds(rows).alias(name)
    if "argument" not in rows.frame.columns:
        return binds.clear(len(binds))
    sent = rows.frame["argument"].fill_null("") != ""
    return sent.zip_with(binds, binds.clear(len(binds)))


def _told_once(rows: Rows, name: str) -> pl.Series:
    """True in the first row of a connection that has a value, whatever it is."""
    there = (rows.frame[name].fill_null("") != "").alias("there")
    uid = rows.frame["uid"] if "uid" in rows.frame.columns else pl.int_range(len(there), eager=True)
    first = pl.DataFrame([there, uid.alias("uid")]).select(
        pl.when(pl.col("there") & (pl.col("there").cum_sum().over("uid") == 1)).then(True)
    )
    return first.to_series()


def _weight(rows: Rows, name: str) -> pl.Series:
    """Zeek says no severity; notices that tell of no attack are for information."""
    faultless = _plain(rows, name).str.contains(FAULTLESS)
    return pl.select(pl.when(faultless).then(pl.lit("info"))).to_series()


def _nothing(values: pl.Series) -> pl.Series:
    return values.zip_with(values != "", values.clear(len(values)))


_CONVERT: dict[str, Callable[[Rows, str], pl.Series]] = {
    "text": _text,
    "lower": _lower,
    "address": lambda rows, name: addresses(_plain(rows, name)),
    "number": _plain,
    "seconds": lambda rows, name: _plain(rows, name).cast(pl.Float64, strict=False),
    "flag": _flag,
    "time": lambda rows, name: time_ns(_plain(rows, name)),
    "list": lambda rows, name: rows.lists(name),
    "seconds_list": _seconds_list,
    "first": _first,
    "length": lambda rows, name: rows.lists(name).list.len(),
    "hello_ciphers": _hello_ciphers,
    "service": lambda rows, name: known_services(_plain(rows, name)),
    "transport": _transport,
    "qtype": _qtype,
    "rcode": _rcode,
    "query": _queries,
    "tls_version": _tls_version,
    "cipher": _cipher,
    "banner": _banner,
    "ssh_version": _ssh_version,
    "label": _label,
    "principal": _principal,
    "realm": _realm,
    "pipe": _pipe,
    "unless_unknown": _unless_unknown,
    "unknown_number": lambda rows, name: _text(rows, name).str.extract(r"^unknown-(\d+)$", 1),
    "community": _community,
    "layout": _layout,
    "ldap_argument": _ldap_argument,
    "ldap_password": _ldap_password,
    "mailbox": lambda rows, name: rows.texts(name).str.strip_chars("<> "),
    "mailboxes": lambda rows, name: rows.lists(name).list.eval(pl.element().str.strip_chars("<> ")),
    "told_once": _told_once,
    "module": lambda rows, name: _plain(rows, name).str.extract(r"^([^:]+)::", 1),
    "weight": _weight,
    "by_zeek": lambda rows, name: _plain(rows, name).str.replace(r"(?s)^.*$", "zeek"),
}

COUNTED_AS_ROWS = ("ts_ns", "orig_h", "resp_h")
"""Where the whole row is dropped, and counted as such."""

WORDS = frozenset({
    "text", "lower", "label", "first", "service", "transport", "ssh_version", "principal", "realm",
    "pipe", "unless_unknown", "unknown_number", "layout", "ldap_argument", "ldap_password",
    "told_once", "module", "weight",
})  # fmt: skip
"""Ways in which null means that there was nothing to say, never that it could not be read."""
