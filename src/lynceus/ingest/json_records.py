"""JSON written over several lines, or as a list, as one object a line."""

from __future__ import annotations

import re

import polars as pl

BEGINS = re.compile(rb"\A\s*(?:\[\s*)?\{")


def one_a_line(data: bytes) -> bytes:
    """The data with each JSON object that stands over several lines on one.

    Only where it begins as JSON; an object begins where a brace stands at the start of a line, at
    the depth of the first. Other text is as it was.
    """
    if not BEGINS.match(data):
        return data
    first = data.lstrip().partition(b"\n")[0].rstrip()
    if first.startswith(b"{") and first.endswith(b"}"):
        return data
    listed = data.strip()
    if listed.startswith(b"[") and listed.endswith(b"]"):
        data = listed[1:-1]
    lines = pl.read_lines(data)["line"]
    indent = lines.str.extract(r"^(\s*)\{", 1).str.len_bytes()
    begins = (indent == indent.min()).fill_null(value=False)
    whole = (
        pl.DataFrame({"line": lines, "object": begins.cum_sum()})
        .group_by("object", maintain_order=True)
        .agg(pl.col("line").str.strip_chars().str.join(" "))["line"]
        .str.replace(r"\}\s*,?\s*$", "}")
    )
    return "\n".join(whole.filter(whole != "")).encode()
