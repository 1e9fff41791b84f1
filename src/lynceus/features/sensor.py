"""Windows over what a run tells of its own sources."""

from __future__ import annotations

from lynceus.features.window import Max, Min, Window

SENSOR_SILENCES = Window(
    "sensor_silences_5m",
    "sensor_health",
    ("sensor",),
    (
        Max("orig_h", "orig_h"),
        Max("silent_s", "silent_s"),
        Min("silent_before_s", "silent_before_s"),
        Max("usual_s", "usual_s"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "5m",
)
"""How long sources and exporters had been silent, and how long they usually are."""
