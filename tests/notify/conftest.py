"""What tests of alerts share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lynceus.store.ledger import Ledger
from notify.doubles import Double, Reply, served
from notify.recorder import Recorder


@pytest.fixture(scope="module")
def server() -> Iterator[Double]:
    """One server a module."""
    with served() as double:
        yield double


@pytest.fixture
def service(server: Double, monkeypatch: pytest.MonkeyPatch) -> Double:
    """The server as new, and a secret in the environment."""
    server.requests.clear()
    server.failures.clear()
    server.complaints.clear()
    server.answer = lambda _: Reply()
    monkeypatch.setenv("CHANNEL_TOKEN", "s3cret-token-of-the-channel")
    return server


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture
def soc() -> Recorder:
    return Recorder(name="soc")
