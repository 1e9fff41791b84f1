"""What the user points at: a file, a directory, a pipe or standard input, and how it begins.

The first bytes are decompressed (gzip, zstandard, xz) before any source looks at them, so a kind of
input is recognised by its content and never by its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from lynceus import _core
from lynceus.account import Account

HEAD_BYTES = 1 << 20
"""Bytes by which an input is recognised and which its digest covers, after decompression."""

TEXT_BYTES = 8 << 30
"""Most bytes of one decompressed log, table or list; they are held in memory as a whole."""

STANDARD_INPUT = "-"

CAPTURE_MAGICS = (
    b"\xa1\xb2\xc3\xd4",
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x4d\x3c\xb2\xa1",
    b"\n\r\r\n",
)
"""First bytes of pcap (microseconds and nanoseconds, both byte orders) and of pcapng."""


class InputError(ValueError):
    """An input that cannot be used: one line that names it and says what was expected."""


@dataclass(frozen=True)
class ReadOptions:
    """How inputs are read."""

    site: str = "default"
    """Name of the site, a column of every flow and event."""
    active_timeout_s: float = 1800.0
    """Captures: a flow that lasts longer speaks in parts of this length, seconds."""
    max_flows: int = 1_000_000
    """Captures: flows held at one time; what is shed is counted."""
    threads: int = 0
    """Captures: threads at work, 0 for one each core."""
    events: bool = True
    """Whether protocol events are wanted beside the flows; a source may give them all the same."""
    derive_flows: bool = True
    """Logs: whether flows are made of what events tell, where no flow is told."""


@dataclass(frozen=True)
class Input:
    """One input as the sources see it."""

    path: Path
    name: str
    """What the user called it; messages bear this name."""
    head: bytes
    """The first bytes, decompressed; empty for a directory."""
    keep: object = field(default=None, repr=False, compare=False)
    """What must live as long as the input is read: a temporary folder, the thread of a pipe."""

    @staticmethod
    def of(path: str | Path, usable: Callable[[Input], object] | None = None) -> Input:
        """Looks at how an input begins. Raises `InputError` where there is nothing to read.

        What has no end in sight, a pipe or a device, is shown to `usable` by its first MiB before
        the rest is read; it may raise `InputError`.
        """
        name = str(path)
        if name == STANDARD_INPUT:
            return _streamed(sys.stdin.buffer, "standard input", usable)
        path = Path(path)
        try:
            if path.is_dir():
                return Input(path, name, b"")
            if path.exists() and not path.is_file():
                return _streamed(path.open("rb"), name, usable)
            if not path.exists():
                raise InputError(f"{name}: no such file or directory")
            size = path.stat().st_size
            head = bytes(_core.read_head(str(path), HEAD_BYTES)) if size else b""
        except OSError as error:
            raise InputError(f"{name}: cannot be read: {error.strerror or error}") from error
        except InputError:
            raise
        except ValueError as error:
            raise InputError(_named(name, error)) from error
        if not head:
            why = "unpacks to nothing: it is broken or empty" if size else "the file is empty"
            raise InputError(f"{name}: {why}")
        return Input(path, name, head)

    @property
    def parts(self) -> tuple[Input, ...]:
        """The files to be read: itself, or those of a directory."""
        return (self,)

    @property
    def digest(self) -> str:
        """First 32 hex digits of SHA-256 over the first MiB."""
        return hashlib.sha256(self.head).hexdigest()[:32]

    def text(self, account: Account) -> bytes:
        """The whole input as UTF-8 with plain line ends; what was not UTF-8 is noted.

        Raises `InputError` when it cannot be read or is longer than `TEXT_BYTES`.
        """
        data, broken = self.content()
        if broken:
            account.note("compressed_stream_broken")
        for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
            if data.startswith(mark):
                data = data[2:].decode(encoding, "replace").encode()
        data = data.removeprefix(b"\xef\xbb\xbf")
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError:
                text = data.decode("utf-8", "replace")
                account.note("bytes_not_utf8", text.count("\ufffd") - data.count(b"\xef\xbf\xbd"))
                data = text.encode()
        return data.replace(b"\r\n", b"\n") if b"\r\n" in data else data

    def content(self) -> tuple[bytes, bool]:
        """All bytes, decompressed, and whether they break off.

        Raises `InputError` when they cannot be read.
        """
        try:
            data, broken = _core.decompress(str(self.path), TEXT_BYTES)
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror or error}") from error
        except ValueError as error:
            raise InputError(_named(self.name, error)) from error
        if len(data) >= TEXT_BYTES:
            raise InputError(f"{self.name}: longer than {TEXT_BYTES >> 30} GiB; split it")
        return data, broken


@dataclass(frozen=True)
class Block(Input):
    """Whole lines of an input that goes on, in memory: read by the same code as a file."""

    data: bytes = field(default=b"", repr=False)

    @staticmethod
    def of_lines(data: bytes, path: str | Path) -> Block:
        """Lines of the input of that path; messages bear its name."""
        return Block(Path(path), str(path), data[:HEAD_BYTES], data=data)

    def content(self) -> tuple[bytes, bool]:
        """All bytes; they never break off."""
        return self.data, False


def text_head(head: bytes) -> str | None:
    """The head of a text input as text without its last, perhaps cut, line; None for binary."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[2:].decode(encoding, "replace").encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in head[:16]:
        return None
    whole = head[: head.rfind(b"\n") + 1] if len(head) >= HEAD_BYTES else head
    return (whole or head).decode("utf-8", "replace").replace("\r\n", "\n")


def _named(name: str, error: ValueError) -> str:
    reason = " ".join(str(error).split()) or "cannot be read"
    return reason if name in reason else f"{name}: {reason}"


def _streamed(
    stream: BinaryIO, name: str, usable: Callable[[Input], object] | None = None
) -> Input:
    """A pipe: captures are read as they come, anything else is first written to a file."""
    try:
        begin = stream.read(8)
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror or error}") from error
    if not begin:
        raise InputError(f"{name}: the file is empty")
    if begin.startswith(CAPTURE_MAGICS):
        read_end, write_end = os.pipe()
        pump = threading.Thread(target=_pump, args=(begin, stream, write_end), daemon=True)
        pump.start()
        return Input(Path(f"/dev/fd/{read_end}"), name, begin, _Pipe(read_end))
    folder = tempfile.TemporaryDirectory(prefix="lynceus-")
    path = Path(folder.name) / "input"
    try:
        with path.open("wb") as file:
            file.write(begin + stream.read(HEAD_BYTES))
            file.flush()
            if usable is not None:
                usable(Input(path, name, Input.of(path).head))
            shutil.copyfileobj(stream, file)
        return Input(path, name, Input.of(path).head, folder)
    except InputError:
        folder.cleanup()
        raise


class _Pipe:
    """The read end of a pipe, open as long as this lives."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)


def _pump(begin: bytes, stream: BinaryIO, write_end: int) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(write_end, "wb") as out:
        out.write(begin)
        shutil.copyfileobj(stream, out)
