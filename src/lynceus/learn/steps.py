"""Training in steps that are told, and not done again when training is taken up once more.

What a step gave lies as an array in a folder beside the output; its name says from what it was
made, so that other data, settings or another seed make it anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Told = Callable[[str, bool], None]
"""Told the name of a step that is done, and whether it was done before."""


class Steps:
    """The steps of one training."""

    def __init__(self, folder: Path | None = None, told: Told | None = None) -> None:
        self._folder = folder
        self._told = told

    @property
    def keeps(self) -> bool:
        """Whether what steps give is kept."""
        return self._folder is not None

    def done(self, name: str, *, before: bool = False) -> None:
        """Tells that a step is done."""
        if self._told:
            self._told(name, before)

    def array(
        self, name: str, made_from: str, make: Callable[[], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """What `make` gives, or gave when it was run before from the same."""
        path = None
        if self._folder is not None:
            path = self._folder / f"{name.replace(' ', '-')}-{made_from[:24]}.npy"
            if (kept := _read(path)) is not None:
                self.done(name, before=True)
                return kept
        array = make()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(".new")
            with new.open("wb") as file:
                np.save(file, array, allow_pickle=False)
            new.replace(path)
        self.done(name)
        return array


def digest(*parts: Any) -> str:
    """SHA-256 over arrays by their bytes and all else by its text."""
    whole = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            whole.update(str((part.shape, part.dtype)).encode())
            whole.update(np.ascontiguousarray(part).tobytes())
        else:
            whole.update(repr(part).encode())
        whole.update(b"\0")
    return whole.hexdigest()


def _read(path: Path) -> NDArray[np.float64] | None:
    """The array, unless there is none or it was cut off in writing."""
    try:
        told: NDArray[np.float64] = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return told
