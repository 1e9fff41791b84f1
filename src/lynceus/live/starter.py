"""The part of a configuration to begin with that a run reads: every key there is, as comments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from lynceus.ingest.feeds import kinds
from lynceus.live.settings import RunConfig
from lynceus.own.toml_text import toml

EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "files": {"paths": ["/opt/zeek/logs/current"]},
    "folder": {"path": "/var/captures"},
    "replay": {"file": "capture.pcap"},
    "kafka": {"topics": ["flows"]},
    "elasticsearch": {"url": "https://127.0.0.1:9200", "index": "filebeat-*"},
    "splunk": {"url": "https://127.0.0.1:8089", "search": "index=zeek"},
    "syslog": {"udp": ["127.0.0.1:1514"]},
}
"""What stands for options that have no default."""


def starter(interfaces: Sequence[str]) -> str:
    """Tables `[run]` and `[[source]]`; `interfaces` are those of this machine."""
    lines = [
        "",
        "# `lynceus run`: what is watched for good, and where it is kept; docs/run.md.",
        "",
        "# [run]",
    ]
    lines += [f"# {one.name} = {toml(_plain(one.default))}" for one in fields(RunConfig)]
    lines += ["", "# Live sources, a table each, as many as are wanted; docs/sources-live.md."]
    for kind, feed in kinds().items():
        examples = {**EXAMPLES, "interface": {"interface": (*interfaces, "eth0")[0]}}.get(kind, {})
        lines += ["", "# [[source]]", f'# kind = "{kind}"']
        for one in fields(feed):  # type: ignore[arg-type]
            default = one.default
            if default is MISSING and one.default_factory is not MISSING:
                default = one.default_factory()
            value = examples.get(one.name, default)
            if value is not MISSING and value is not None:
                lines.append(f"# {one.name} = {toml(_plain(value))}")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
