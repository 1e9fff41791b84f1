"""Lynceus: network traffic analysis that hands the analyst a short list of incidents.

import lynceus

flows = lynceus.read_flows("office.pcap")       # a Polars frame
analysis = lynceus.analyze("office.pcap")       # incidents, findings, flows
for incident in analysis.incidents:
    print(incident.severity, incident.title)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lynceus.analysis import Analysis, analyze
    from lynceus.ingest import InputError, read_flows

__all__ = ["Analysis", "InputError", "analyze", "read_flows"]

_HOME = {
    "Analysis": "lynceus.analysis",
    "analyze": "lynceus.analysis",
    "InputError": "lynceus.ingest",
    "read_flows": "lynceus.ingest",
}


def __getattr__(name: str) -> Any:
    """Loads on first use: the command line starts without the analysis."""
    if name not in _HOME:
        raise AttributeError(f"module 'lynceus' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
