"""What the user wrote: detections as Sigma rules, SQL queries and Python files, and a policy."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lynceus.own.complaint import OwnFileError
from lynceus.own.told import name_of

if TYPE_CHECKING:
    from lynceus.protocols import Detector

__all__ = ["OwnFileError", "load"]

KINDS = (".yml", ".yaml", ".sql", ".py")
"""How files of detections end."""


def load(folder: str | Path, taken: Collection[str] = ()) -> dict[str, Detector]:
    """The detections of a folder and the folders in it, by name, in the order of their paths.

    `taken` are names that stand for something else already. Raises OwnFileError with file and
    line for the first file that cannot be used.
    """
    root = Path(folder)
    if not root.is_dir():
        raise OwnFileError(root, 1, "is no folder; expected one with detections")
    paths = sorted(p for p in root.rglob("*") if p.suffix.lower() in KINDS and p.is_file())
    if not paths:
        raise OwnFileError(root, 1, f"holds no detection: expected {', '.join(KINDS)} files")
    found: dict[str, Detector] = {}
    for path in paths:
        for name, detector in _of(path).items():
            if name in taken or name in found:
                raise OwnFileError(path, 1, f"the name {name!r} is taken by another detection")
            found[name] = detector
    return found


def _of(path: Path) -> dict[str, Detector]:
    """The detections of one file; what each kind needs is imported only when there is one."""
    if path.suffix.lower() == ".py":
        from lynceus.own import python_file

        return python_file.detectors(path)
    if path.suffix.lower() == ".sql":
        from lynceus.own import sql_query

        return {name_of(path): cast("Detector", sql_query.detector(path))}
    from lynceus.own import sigma_rule

    return cast("dict[str, Detector]", sigma_rule.detectors(path))
