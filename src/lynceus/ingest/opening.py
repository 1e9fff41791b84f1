"""Inputs opened: each by the kind that is surest of its content, several as one stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

import polars as pl

from lynceus.account import Account
from lynceus.ingest.binetflow import Binetflow
from lynceus.ingest.capture import Capture
from lynceus.ingest.device_log import DeviceLog
from lynceus.ingest.flow_export import FlowExport
from lynceus.ingest.folder import sorted_out
from lynceus.ingest.inputs import Input, InputError, ReadOptions
from lynceus.ingest.merge import Merged, sorted_by_end
from lynceus.ingest.nfdump import Nfdump
from lynceus.ingest.suricata import Suricata
from lynceus.ingest.table import Table
from lynceus.ingest.text import Text
from lynceus.ingest.zeek import Zeek
from lynceus.protocols import Source
from lynceus.records import FLOW_SCHEMA, Batch
from lynceus.registry import load


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


class JoinedKind(SourceKind, Protocol):
    """A kind of source whose inputs are read together."""

    @classmethod
    def open_all(cls, given: Sequence[Input], options: ReadOptions) -> Source:
        """A source of several inputs. Raises `InputError` on an unusable one."""
        ...


BUILTIN: tuple[type, ...] = (
    FlowExport,
    Capture,
    Zeek,
    Suricata,
    Nfdump,
    Binetflow,
    DeviceLog,
    Table,
    Text,
)

ARCHIVES = {
    "a zip archive": (0, b"PK\x03\x04"),
    "a 7z archive": (0, b"7z\xbc\xaf\x27\x1c"),
    "a rar archive": (0, b"Rar!"),
    "a tar archive": (257, b"ustar"),
}
"""What is told by name though it is no input, for captures are often handed on in one: the bytes
it has at a place."""


def kinds() -> dict[str, SourceKind]:
    """All kinds of source by name, built-ins and plugins."""
    return cast("dict[str, SourceKind]", load("ingest", BUILTIN))


def open_input(
    path: str | Path, *, site: str = "default", options: ReadOptions | None = None
) -> Source:
    """The source of one input, chosen by its content; `-` is standard input.

    `options` replaces `site` where given. Raises `InputError`.
    """
    options = options or ReadOptions(site=site)
    given = Input.of(path, _kind_of)
    if _is_folder(given):
        return open_inputs([path], options=options)
    return _kind_of(given).open(given, options)


def open_inputs(
    paths: Sequence[str | Path], site: str = "default", *, options: ReadOptions | None = None
) -> Merged:
    """All inputs as one source, sorted by end; what two of them tell counts once.

    Of a directory all files are read that are of a known kind. Raises `InputError` for the first
    input that cannot be used.
    """
    if not paths:
        raise InputError("no input given")
    options = options or ReadOptions(site=site)
    sources: list[Source] = []
    together: dict[SourceKind, list[Input]] = {}
    account = Account()
    for path in paths:
        for kind, given in _inputs_of(Input.of(path, _kind_of), account):
            if hasattr(kind, "open_all"):
                together.setdefault(kind, []).append(given)
            else:
                sources.append(kind.open(given, options))
    sources += [
        cast("JoinedKind", kind).open_all(givens, options) for kind, givens in together.items()
    ]
    return Merged(sources, account)


def _inputs_of(given: Input, account: Account) -> Iterator[tuple[SourceKind, Input]]:
    """What there is to read of one that the user named. Raises `InputError`."""
    if not _is_folder(given):
        yield _kind_of(given), given
        return
    try:
        found = sorted_out(given, _surest, account)
    except InputError as error:
        raise InputError(f"{error}; expected {_expected()}") from None
    for name, folder in found.items():
        kind = kinds()[name]
        whole = hasattr(kind, "open_all")
        yield from ((kind, one) for one in ([folder] if whole else folder.parts))


def _is_folder(given: Input) -> bool:
    """Whether it is a directory of which no kind of source says that it reads it as a whole."""
    return given.path.is_dir() and _surest(given)[1] <= 0


def _kind_of(given: Input) -> SourceKind:
    """The kind that is surest of an input, of equals the first. Raises `InputError`."""
    name, sure = _surest(given)
    if sure <= 0:
        for archive, (at, magic) in ARCHIVES.items():
            if given.head[at:].startswith(magic):
                raise InputError(f"{given.name}: {archive}; unpack it and give what is in it")
        message = f"{given.name}: not a kind of input that is known; expected {_expected()}"
        raise InputError(message)
    return kinds()[name]


def _surest(given: Input) -> tuple[str, float]:
    """The name of the kind that is surest of an input, of equals the first, and how sure it is."""
    sure = {n: float(kind.recognise(given.head, given.path)) for n, kind in kinds().items()}
    best = max(sure, key=lambda name: sure[name])
    return best, sure[best]


def _expected() -> str:
    return "; ".join(kind.expects for kind in kinds().values())


def open_frame(flows: Any, *, site: str = "default") -> Merged:
    """Flows in memory as a source: a Polars frame, or any that speaks Arrow (pandas, pyarrow).

    Needs the columns `orig_h` and `resp_h`. Raises `InputError` for what is no such frame.
    """
    try:
        frame = flows if isinstance(flows, pl.DataFrame) else pl.DataFrame(flows)
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(f"not a frame of flows: {error}") from error
    return Merged([Table(None, ReadOptions(site=site), frame)])


def without_names(source: Source, key: str | Path | None) -> Source:
    """The source with pseudonyms for the people of the site, where a key is named.

    Raises `InputError` on a file that is no key.
    """
    if key is None:
        return source
    from lynceus.ingest.pseudonym import PseudonymError, Pseudonymised, Pseudonyms

    try:
        return Pseudonymised(source, Pseudonyms.load(Path(key)))
    except PseudonymError as error:
        raise InputError(str(error)) from None


def progress(source: Source) -> float:
    """Share of a source's input that has been read, 0 to 1; 0 where it cannot tell."""
    share = getattr(source, "progress", None)
    return float(share()) if share else 0.0


def read_flows(path: str | Path, *, site: str = "default") -> pl.DataFrame:
    """The flows of one input as a frame in `FLOW_SCHEMA`, sorted by end. Raises `InputError`."""
    batches = open_inputs([path], options=ReadOptions(site=site, events=False)).batches()
    flows = pl.concat([pl.DataFrame(schema=FLOW_SCHEMA), *(batch.flows for batch in batches)])
    return sorted_by_end(Batch(flows)).flows
