"""`log_clearing`: the event log of another host, emptied."""

from __future__ import annotations

import pytest

from detect.domain import call
from detect.traffic import findings_of
from lynceus.detect.log_clearing import LogClearing


@pytest.mark.parametrize("operation", ["ElfrClearELFW", "EvtRpcClearLog"])
def test_a_log_that_is_cleared(operation: str) -> None:
    (finding,) = findings_of(LogClearing(), dce_rpc=[call(operation, username="anna")])
    assert (finding["severity"], finding["tactic"]) == ("medium", "defense-evasion")
    assert finding["because"] == (
        "10.0.0.66 asked 10.0.0.70 to clear an event log as anna: 1 request, 0 of them refused."
    )


def test_refused_is_low_and_reading_silent() -> None:
    denied = call("EvtRpcClearLog", status="ERROR_ACCESS_DENIED")
    assert [f["severity"] for f in findings_of(LogClearing(), dce_rpc=[denied])] == ["low"]
    reads = [call("ElfrOpenELW"), call("ElfrReadELW"), call("EvtRpcQueryNext")]
    assert findings_of(LogClearing(), dce_rpc=reads) == []
