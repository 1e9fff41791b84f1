"""Bytes to flows and events: captures, logs, tables and lists, known by their content.

`open_inputs` makes one stream of any number of inputs; `read_flows` gives the flow table of one.
A new source is a class in a file of its own and one line in `BUILTIN`, or a class of another
package under the entry point `lynceus.ingest`:

- `expects`: what it reads, a few words for messages;
- `recognise(head, path)`: how sure it is (0 to 1) that an input that begins so is for it;
- `open(given, options)`: a `lynceus.protocols.Source` of that input.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol, cast

import polars as pl

from lynceus.ingest.inputs import Input, InputError, ReadOptions
from lynceus.ingest.zeek import Zeek
from lynceus.protocols import Source
from lynceus.records import FLOW_SCHEMA, Batch
from lynceus.registry import load

__all__ = ["BUILTIN", "Input", "InputError", "ReadOptions", "SourceKind", "open_input"]


class SourceKind(Protocol):
    """One kind of source, as the registry holds it."""

    expects: ClassVar[str]

    @staticmethod
    def recognise(head: bytes, path: Path) -> float:
        """How sure it is, 0 to 1, that an input that begins so is of this kind."""
        ...

    @classmethod
    def open(cls, given: Input, options: ReadOptions) -> Source:
        """A source of the input. Raises `InputError` on an unusable one."""
        ...


BUILTIN: tuple[type, ...] = (Zeek,)


def kinds() -> dict[str, SourceKind]:
    return cast("dict[str, SourceKind]", load("ingest", BUILTIN))


def open_input(path: str | Path, options: ReadOptions = ReadOptions()) -> Source:
    given = Input.of(path)
    best = max(kinds().values(), key=lambda k: k.recognise(given.head, given.path))
    return best.open(given, options)
