"""Detectors in a Python file of the user's, entered as built-ins are."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from lynceus.features.window import Rows, Sequence, Window
from lynceus.own.complaint import OwnFileError, line_of, read
from lynceus.own.told import name_of
from lynceus.protocols import Detector
from lynceus.records import SEVERITIES
from lynceus.registry import snake_case

ASKED = ("reads", "key", "version", "severity", "tactic", "techniques", "findings")
"""What a class must have to be a detector."""


def detectors(path: Path) -> dict[str, Detector]:
    """The detectors of a file by name. Raises OwnFileError; the file is run as it stands."""
    text = read(path)
    module = _loaded(path, text)
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and hasattr(value, "findings")
    ]
    if not classes:
        raise OwnFileError(path, 1, "holds no detector: expected a class with `findings`")
    found: dict[str, Detector] = {}
    for cls in classes:
        line = line_of(text, cls.__name__)
        try:
            detector = cls()
        except Exception as error:  # noqa: BLE001 - what a user's file raises may be anything
            raise OwnFileError(path, line, f"{cls.__name__} cannot be made: {error}") from None
        _checked(path, line, detector)
        found[snake_case(cls.__name__)] = detector
    return found


def _loaded(path: Path, text: str) -> ModuleType:
    name = f"lynceus_own_{name_of(path)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OwnFileError(path, 1, "is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        compile(text, str(path), "exec")
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise OwnFileError(path, error.lineno or 1, f"is no Python: {error.msg}") from None
    except Exception as error:  # noqa: BLE001 - what a user's file raises may be anything
        steps = traceback.extract_tb(error.__traceback__)
        own = [step.lineno for step in steps if step.filename == str(path)]
        reason = f"{type(error).__name__}: {error}"
        raise OwnFileError(path, (own or [1])[-1] or 1, reason) from None
    return module


def _checked(path: Path, line: int, detector: Detector) -> None:
    name = type(detector).__name__
    if missing := [part for part in ASKED if not hasattr(detector, part)]:
        raise OwnFileError(path, line, f"{name} has no {missing[0]!r}")
    if detector.severity not in SEVERITIES:
        reason = f"{name}: the severity {detector.severity!r} is none of {', '.join(SEVERITIES)}"
        raise OwnFileError(path, line, reason)
    tables = detector.reads if isinstance(detector.reads, tuple) else ()
    if not tables or not all(isinstance(table, Window | Rows | Sequence) for table in tables):
        reason = f"{name}: `reads` must be a tuple of window tables"
        raise OwnFileError(path, line, reason)
