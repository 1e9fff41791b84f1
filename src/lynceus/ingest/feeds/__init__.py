"""Live sources: what goes on while it is read, each kind in one file.

A new kind is a class in a file of its own and one line in `BUILTIN`, or a class of another package
under the entry point `lynceus.feeds`. Its name in snake case is its `kind` in the configuration,
its fields are the keys of a `[[source]]` table.
"""

from __future__ import annotations

from typing import cast

from lynceus.ingest.feeds.elasticsearch import Elasticsearch
from lynceus.ingest.feeds.exporters import Exporters
from lynceus.ingest.feeds.feed import Chunk, Feed, FeedError, Place, Reading, Room
from lynceus.ingest.feeds.files import Files
from lynceus.ingest.feeds.folder import Folder
from lynceus.ingest.feeds.http import Http
from lynceus.ingest.feeds.interface import Interface
from lynceus.ingest.feeds.journal import Journal
from lynceus.ingest.feeds.kafka import Kafka
from lynceus.ingest.feeds.lumberjack import Lumberjack
from lynceus.ingest.feeds.replay import Replay
from lynceus.ingest.feeds.splunk import Splunk
from lynceus.ingest.feeds.syslog import Syslog
from lynceus.registry import load

__all__ = [
    "BUILTIN",
    "Chunk",
    "Feed",
    "FeedError",
    "Journal",
    "Place",
    "Reading",
    "Room",
    "kinds",
]

BUILTIN: tuple[type, ...] = (
    Elasticsearch,
    Exporters,
    Files,
    Folder,
    Http,
    Interface,
    Kafka,
    Lumberjack,
    Replay,
    Splunk,
    Syslog,
)


def kinds() -> dict[str, type[Feed]]:
    """All kinds of live source by name, built-ins and plugins."""
    return cast("dict[str, type[Feed]]", load("feeds", BUILTIN))
