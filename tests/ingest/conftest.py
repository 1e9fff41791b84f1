"""What the tests of sources share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lynceus.account import Account
from lynceus.ingest import open_inputs
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA, Batch


@pytest.fixture
def whole(tmp_path: Path) -> Callable[..., tuple[Batch, Account]]:
    """Writes each content to a file and reads all of them as one stream: `whole(a, b, ...)`.

    Checks what holds for every source: schemas, a balanced account, uids of their own.
    """

    def read(*contents: str | bytes | Path) -> tuple[Batch, Account]:
        paths = []
        for number, content in enumerate(contents):
            if isinstance(content, Path):
                paths.append(content)
                continue
            path = tmp_path / f"input-{number}"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        source = open_inputs(paths)
        batch = Batch.concat(list(source.batches()))
        account = source.account
        assert batch.flows.schema == FLOW_SCHEMA
        assert {name: frame.schema for name, frame in batch.events.items()} == {
            name: EVENT_SCHEMAS[name] for name in batch.events
        }
        assert account.balanced
        assert batch.flows["uid"].is_unique().all()
        for name in ("site", "uid", "part", "source", "orig_by", "bytes_are_ip"):
            assert batch.flows[name].null_count() == 0
        return batch, account

    return read
