"""`lynceus sensor`, `lynceus worker`, `lynceus correlator`: one line over several machines."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.analyze import read_config
from lynceus.cli.complaint import UsageError
from lynceus.cli.init import DEFAULT

_Config = Annotated[
    Path, typer.Option("--config", "-c", metavar="FILE", help="The sources, and the cluster.")
]


def sensor(config: _Config = DEFAULT) -> None:
    """Publish what the sources of a configuration tell to Apache Kafka; SIGTERM stops it."""
    with _one_line():
        from lynceus.cluster.sensor import Sensor
        from lynceus.cluster.settings import ClusterConfig
        from lynceus.live.settings import Settings

        settings = Settings.load(config)
        if not settings.sources:
            raise UsageError(f"{config}: names no [[source]]")
        going = Sensor(read_config(config), settings, ClusterConfig.load(config), say=_say)
        stop = _stopped()
        while not stop.is_set() and not going.done:
            going.turn()
        going.stop(ended=going.done)


def worker(config: _Config = DEFAULT) -> None:
    """Detect in a share of what the sensors publish; start as many as are needed."""
    with _one_line():
        from lynceus.cluster.settings import ClusterConfig
        from lynceus.cluster.worker import Worker

        going = Worker(read_config(config), ClusterConfig.load(config), say=_say)
        going.run(_stopped())


def correlator(config: _Config = DEFAULT) -> None:
    """Make incidents of what all workers find, in the ledger; one of it runs."""
    with _one_line():
        from lynceus.cluster.correlator import Correlator
        from lynceus.cluster.settings import ClusterConfig
        from lynceus.live.settings import Settings

        run, cluster = Settings.load(config).run, ClusterConfig.load(config)
        going = Correlator(read_config(config), run, cluster, say=_say)
        stop = _stopped()
        while not stop.is_set():
            for one in going.turn():
                typer.echo(f"{one.severity:<8} {one.score:3.0f} {one.id} {one.title}")
        going.close()


@contextmanager
def _one_line() -> Iterator[None]:
    """What cannot be used ends the command in one line."""
    from lynceus import enrich
    from lynceus.baseline.state import StateError
    from lynceus.cluster.bus import BusError
    from lynceus.live.checkpoint import CheckpointError
    from lynceus.own.complaint import OwnFileError
    from lynceus.store.ledger import LedgerError
    from lynceus.suppress import SuppressionError

    try:
        yield
    except (
        BusError, OwnFileError, SuppressionError, enrich.ListError, StateError, LedgerError,
        CheckpointError, OSError, ValueError,
    ) as error:  # fmt: skip
        raise UsageError(" ".join(str(error).split())) from None


def _stopped() -> threading.Event:
    """Is set by SIGTERM and Ctrl-C."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _say(line: str) -> None:
    typer.echo(line, err=True)
