"""Every golden trace still gives what was accepted (`make accept` rewrites it)."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.traces import Trace, traces

ROOT = Path(__file__).resolve().parent / "traces"


@pytest.mark.parametrize("trace", list(traces(ROOT)), ids=lambda trace: trace.folder.name)
def test_trace_gives_what_was_accepted(trace: Trace, tmp_path: Path) -> None:
    digest, lines = trace.run(tmp_path)
    assert digest == trace.sha256, "the lab writes other bytes for this seed"
    assert lines == trace.accepted()
