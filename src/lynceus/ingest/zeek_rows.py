"""Zeek's two ways of writing a log, TSV with a header and JSON lines, as text columns.

TSV: every `#fields` line begins a new header, so rotated logs may stand one after the other in a
file. Separator, set separator and the words for "unset" and "empty" are what the header says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from lynceus.account import Account
from lynceus.ingest.columns import mapped
from lynceus.ingest.delimited import fields
from lynceus.ingest.json_lines import lists, objects
from lynceus.ingest.zeek_tables import COLUMNS

DIRECTIVE = re.compile(
    rb"^#(separator|set_separator|empty_field|unset_field|path|fields)([^\n]*)$", re.MULTILINE
)

HEADERS = 1000
"""Most different headers in one file; what stands under more is counted and left."""

WRONG_WIDTH = "wrong_number_of_fields"
NO_HEADER = "rows_without_header"
NOT_JSON = "not_a_json_object"

KNOWN = frozenset(COLUMNS)

SPLIT_NAME = re.compile(r"\s{2,}")
"""Some labelled data sets write three columns as one, with blanks between."""


@dataclass(frozen=True)
class Header:
    """How the rows under a TSV header are written."""

    path: str | None = None
    names: tuple[str, ...] = ()
    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"


@dataclass
class Rows:
    """Text columns under Zeek's own names."""

    path: str | None
    """The log's name as it states it."""
    frame: pl.DataFrame
    """The columns of it that are read; unset values are null, empty ones the empty string."""
    height: int
    header: Header | None = field(default=None)
    """None for JSON."""
    escaped: bool = False
    """Whether any value holds a backslash."""

    def lists(self, name: str) -> pl.Series:
        """A vector or set column as lists."""
        values = self.frame[name]
        if self.header is None:
            return lists(values)
        split = values.str.split(self.header.set_separator)
        some = values.fill_null("") != ""
        none = pl.Series(name, [[]], dtype=pl.List(pl.String)).new_from_index(0, values.len())
        split = split.zip_with(some | values.is_null(), none)
        if not self.escaped:
            return split
        return _unescaped_lists(split)

    def texts(self, name: str) -> pl.Series:
        """A text column without Zeek's escapes."""
        return unescaped(self.frame[name]) if self.escaped else self.frame[name]


def tsv(data: bytes, account: Account) -> Iterator[Rows]:
    """The rows of a TSV log by header. Counts every line that is a record as received."""
    for header, text in _sections(data, account):
        own = header.separator.encode()
        one = own if len(own) == 1 else b"\x1f"
        written = text if own == one else text.replace(own, one)
        frame, wrong = fields(written, len(header.names), one.decode())
        account.received += frame.height + wrong
        account.drop(WRONG_WIDTH, wrong)
        frame = _split_joined(_named(frame, header.names))
        height = frame.height
        frame = frame.select(
            pl.when(pl.col(name) == header.unset)
            .then(None)
            .when(pl.col(name) == header.empty)
            .then(pl.lit(""))
            .otherwise(pl.col(name))
            .alias(name)
            for name in frame.columns
            if name in KNOWN
        )
        yield Rows(header.path, frame, height, header, b"\\" in text)


def json_lines(data: bytes, account: Account) -> Iterator[Rows]:
    """The rows of a JSON log, by `_path` where lines of several logs are mixed."""
    frame, wrong = objects(data, ("_path", *COLUMNS))
    account.received += frame.height + wrong
    account.drop(NOT_JSON, wrong)
    frame = frame.drop(name for name in COLUMNS if frame[name].null_count() == frame.height)
    for (path,), rows in frame.group_by("_path", maintain_order=True):
        yield Rows(None if path is None else str(path), rows.drop("_path"), rows.height)


def _sections(data: bytes, account: Account) -> Iterator[tuple[Header, bytes]]:
    """What stands under each header; the parts under equal headers as one."""
    header, begin = Header(), 0
    sections: dict[Header, list[bytes]] = {}
    for at in _comments(data):
        found = DIRECTIVE.match(data, at)
        if found is None:
            continue
        _add(sections, header, data[begin:at], account)
        begin = found.end() + 1
        header = _directed(header, found[1].decode(), found[2].decode())
    _add(sections, header, data[begin:], account)
    for header, parts in sections.items():
        yield header, b"\n".join(parts) if len(parts) > 1 else parts[0]


def _comments(data: bytes) -> Iterator[int]:
    """Where lines begin with `#`."""
    at = 0 if data.startswith(b"#") else data.find(b"\n#") + 1
    while at or data.startswith(b"#"):
        yield at
        at = data.find(b"\n#", at) + 1
        if not at:
            return


def _add(
    sections: dict[Header, list[bytes]], header: Header, text: bytes, account: Account
) -> None:
    if header.names and (header in sections or len(sections) < HEADERS):
        sections.setdefault(header, []).append(text)
        return
    stray = sum(1 for line in text.split(b"\n") if line.strip() and not line.startswith(b"#"))
    account.received += stray
    account.drop(NO_HEADER, stray)


def _directed(header: Header, word: str, rest: str) -> Header:
    """The header after one `#word` line."""
    if word == "separator":
        separator = _unescape(rest.strip(" ")).replace("\\t", "\t")
        return Header(separator="\t" if separator in ("", "\n", "\r", "#") else separator)
    values = rest.removeprefix(header.separator).split(header.separator)
    if word == "fields":
        return replace(header, names=tuple(name.strip() for name in values))
    value = rest.removeprefix(header.separator)
    if word == "path":
        return replace(header, path=value.strip() or None, names=())
    if not value:
        return header
    if word == "set_separator":
        return replace(header, set_separator=value)
    return replace(header, unset=value) if word == "unset_field" else replace(header, empty=value)


def _named(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """The columns under their names; of a name that stands twice the first."""
    first: dict[str, str] = {}
    for at, name in enumerate(names):
        first.setdefault(name, str(at))
    return frame.select(pl.col(at).alias(name) for name, at in first.items())


def _split_joined(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that were written as one with blanks between, apart again."""
    for joined in [name for name in frame.columns if SPLIT_NAME.search(name)]:
        names = [n for n in SPLIT_NAME.split(joined) if n and n not in frame.columns]
        apart = (
            frame[joined]
            .str.replace_all(r"\s{2,}", "\x1f")
            .str.split_exact("\x1f", max(len(names) - 1, 0))
            .struct.rename_fields(names)
            .struct.unnest()
        )
        frame = frame.drop(joined).hstack(apart)
    return frame


def _unescaped_lists(values: pl.Series) -> pl.Series:
    """Lists of text with every element unescaped."""
    rows = values.to_frame().with_row_index("row")
    one = rows.explode(values.name, empty_as_null=False)
    one = one.with_columns(unescaped(one[values.name]))
    lists = one.group_by("row", maintain_order=True).agg(values.name)
    back = rows.select("row").join(lists, on="row", how="left", maintain_order="left")
    return back[values.name].zip_with(values.list.len() > 0, values)


def unescaped(values: pl.Series) -> pl.Series:
    """Zeek's `\\xNN` and `\\\\` as the characters they stand for."""
    return mapped(values, r"\\", _unescape)


def _unescape(text: str) -> str:
    def meant(found: re.Match[bytes]) -> bytes:
        return bytes.fromhex(found[1].decode()) if found[1] else b"\\"

    raw = re.sub(rb"\\x([0-9a-fA-F]{2})|\\\\", meant, text.encode())
    return raw.decode("utf-8", "backslashreplace")
