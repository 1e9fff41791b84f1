"""What tests of models share: a key to sign with."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.models.signature import new_key


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, str]:
    """A private key's file and its public half."""
    path = tmp_path / "private.key"
    return path, new_key(path)
