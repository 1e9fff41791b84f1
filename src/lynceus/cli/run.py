"""`lynceus run`: always on, until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import read_config
from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError
from lynceus.cli.init import DEFAULT

if TYPE_CHECKING:
    from lynceus.incident import Incident
    from lynceus.live.run import Run, Told
    from lynceus.live.settings import Settings


def run(
    config: Annotated[
        Path, typer.Option("--config", "-c", metavar="FILE", help="What to watch, and how.")
    ] = DEFAULT,
    replay: Annotated[
        Path | None,
        typer.Option("--replay", metavar="FILE", help="Play a capture instead of the sources."),
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", metavar="N", help="So many times as fast; 0: at once.")
    ] = 1.0,
    json: Annotated[
        bool, typer.Option("--json", help="Print incidents as JSON, one object a line.")
    ] = False,
) -> None:
    """Watch the sources of a configuration for good; print incidents as they grow.

    SIGTERM or Ctrl-C stops with the state saved, SIGHUP reads the configuration anew.
    """
    going, unusable = _begun(config, replay, speed)
    wishes = _Wishes()
    with ExitStack() as stack:
        wishes.heard(stack)
        watched = _watched(going, stack)
        going.tells = _telling(going, stack)
        while not wishes.stop:
            _print(going.turn(), json)
            watched()
            if wishes.reload:
                wishes.reload = False
                _reload(going, config, replay, speed, unusable)
            if going.done:
                _print(going.finish(), json)
                return
        _print(going.stop(), json)


def _begun(
    config: Path, replay: Path | None, speed: float
) -> tuple[Run, tuple[type[Exception], ...]]:
    """A run of a configuration, and with what one that cannot be used is refused."""
    try:
        from lynceus.live.run import Run
    except ImportError as error:
        raise UsageError(
            f"{error.name} is needed to run for good: install lynceus with the extra 'live'"
        ) from None
    from lynceus import enrich
    from lynceus.baseline.state import StateError
    from lynceus.ingest.inputs import InputError
    from lynceus.live.checkpoint import CheckpointError
    from lynceus.own.complaint import OwnFileError
    from lynceus.store.lake import LakeError
    from lynceus.store.ledger import LedgerError
    from lynceus.suppress import SuppressionError

    unusable: tuple[type[Exception], ...] = (
        UsageError, OwnFileError, SuppressionError, enrich.ListError, StateError, InputError,
        LedgerError, LakeError, CheckpointError, OSError,
    )  # fmt: skip
    try:
        settings = _settings(config, replay, speed)
        return Run(read_config(config), settings, say=_say), unusable
    except unusable as error:
        raise UsageError(" ".join(str(error).split())) from None


def _watched(going: Run, stack: ExitStack) -> Callable[[], None]:
    """Begins to tell how a run does, and to tend its lake; gives what is called after each turn."""
    from lynceus.live.status import Status
    from lynceus.live.tending import Tending
    from lynceus.live.watch import Watch

    run = going.settings.run
    tending = Tending(going.harvest, run, going.degraded)
    tending.start()
    stack.callback(tending.stop)
    if not run.watch:
        return lambda: None
    try:
        watch = Watch(run.watch)
    except (OSError, ValueError) as error:
        raise UsageError(f"watch {run.watch}: {error}") from None
    stack.callback(watch.close)

    def after_a_turn() -> None:
        watch.status = Status.of(going, now_ns())

    return after_a_turn


def _telling(going: Run, stack: ExitStack) -> Told | None:
    """What lets people and tools be told, where the configuration names channels."""
    settings = going.config.notify
    if settings is None:
        return None
    from lynceus.notify.delivery import Delivery
    from lynceus.notify.dispatch import Dispatch
    from lynceus.notify.worker import Worker

    worker = stack.enter_context(
        Worker(Delivery(going.ledger, settings, going.config.site), now_ns, problem=_say)
    )
    dispatch = Dispatch(going.ledger, settings)

    def tell(incidents: Sequence[Incident]) -> None:
        if dispatch.take(incidents, at_ns=now_ns()):
            worker.wake()

    return tell


class _Wishes:
    """What signals ask for; the loop looks at it between two turns."""

    def __init__(self) -> None:
        self.stop = False
        self.reload = False

    def heard(self, stack: ExitStack) -> None:
        """Listens to signals until the stack is left."""
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.signal(number, self._stops)
            stack.callback(signal.signal, number, before)
        stack.callback(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, self._reloads))

    def _stops(self, *_: object) -> None:
        self.stop = True

    def _reloads(self, *_: object) -> None:
        self.reload = True


def _settings(config: Path, replay: Path | None, speed: float) -> Settings:
    from dataclasses import replace

    from lynceus.ingest.feeds import kinds
    from lynceus.live.settings import Settings

    settings = Settings.load(config)
    if replay is not None:
        if not replay.is_file():
            raise UsageError(f"{replay}: there is no such capture")
        if not 0 <= speed < float("inf"):
            raise UsageError(f"--speed {speed:g}: expected a number from 0 on")
        feed = kinds()["replay"](file=replay, speed=speed)  # type: ignore[call-arg]
        return replace(settings, sources={"replay": feed})
    if not settings.sources:
        raise UsageError(f"{config}: names no [[source]]; `lynceus init` writes examples")
    return settings


def _reload(
    going: Run,
    config: Path,
    replay: Path | None,
    speed: float,
    unusable: tuple[type[Exception], ...],
) -> None:
    """Goes on with the configuration as it is now; with the old one where it cannot be used."""
    try:
        going.reload(read_config(config), _settings(config, replay, speed))
    except unusable as error:
        _say(f"the configuration is not used, the one before goes on: {error}")


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _print(incidents: list[Incident], json: bool) -> None:
    for one in incidents:
        if json:
            typer.echo(one.model_dump_json())
            continue
        seen = (one.last_seen or "")[:19].replace("T", " ")
        typer.echo(f"{seen} {one.severity:<8} {one.score:3.0f} {one.id} {one.title}")
