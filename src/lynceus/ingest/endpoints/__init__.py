"""What endpoints tell of themselves: connections with their process, look-ups, logins.

Families as of `lynceus.ingest.devices`, one a sensor.
"""

from __future__ import annotations

from lynceus.ingest.devices import Family
from lynceus.ingest.endpoints import elastic_endpoint, osquery, windows_events

FAMILIES: tuple[Family, ...] = (windows_events, osquery, elastic_endpoint)
"""In the order in which lines are shown to them."""
