"""A run is watched over HTTP: metrics that Prometheus can read, health, readiness, a status."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lynceus.live.status import STUCK_S, Status
from lynceus.live.watch import Watch

NOW = 1_714_550_400_000_000_000
SOURCE = {"state": "running", "reason": "", "failures": 1, "rows": 9, "heard": None, "dropped": {}}


@pytest.fixture
def watch() -> Iterator[Watch]:
    one = Watch("127.0.0.1:0", clock=lambda: NOW)
    yield one
    one.close()


def asked(watch: Watch, path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{watch.port}{path}")


def status(**more: Any) -> Status:
    return Status(at_ns=NOW, ready=True, **more)


def test_metrics_are_those_of_the_status(watch: Watch) -> None:
    watch.status = status(
        received=10, kept=8, dropped={"late": 2}, lag_s=1.5, sources={'a"b\n': SOURCE},
        degraded={"ledger": "gone"}, incidents={"high": 3}, memory={"windows": 7},
        forgotten_groups={"hosts_of_port_1d": 4},
    )  # fmt: skip
    families = text_string_to_metric_families(asked(watch, "/metrics").text)
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }
    assert told["lynceus_received_records_total",] == 10
    assert told["lynceus_dropped_records_total", "late"] == 2
    assert told["lynceus_lag_seconds",] == 1.5
    assert told["lynceus_source_rows_total", 'a"b\n'] == 9
    assert told["lynceus_degraded", "ledger"] == 1
    assert told["lynceus_incidents_total", "high"] == 3
    assert told["lynceus_part_bytes", "windows"] == 7
    assert told["lynceus_forgotten_groups_total", "hosts_of_port_1d"] == 4


def test_health_is_that_it_turns_and_readiness_that_it_counts(watch: Watch) -> None:
    watch.status = status()
    assert (asked(watch, "/healthz").status_code, asked(watch, "/readyz").status_code) == (200, 200)
    watch.status = Status(at_ns=NOW, ready=False, degraded={"ledger": "gone"})
    assert asked(watch, "/healthz").status_code == 200
    answer = asked(watch, "/readyz")
    assert (answer.status_code, answer.text) == (503, "ledger: gone\n")
    watch.status = Status(at_ns=NOW - int((STUCK_S + 1) * 1e9), ready=True)
    assert asked(watch, "/healthz").status_code == 503


def test_the_status_is_told_and_nothing_else(watch: Watch) -> None:
    watch.status = status(turns=7)
    assert asked(watch, "/status?now").json()["turns"] == 7
    assert asked(watch, "/etc/passwd").status_code == 404
    assert httpx.post(f"http://127.0.0.1:{watch.port}/status").status_code == 501


def test_who_sends_rubbish_disturbs_nobody(watch: Watch) -> None:
    watch.status = status()
    with socket.create_connection(("127.0.0.1", watch.port)) as rude:
        rude.sendall(b"\x00\xff" * 50_000 + b"\r\n\r\n")
        assert asked(watch, "/healthz").status_code == 200


@pytest.mark.parametrize("where", ["9470", "localhost", ":1", "a:b"])
def test_a_place_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match="expected an address and a port"):
        Watch(where)
