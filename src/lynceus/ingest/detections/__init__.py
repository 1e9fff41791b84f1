"""What other products have detected: one file a product.

Families as of `lynceus.ingest.devices`.
"""

from __future__ import annotations

from lynceus.ingest.detections import cylance, darktrace, guardduty, qradar, vectra
from lynceus.ingest.devices import Family

FAMILIES: tuple[Family, ...] = (darktrace, guardduty, qradar, cylance, vectra)
"""In the order in which lines are shown to them."""
