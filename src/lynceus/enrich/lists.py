"""Reads the lists a user gives: plain or gzip text, of any encoding, within bounds."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

MOST_BYTES = 512 * 2**20
"""A list longer than this, unpacked, is refused."""


PAGE = re.compile(r"(?is)\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b")
"""How an error page begins that a server gave in place of a list."""


class ListError(ValueError):
    """A list that cannot be used; the text names the file and what was expected."""


def read_list(path: str | Path) -> str:
    """The text of a list file. Raises ListError naming the file."""
    file = Path(path)
    try:
        if file.is_dir():
            raise ListError(f"{path}: a folder, expected a list file")
        if file.stat().st_size > MOST_BYTES:
            raise ListError(f"{path}: more than {MOST_BYTES // 2**20} MiB, expected a list")
        content = file.read_bytes()
    except OSError as error:
        raise ListError(f"{path}: {error.strerror or error}") from None
    return text_of(content, path)


def text_of(content: bytes, path: str | Path) -> str:
    """The text of a list. Raises ListError naming the file where it is none."""
    if content[:2] == b"\x1f\x8b":
        content = unpacked(content, path)
    if len(content) > MOST_BYTES:
        raise ListError(f"{path}: more than {MOST_BYTES // 2**20} MiB, expected a list")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    if b"\x00" in content[:4096]:
        raise ListError(f"{path}: binary data, expected text with one entry a line")
    text = content.decode("utf-8-sig", errors="replace")
    if PAGE.match(text):
        raise ListError(f"{path} line 1: a page for a browser (HTML), expected a list")
    return text


def unpacked(content: bytes, path: str | Path) -> bytes:
    """The bytes of a gzip file of one or more members, at most one more than allowed."""
    parts: list[bytes] = []
    size = 0
    while content:
        member = zlib.decompressobj(wbits=31)
        try:
            part = member.decompress(content, MOST_BYTES + 1 - size)
        except zlib.error:
            raise ListError(f"{path}: broken gzip data") from None
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            break
        if not member.eof:
            raise ListError(f"{path}: the gzip data ends too early")
        content = member.unused_data.lstrip(b"\x00")
    return b"".join(parts)
