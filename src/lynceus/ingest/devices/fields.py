"""Fields of log lines: `key=value`, CEF, CSV and JSON into text columns, whole columns at a time.

Every form is first marked: `marked` text holds each key between `KEY` and `VALUE` with its value
behind, so that a key inside a quoted value is never taken for one of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import polars as pl

from lynceus.ingest.json_structs import structs

KEY, VALUE = "\x1e", "\x1f"
"""What stands before a key and its value in marked text; the door removes both from lines."""

NOTHING = ("", "-", "--", "N/A", "n/a", "NA", "null", "None", "none", "NULL", "(none)", "undefined")
"""Words for a value that is not there."""

PAIR = r'[A-Za-z_][\w.\-]*="(?:[^"\\]|\\.)*"|[A-Za-z_][\w.\-]*=[^\s",;]*'
CSV_FIELD = r'(?:^|,)(?:"(?:[^"]|"")*"|[^,]*)'

Columns = Mapping[str, str | Sequence[str]]
"""Our column and the keys that may hold it, the first that is told counts."""


def quoted_pairs(text: pl.Series) -> pl.Series:
    """Marked text of `key=value key="a value"`, parted by blanks, commas or semicolons."""
    tokens = text.str.extract_all(PAIR).list.join(KEY)
    return (KEY + tokens + KEY).str.replace_all(rf'{KEY}([\w.\-]+)="?', f"{KEY}${{1}}{VALUE}")


def spaced_pairs(text: pl.Series) -> pl.Series:
    """Marked text of `key=a value key=another`: a value ends where the next key begins."""
    pattern = r'(?:^|\s)([A-Za-z_][\w.\-\[\]]*:?)="?'
    return text.str.replace_all(pattern, f"{KEY}${{1}}{VALUE}") + KEY


def colon_pairs(text: pl.Series, end: str) -> pl.Series:
    """Marked text of `Key: value, Key: value`, where `end` is what stands between two."""
    pattern = rf"(?:^|{end}\s?)([A-Za-z][\w \-]*?):\s"
    return text.str.replace_all(pattern, f"{KEY}${{1}}{VALUE}") + KEY


def told(marked: pl.Series, columns: Columns) -> pl.DataFrame:
    """Columns of marked text, null where no key of theirs has a value."""
    text = pl.col("marked")
    return marked.alias("marked").to_frame().select(
        pl.coalesce(
            known(text.str.extract(rf"{KEY}{_literal(key)}{VALUE}([^{KEY}]*)", 1), quoted=True)
            for key in _keys(keys)
        ).alias(name)
        for name, keys in columns.items()
    )  # fmt: skip


def csv_fields(text: pl.Series, columns: Mapping[str, int]) -> pl.DataFrame:
    """Columns of lines of comma separated values by their position, from 0."""
    fields = text.alias("f").str.extract_all(CSV_FIELD).to_frame()
    return fields.select(
        known(
            pl.col("f")
            .list.get(at, null_on_oob=True)
            .str.strip_prefix(",")
            .str.strip_prefix('"')
            .str.strip_suffix('"')
            .str.replace_all('""', '"', literal=True)
        ).alias(name)
        for name, at in columns.items()
    )


def json_fields(lines: pl.Series, columns: Columns) -> pl.DataFrame:
    """Columns of JSON objects, one a line, by keys that may be paths (`event.user`)."""
    paths = sorted({path for keys in columns.values() for path in _keys(keys)})
    frame, _ = structs(lines, _shape([path.split(".") for path in paths]))
    return frame.select(
        pl.coalesce(known(_at(path)) for path in _keys(keys)).alias(name)
        for name, keys in columns.items()
    )


def known(values: pl.Expr, *, quoted: bool = False) -> pl.Expr:
    """The text without blanks (and the quote at its end); null for what stands for nothing."""
    text = values.str.strip_chars()
    if quoted:
        text = text.str.strip_suffix('"')
    return pl.when(~text.is_in(NOTHING)).then(text)


def groups(values: pl.Series, pattern: str) -> pl.DataFrame:
    """The named groups of a pattern as columns, null where they took no part or are empty."""
    found = values.str.extract_groups(pattern).struct.unnest()
    return found.select(known(pl.col(name)) for name in found.columns)


def first_of(values: pl.Series, patterns: Sequence[str]) -> pl.DataFrame:
    """The named groups of several patterns, of each line those of the first that fits."""
    rest = values.alias("text").to_frame().with_row_index()
    frames: list[pl.DataFrame] = []
    for pattern in patterns:
        found = groups(rest["text"], pattern)
        hit = found.select(pl.any_horizontal(pl.all().is_not_null()).alias("hit"))["hit"]
        frames.append(pl.concat([rest.select("index"), found], how="horizontal").filter(hit))
        rest = rest.filter(~hit)
    frames.append(rest.select("index"))
    return pl.concat(frames, how="diagonal").sort("index").drop("index")


def _keys(keys: str | Sequence[str]) -> Sequence[str]:
    return (keys,) if isinstance(keys, str) else keys


def _literal(key: str) -> str:
    return "".join(c if c.isalnum() or c in "_ -" else f"\\{c}" for c in key)


def _at(path: str) -> pl.Expr:
    first, *rest = path.split(".")
    return reduce(lambda value, name: value.struct.field(name), rest, pl.col(first))


def _shape(paths: Sequence[Sequence[str]]) -> dict[str, pl.DataType]:
    heads = dict.fromkeys(path[0] for path in paths)
    return {
        head: pl.Struct(_shape(deeper))
        if (deeper := [path[1:] for path in paths if path[0] == head and len(path) > 1])
        else pl.String()
        for head in heads
    }
