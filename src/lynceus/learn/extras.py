"""Packages that only training needs, loaded where they are used and missed in one clear line."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class ExtraMissingError(RuntimeError):
    """A package that is not installed; the text names the extra of ours that brings it."""


def extra(module: str, of: str = "train") -> Any:
    """A module of a package that the extra `lynceus[of]` brings.

    Raises `ExtraMissingError` where it, or anything it rests on, is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        absent = error.name or module
        raise ExtraMissingError(
            f"{module} needs the package {absent.partition('.')[0]!r}, which is not installed: "
            f"install lynceus[{of}]"
        ) from None
