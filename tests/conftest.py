"""What tests share: where the real captures and logs are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from kafka_broker import kafka  # noqa: F401 - a fixture of every folder

os.environ["LYNCEUS_HOME"] = str(Path(__file__).parent / "nowhere")
"""What a person keeps on this machine, models among it, is not tested."""

settings.register_profile("same", derandomize=True, deadline=None, max_examples=20)
settings.register_profile("new", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
"""`make test` tries the same examples every time, `make test-long` new ones."""


def find_shared_data() -> Path | None:
    """The folder of real data: $LYNCEUS_SHARED_DATA, or `shared/data` beside the checkout."""
    named = os.environ.get("LYNCEUS_SHARED_DATA")
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(named) if named else beside
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data; the test is skipped where it is absent."""
    folder = find_shared_data()
    if folder is None:
        pytest.skip(
            "real data absent: no ../shared/data beside the checkout, LYNCEUS_SHARED_DATA unset"
        )
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL; its folder's name is short, for sockets have short names."""
    from store.postgres import running

    with tempfile.TemporaryDirectory(prefix="pg-") as folder, running(Path(folder)) as url:
        yield url
