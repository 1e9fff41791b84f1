"""Where a run can be watched over HTTP: `/metrics`, `/healthz`, `/readyz`, `/status`.

Answers out of the last status that the run has left here, so asking never disturbs it. Speaks on
loopback unless an address says otherwise; it tells names of sources and counts, no traffic.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from lynceus.live.status import Status

ASK_S = 5.0
"""A client may take so long to ask."""


class Watch:
    """A server in a thread of its own."""

    def __init__(self, where: str, clock: Callable[[], int] = time.time_ns) -> None:
        """`where`: `address:port`. Raises ValueError on another form, OSError where it is taken."""
        host, _, port = where.rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"watch {where!r}: expected an address and a port, as 127.0.0.1:9470")
        self.status = Status()
        """What is told; the run puts a new one here after every turn."""
        self._clock = clock
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it speaks on."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Status, content type and body for a path."""
        status, now = self.status, self._clock()
        if path == "/metrics":
            return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest(self._registry)
        if path == "/status":
            return HTTPStatus.OK, "application/json", json.dumps(asdict(status)).encode()
        checks = {"/healthz": status.well(now), "/readyz": status.well(now) and status.ready}
        if path not in checks:
            return (
                HTTPStatus.NOT_FOUND,
                "text/plain",
                b"there is /metrics /healthz /readyz /status\n",
            )
        if checks[path]:
            return HTTPStatus.OK, "text/plain", b"ok\n"
        why = "; ".join(f"{part}: {reason}" for part, reason in status.degraded.items())
        text = why or ("no turn of late" if not status.well(now) else "not counting yet")
        return HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", f"{text}\n".encode()

    def collect(self) -> Iterator[Metric]:
        """The metrics, as the client library of Prometheus asks for them."""
        s = self.status
        plain: list[tuple[type[Any], str, str, float | None]] = [
            (CounterMetricFamily, "lynceus_received_records", "Records that came in.", s.received),
            (CounterMetricFamily, "lynceus_kept_records", "Records that were kept.", s.kept),
            (CounterMetricFamily, "lynceus_late_rows", "Rows later than their windows.", s.late),
            (CounterMetricFamily, "lynceus_forgotten_flows", "Flows not named.", s.forgotten),
            (CounterMetricFamily, "lynceus_turns", "Turns of the loop.", s.turns),
            (GaugeMetricFamily, "lynceus_lag_seconds", "Event time behind the clock.", s.lag_s),
            (GaugeMetricFamily, "lynceus_queue_rows", "Rows that wait.", s.waiting_rows),
            (GaugeMetricFamily, "lynceus_held_rows", "Rows in no checkpoint yet.", s.held_rows),
            (GaugeMetricFamily, "lynceus_checkpoint", "Number of the last one.", s.checkpoint),
            (GaugeMetricFamily, "lynceus_checkpoint_seconds", "What it took.", s.checkpoint_s),
            (GaugeMetricFamily, "lynceus_open_findings", "Of open stories.", s.findings_open),
            (GaugeMetricFamily, "lynceus_memory_bytes", "Memory in use.", s.memory_bytes),
        ]
        for kind, name, text, value in plain:
            if value is not None:
                yield kind(name, text, value=value)
        labelled: list[tuple[str, str, str, dict[str, float]]] = [
            ("lynceus_dropped_records", "Records dropped.", "reason", {**s.dropped}),
            ("lynceus_failures", "How often a part has failed.", "part", {**s.failures}),
            ("lynceus_incidents", "Versions of incidents told.", "severity", {**s.incidents}),
            ("lynceus_forgotten_groups", "Groups of open windows that went for want of room.",
             "table", {**s.forgotten_groups}),
            ("lynceus_stage_seconds", "Time spent by stage.", "stage", s.seconds),
            ("lynceus_source_rows", "Rows of a source.", "source",
             {name: one["rows"] for name, one in s.sources.items()}),
            ("lynceus_source_failures", "How often a source has failed.", "source",
             {name: one["failures"] for name, one in s.sources.items()}),
        ]  # fmt: skip
        for name, text, label, values in labelled:
            counter = CounterMetricFamily(name, text, labels=[label])
            for key, value in sorted(values.items()):
                counter.add_metric([key], value)
            yield counter
        parts = GaugeMetricFamily("lynceus_part_bytes", "Memory by part.", labels=["part"])
        for part, size in sorted(s.memory.items()):
            parts.add_metric([part], size)
        yield parts
        up = GaugeMetricFamily("lynceus_source_up", "Whether it runs.", labels=["source"])
        for name, one in sorted(s.sources.items()):
            up.add_metric([name], one["state"] in ("running", "ended"))
        yield up
        degraded = GaugeMetricFamily("lynceus_degraded", "Parts that fail now.", labels=["part"])
        for part in sorted(s.degraded):
            degraded.add_metric([part], 1)
        yield degraded

    def _handler(watch) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - `self` is the request
        class Asked(BaseHTTPRequestHandler):
            timeout = ASK_S

            def do_GET(self) -> None:
                status, kind, body = watch.answer(self.path.partition("?")[0])
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing: who asks is not worth a line."""

        return Asked
