"""`lynceus alerts`: who is told of incidents, what waits, what was sent, and what came of it."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import read_config
from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.init import DEFAULT

if TYPE_CHECKING:
    from lynceus.incident import Incident
    from lynceus.notify.delivery import Turn
    from lynceus.notify.settings import NotifySettings
    from lynceus.store.ledger import Ledger
    from lynceus.store.outbox import Message

app = typer.Typer(
    help="Tell people and tools of incidents: what waits, what was sent, what came of it.",
    rich_markup_mode=None,
)

ConfigFile = Annotated[
    Path,
    typer.Option("--config", "-c", metavar="FILE", help="TOML with [[channel]] and [[route]]."),
]
WithId = Annotated[str, typer.Argument(metavar="ID", help="The id of the incident.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for those who come later.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; else the user.")]

LISTED = 50
"""Most messages that are listed."""
TURN_S = 1.0
"""Between two looks into the outbox."""


@app.command("add")
def add(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What analyze --out has written.")],
    config: ConfigFile = DEFAULT,
) -> None:
    """Write the incidents of an analysis into the outbox; what was told already counts once."""
    from lynceus.results import Results, ResultsError

    try:
        incidents = Results(folder).incidents
    except ResultsError as error:
        raise UsageError(str(error)) from None
    with _desk(config) as desk:
        written = desk.take(incidents)
    typer.echo(f"{written:,} messages wait; `lynceus alerts send` sends them")


@app.command("send")
def send(
    config: ConfigFile = DEFAULT,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until Ctrl-C, and escalate in time.")
    ] = False,
) -> None:
    """Send what waits in the outbox."""
    with _desk(config) as desk:
        if watch:
            desk.watch()
        else:
            _tell(desk, desk.turn())


@app.command("list")
def list_(
    config: ConfigFile = DEFAULT,
    state: Annotated[
        str | None, typer.Option("--state", help="Only these: waiting, sent, folded or dead.")
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only of this channel.")] = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="KEY", help="What was told in this message.")
    ] = None,
) -> None:
    """Print the messages, the latest last, and how each channel does."""
    from lynceus.cli.screen import screen
    from lynceus.store.outbox import STATES

    if state is not None and state not in STATES:
        raise UsageError(f"--state {state}: expected one of {', '.join(STATES)}")
    with _desk(config) as desk:
        messages = desk.messages(state, channel, within)
        screen().print(_table(messages if within else messages[-LISTED:]))
        if len(messages) > LISTED and not within:
            typer.echo(f"{len(messages) - LISTED:,} earlier ones are not shown")
        for line in desk.told():
            typer.echo(line)


@app.command("retry")
def retry(
    key: Annotated[
        str | None, typer.Argument(metavar="KEY", help="One message; else all that are dead.")
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", help="Only of this channel.")] = None,
    config: ConfigFile = DEFAULT,
) -> None:
    """Let dead messages wait again, and send them."""
    with _desk(config) as desk:
        found = desk.retry(key, channel)
        typer.echo(f"{found:,} messages wait again")
        _tell(desk, desk.turn())


@app.command("acknowledge")
def acknowledge(
    incident: WithId, why: Why = "", by: By = None, config: ConfigFile = DEFAULT
) -> None:
    """Take an incident on: it escalates no more, and those who were told of it are told so."""
    with _desk(config) as desk:
        told = desk.changed("acknowledge", incident, by, why)
        typer.echo(f"{incident}: acknowledged; {told} channels are told")
        _tell(desk, desk.turn())


@app.command("resolve")
def resolve(incident: WithId, why: Why = "", by: By = None, config: ConfigFile = DEFAULT) -> None:
    """Say that an incident is over, here and where it was told."""
    with _desk(config) as desk:
        told = desk.changed("resolve", incident, by, why)
        typer.echo(f"{incident}: resolved; {told} channels are told")
        _tell(desk, desk.turn())


@app.command("test")
def test(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="Its name.")],
    config: ConfigFile = DEFAULT,
) -> None:
    """Send a test message to a channel and print what the service said."""
    from lynceus.cli.clock import now_ns
    from lynceus.notify.channel import ChannelError
    from lynceus.notify.delivery import told
    from lynceus.notify.notice import Notice
    from lynceus.own.toml_file import nearest
    from lynceus.shown import shown
    from lynceus.store.outbox import key_of

    settings, site = _settings(config)
    if channel not in settings.channels:
        near = nearest(channel, settings.channels)
        raise UsageError(f"{config}: there is no channel {channel!r}{near}")
    now = now_ns()
    notice = Notice(
        key=key_of("test", channel, now), kind="test", at_ns=now, sent_ns=now, site=site
    )
    try:
        said = told(settings.channels[channel], notice, {})
    except ChannelError as error:
        raise UsageError(f"{channel}: {error}") from None
    typer.echo(f"{channel}: {shown(said.text)}")


@app.command("kinds")
def kinds() -> None:
    """Print the kinds of channels with the keys of their tables; * is needed."""
    from lynceus.notify.channels import classes

    for kind, cls in classes().items():
        keys = (f"{n}{'*' if f.is_required() else ''}" for n, f in cls.model_fields.items())
        typer.echo(f"{kind}: {', '.join(keys)}")


@app.command("files")
def files(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write them.")],
) -> None:
    """Write what services have to be given: index template, classifier, mapper, table, rule."""
    from importlib import resources

    try:
        out.mkdir(parents=True, exist_ok=True)
        for file in sorted(resources.files("lynceus.notify").joinpath("files").iterdir(), key=str):
            (out / file.name).write_bytes(file.read_bytes())
            typer.echo(out / file.name)
    except OSError as error:
        raise UsageError(f"{error.filename or out}: cannot be written: {error.strerror}") from None


def after_analysis(incidents: list[Incident], settings: NotifySettings, site: str) -> None:
    """Tells what an analysis found, for `wait_s`; what is left waits in the outbox."""
    from lynceus.cli.ledger import opened
    from lynceus.store.ledger import LedgerError

    until = time.monotonic() + settings.wait_s
    try:
        with opened(settings.ledger) as ledger:
            desk = _Desk(ledger, settings, site)
            desk.take(incidents)
            turns = [desk.turn(settings.wait_s)]
            while turns[-1].sent and desk.waiting and (left_s := until - time.monotonic()) > 0:
                turns.append(desk.turn(left_s))
            _tell(desk, *turns)
    except LedgerError as error:
        complain(f"nobody was told: {error}")


@dataclass(frozen=True)
class _Desk:
    """A ledger and the settings by which it is told from."""

    ledger: Ledger
    settings: NotifySettings
    site: str

    def take(self, incidents: list[Incident]) -> int:
        from lynceus.cli.clock import now_ns
        from lynceus.notify.dispatch import Dispatch

        return Dispatch(self.ledger, self.settings).take(incidents, at_ns=now_ns())

    def turn(self, within_s: float | None = None) -> Turn:
        from lynceus.cli.clock import now_ns
        from lynceus.notify.delivery import Delivery

        delivery = Delivery(self.ledger, self.settings, self.site)
        return delivery.turn(now_ns(), within_s)

    def watch(self) -> None:
        """Delivers in a thread of its own until Ctrl-C."""
        from lynceus.cli.clock import now_ns
        from lynceus.notify.delivery import Delivery
        from lynceus.notify.worker import Worker

        delivery = Delivery(self.ledger, self.settings, self.site)
        with Worker(delivery, now_ns, problem=complain) as worker:
            while worker.alive:
                time.sleep(TURN_S)

    def retry(self, key: str | None, channel: str | None) -> int:
        from lynceus.cli.clock import now_ns
        from lynceus.notify.dispatch import Dispatch

        dispatch = Dispatch(self.ledger, self.settings)
        return dispatch.retry(at_ns=now_ns(), channel=channel, key=key)

    def changed(self, kind: str, incident: str, by: str | None, why: str) -> int:
        from lynceus.cli.clock import now_ns
        from lynceus.notify.dispatch import Dispatch

        dispatch = Dispatch(self.ledger, self.settings)
        change = dispatch.acknowledge if kind == "acknowledge" else dispatch.resolve
        said_by = (by or getpass.getuser()).strip()[:100]
        return change(incident, said_by=said_by, why=why.strip(), at_ns=now_ns())

    def messages(self, state: str | None, channel: str | None, within: str | None) -> list[Message]:
        from lynceus.store import outbox
        from lynceus.store.tables import OUTBOX

        where = [OUTBOX.c.state == state] if state else []
        where += [OUTBOX.c.channel == channel] if channel else []
        where += [OUTBOX.c.within.startswith(within, autoescape=True)] if within else []
        with self.ledger.transaction() as connection:
            return outbox.messages(connection, *where)

    @property
    def waiting(self) -> int:
        """Messages that are not sent yet."""
        from lynceus.store import outbox

        with self.ledger.transaction() as connection:
            return sum(n.get(outbox.WAITING, 0) for n in outbox.states(connection).values())

    def told(self) -> Iterator[str]:
        """A line a channel."""
        from lynceus.moments import rfc3339
        from lynceus.shown import shown
        from lynceus.store import outbox

        with self.ledger.transaction() as connection:
            states = outbox.states(connection)
            circuits = {name: outbox.circuit(connection, name) for name in states}
        for name, counts in states.items():
            told = ", ".join(f"{number:,} {state}" for state, number in counts.items())
            rest = circuits[name]
            why = f"; rests until {rfc3339(rest.until_ns)}: {rest.reason}" if rest.failures else ""
            gone = "" if name in self.settings.channels else "; not in the configuration"
            yield shown(f"{name}: {told}{why}{gone}")


def _settings(config: Path) -> tuple[NotifySettings, str]:
    given = read_config(config)
    if given.notify is None:
        raise UsageError(f"{config}: says nothing of alerts; expected [[channel]] and [[route]]")
    return placed(given.notify, config), given.site


def placed(settings: NotifySettings, config: Path) -> NotifySettings:
    """The settings with the ledger that is meant where they name none."""
    if settings.ledger:
        return settings
    from lynceus.live.settings import Settings
    from lynceus.own.complaint import OwnFileError

    try:
        live = Settings.load(config)
    except OwnFileError as error:
        raise UsageError(str(error)) from None
    ledger = live.run.ledger_place if live.sources else str(config.parent / "ledger.db")
    return replace(settings, ledger=ledger)


@contextmanager
def _desk(config: Path) -> Iterator[_Desk]:
    from lynceus.cli.ledger import opened
    from lynceus.store.ledger import LedgerError

    settings, site = _settings(config)
    try:
        with opened(settings.ledger) as ledger:
            yield _Desk(ledger, settings, site)
    except LedgerError as error:
        raise UsageError(str(error)) from None


def _tell(desk: _Desk, *turns: Turn) -> None:
    """What turns did, in one line on stderr, and why something waits, a line a channel."""
    folded, dead = sum(turn.folded for turn in turns), sum(turn.dead for turn in turns)
    told = [f"{sum(turn.sent for turn in turns):,} sent"]
    told += [f"{folded:,} told within others"] if folded else []
    told += [f"{dead:,} given up"] if dead else []
    told += [f"{desk.waiting:,} wait"] if desk.waiting else []
    complain(f"alerts: {', '.join(told)}")
    for name, reason in {n: why for turn in turns for n, why in turn.problems.items()}.items():
        complain(f"{name}: {reason}")


def _table(messages: list[Message]) -> object:
    from rich.table import Table

    from lynceus.moments import written
    from lynceus.shown import shown

    table = Table("key", "channel", "kind", "incident", "state", "when, UTC", "answer", box=None)
    for one in messages:
        held = one.held_for if one.state == "waiting" and one.held_for else one.answer
        told = f"within {one.within[:8]}" if one.within else held
        when = written(one.done_ns or one.due_ns) or ""
        table.add_row(
            one.key[:8], one.channel, one.kind, one.subject[:16], one.state, when, shown(told)
        )
    return table
