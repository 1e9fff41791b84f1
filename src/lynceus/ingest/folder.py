"""A directory as input: the files in it by what they hold, of any kinds side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lynceus.account import Account
from lynceus.ingest.inputs import Input, InputError

SURE = 0.5
"""How sure a kind has to be of a file that nobody named; lists that people paste are less."""


@dataclass(frozen=True)
class Folder(Input):
    """The files of a directory that are of one kind."""

    files: tuple[Input, ...] = field(default=(), repr=False)

    @property
    def parts(self) -> tuple[Input, ...]:
        """The files to be read."""
        return self.files


def files_in(folder: Path) -> list[Path]:
    """The files of a directory; where it has none, those of the directories in it."""
    for pattern in ("*", "*/*"):
        files = sorted(p for p in folder.glob(pattern) if p.is_file() and p.name[0] != ".")
        if files:
            return files
    return []


def sorted_out(
    given: Input, sureness: Callable[[Input], tuple[str, float]], account: Account
) -> dict[str, Folder]:
    """The files of a directory by the name of their kind, as `sureness` tells it.

    Those that are not used are counted by the beginning of their name. Raises `InputError` where
    none is left.
    """
    found: dict[str, list[Input]] = {}
    others: Counter[str] = Counter()
    for file in _opened(given.path, account):
        kind, sure = sureness(file)
        if sure >= SURE:
            found.setdefault(kind, []).append(file)
        else:
            others[file.path.name.partition(".")[0]] += 1
    if not found:
        raise InputError(f"{given.name}: it holds no file of a kind that is known")
    account.note_by_kind("files_not_used", others)
    return {
        kind: Folder(given.path, given.name, b"", files=tuple(files))
        for kind, files in found.items()
    }


def _opened(folder: Path, account: Account) -> Iterator[Input]:
    for path in files_in(folder):
        try:
            if not path.stat().st_size:
                account.note("files_empty")
                continue
            yield Input.of(path)
        except (InputError, OSError):
            account.note("files_unreadable")
