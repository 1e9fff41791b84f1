"""`lynceus run`: always on, until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lynceus.cli.analyze import read_config
from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError
from lynceus.cli.init import DEFAULT

if TYPE_CHECKING:
    from lynceus.config import Config
    from lynceus.incident import Incident
    from lynceus.ingest.feeds import Feed
    from lynceus.live.privileges import Privileges
    from lynceus.live.run import Run, Told
    from lynceus.live.settings import Settings
    from lynceus.rewrite.rewriter import Rewriter


def run(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", help="What to watch, and how; else lynceus.toml."
        ),
    ] = None,
    interface: Annotated[
        list[str] | None,
        typer.Option("--interface", "-i", metavar="NAME", help="Watch a network interface."),
    ] = None,
    collect: Annotated[
        list[str] | None,
        typer.Option("--collect", metavar="ADDRESS:PORT", help="Collect NetFlow, IPFIX, sFlow."),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option("--allow", metavar="NET", help="Who may send to --collect; else this host."),
    ] = None,
    follow: Annotated[
        list[str] | None,
        typer.Option("--follow", metavar="PATH", help="Follow logs: a file, pattern or directory."),
    ] = None,
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
    """Watch the sources of a configuration, and those named here; print incidents as they grow.

    SIGTERM or Ctrl-C stops with the state saved, SIGHUP reads the configuration anew.
    """
    given = _Given(
        config, tuple(interface or ()), tuple(collect or ()), tuple(allow or ()),
        tuple(follow or ()), replay, speed,
    )  # fmt: skip
    going, unusable = _begun(given)
    wishes = _Wishes(going)
    with ExitStack() as stack:
        wishes.heard(stack)
        watched = _watched(going, stack)
        privileges = _privileges(going)
        told = stack.enter_context(ExitStack())
        going.tells = _telling(going, told)
        while not wishes.stop:
            _print(going.turn(), json)
            watched()
            if privileges.held and privileges.due(going.pump):
                privileges.give_up()
            if wishes.reload:
                wishes.reload = False
                _reload(going, given, unusable, told)
            if going.done:
                _print(going.finish(), json)
                return
        _print(going.stop(), json)


@dataclass(frozen=True)
class _Given:
    """What the command line says."""

    config: Path | None
    interface: tuple[str, ...]
    collect: tuple[str, ...]
    allow: tuple[str, ...]
    follow: tuple[str, ...]
    replay: Path | None
    speed: float

    @property
    def file(self) -> Path | None:
        """The configuration: the one that is named, else the usual one where it is there."""
        return self.config or (DEFAULT if DEFAULT.exists() else None)

    def configuration(self) -> Config:
        """That of the analysis."""
        return read_config(self.file)

    def settings(self) -> Settings:
        """That of the run: the sources of the file and those of the command line."""
        from lynceus.live.settings import Settings

        settings = Settings.load(self.file) if self.file else Settings()
        sources = {**settings.sources, **self._sources()}
        if self.replay is not None:
            sources = {"replay": self._played(self.replay)}
        if not sources:
            where = f"{self.file} names no [[source]]" if self.file else "nothing to watch is named"
            raise UsageError(
                f"{where}; expected one, or --interface, --collect, --follow or --replay "
                "(`lynceus init` writes examples)"
            )
        settings = replace(settings, sources=sources)
        settings.refuse_unusable()
        return settings

    def _sources(self) -> dict[str, Feed]:
        from lynceus.ingest.feeds import kinds

        known: dict[str, Any] = dict(kinds())
        named: dict[str, Feed] = {name: known["interface"](name) for name in self.interface}
        if self.collect:
            listen = tuple(_at_port(where) for where in self.collect)
            named["exporters"] = known["exporters"](listen=listen, allow=self.allow)
        if self.follow:
            paths = tuple(str(Path(path).absolute()) for path in self.follow)
            named["follow"] = known["files"](paths=paths)
        return named

    def _played(self, capture: Path) -> Feed:
        from lynceus.ingest.feeds import kinds

        if not capture.is_file():
            raise UsageError(f"{capture}: there is no such capture")
        if not 0 <= self.speed < float("inf"):
            raise UsageError(f"--speed {self.speed:g}: expected a number from 0 on")
        made: Any = kinds()["replay"]
        feed: Feed = made(capture, self.speed)
        return feed


def _at_port(where: str) -> str:
    """An address and a port; a port alone is one of this machine."""
    return f"127.0.0.1:{where}" if where.isdigit() else where


def _begun(given: _Given) -> tuple[Run, tuple[type[Exception], ...]]:
    """A run of a configuration, and with what one that cannot be used is refused."""
    try:
        from lynceus.live.run import Run
    except ImportError as error:
        raise UsageError(
            f"{error.name} is needed to run for good: install lynceus with the extra 'live'"
        ) from None
    from lynceus import enrich
    from lynceus.baseline.state import StateError
    from lynceus.ingest.feeds import FeedError
    from lynceus.ingest.inputs import InputError
    from lynceus.live.checkpoint import CheckpointError
    from lynceus.own.complaint import OwnFileError
    from lynceus.store.lake import LakeError
    from lynceus.store.ledger import LedgerError
    from lynceus.suppress import SuppressionError

    unusable: tuple[type[Exception], ...] = (
        UsageError, ValueError, OwnFileError, SuppressionError, enrich.ListError, StateError,
        InputError, FeedError, LedgerError, LakeError, CheckpointError, OSError,
    )  # fmt: skip
    try:
        return Run(given.configuration(), given.settings(), say=_say), unusable
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


def _privileges(going: Run) -> Privileges:
    """Those that are given up once the sources are open."""
    from lynceus.live.privileges import Privileges

    run = going.settings.run
    folders = [run.state, run.lake_place, *filter(None, [going.config.baseline])]
    return Privileges(run.user, folders, _say)


def _telling(going: Run, stack: ExitStack) -> Told | None:
    """What lets people and tools be told, where the configuration names channels."""
    settings = going.config.notify
    if settings is None:
        return None
    from lynceus.notify.delivery import Delivery
    from lynceus.notify.dispatch import Dispatch
    from lynceus.notify.worker import Worker

    delivery = Delivery(going.ledger, settings, going.config.site)
    rewriter: Rewriter | None = None
    if going.config.rewrite:
        from lynceus.rewrite.rewriter import Rewriter

        rewriter = stack.enter_context(Rewriter(going.config.rewrite, say=_say))
        delivery = replace(delivery, words=rewriter.words)
    worker = stack.enter_context(Worker(delivery, now_ns, problem=_say))
    dispatch = Dispatch(going.ledger, settings)

    def tell(incidents: Sequence[Incident]) -> None:
        if rewriter:
            rewriter.offer(incidents)
        if dispatch.take(incidents, at_ns=now_ns()):
            worker.wake()

    return tell


class _Wishes:
    """What signals ask for; the loop looks at it between two turns."""

    def __init__(self, going: Run) -> None:
        self._going = going
        self.stop = False
        self.reload = False

    def heard(self, stack: ExitStack) -> None:
        """Listens to signals until the stack is left."""
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.signal(number, self._stops)
            stack.callback(signal.signal, number, before)
        stack.callback(signal.signal, signal.SIGHUP, signal.signal(signal.SIGHUP, self._reloads))

    def _stops(self, *_: object) -> None:
        self.stop = self._going.ending = True

    def _reloads(self, *_: object) -> None:
        self.reload = True


def _reload(
    going: Run, given: _Given, unusable: tuple[type[Exception], ...], told: ExitStack
) -> None:
    """Goes on with the configuration as it is now; with the old one where it cannot be used.

    `told` holds what delivers alerts, which is begun anew: channels and routes may be others.
    """
    before = going.config.notify
    try:
        going.reload(given.configuration(), given.settings())
    except unusable as error:
        _say(f"the configuration is not used, the one before goes on: {error}")
        return
    if going.config.notify != before:
        told.close()
        going.tells = _telling(going, told)


def _say(line: str) -> None:
    typer.echo(line, err=True)


def _print(incidents: list[Incident], json: bool) -> None:
    for one in incidents:
        if json:
            typer.echo(one.model_dump_json())
            continue
        seen = (one.last_seen or "")[:19].replace("T", " ")
        typer.echo(f"{seen} {one.severity:<8} {one.score:3.0f} {one.id} {one.title}")
