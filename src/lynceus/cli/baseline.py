"""`lynceus baseline`: what is usual here, learned, shown, approved and forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import (
    Inputs,
    Site,
    check_home,
    check_inputs,
    check_per_day,
    check_site,
    progress,
)
from lynceus.cli.complaint import USAGE, UsageError, complain
from lynceus.cli.screen import screen

if TYPE_CHECKING:
    from lynceus.baseline.state import State

app = typer.Typer(
    help="Keep what is usual here: `lynceus analyze --baseline DIR` compares with it.",
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Option("--state", metavar="DIR", help="Where the baseline is kept.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for those who come later.")]
Entity = Annotated[str, typer.Option("--entity", metavar="ADDRESS", help="The host.")]
DEFAULT = Path("baseline")


@app.command("learn")
def learn(
    inputs: Inputs,
    state: Folder = DEFAULT,
    per_day: Annotated[
        float | None,
        typer.Option("--anomalies-per-day", metavar="N", help="How many a day are wanted."),
    ] = None,
    home: Annotated[
        list[str] | None,
        typer.Option("--home", metavar="NET", help="A network that is inside; may be repeated."),
    ] = None,
    site: Site = "default",
) -> None:
    """Learn from captures, logs, flow tables or results of earlier analyses, oldest first."""
    check_inputs(inputs)
    check_site(site)
    check_home(home or [])
    check_per_day(per_day)
    from lynceus.baseline.state import StateError
    from lynceus.baseline.warm_start import learned
    from lynceus.ingest import InputError
    from lynceus.registry import RegistryError

    try:
        with progress("learning") as told:
            after = learned(inputs, state, site=site, home=home or (), per_day=per_day, told=told)
    except (InputError, RegistryError, StateError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or state}: {error.strerror or error}") from None
    _print(after, None)


@app.command("show")
def show(
    state: Folder = DEFAULT,
    entity: Annotated[
        str | None, typer.Option("--entity", metavar="ADDRESS", help="What is usual of one host.")
    ] = None,
) -> None:
    """Print what is known, how long until it is ready, and what is usual of a host."""
    _print(_read(state), entity)


@app.command("approve")
def approve(
    entity: Entity,
    why: Why,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="From when on it is as it is to be (UTC); without it "
            "since the first hour that was strange.",
        ),
    ] = None,
    number: Annotated[
        list[str] | None,
        typer.Option("--number", help="Re-base only this number; may be repeated."),
    ] = None,
    moved_to: Annotated[
        str | None, typer.Option("--moved-to", metavar="ADDRESS", help="It goes on there.")
    ] = None,
    state: Folder = DEFAULT,
) -> None:
    """Re-base what a wanted change touches: a new application, a moved server."""
    from lynceus.baseline.approval import approved, moved
    from lynceus.baseline.state import StateError

    if moved_to and (since or number):
        raise UsageError("--moved-to: takes all that is known along; expected no --since, --number")
    known = _read(state)
    try:
        after = (
            moved(known, entity, moved_to, why)
            if moved_to
            else approved(known, entity, why, _time(since), number or ())
        )
    except StateError as error:
        raise UsageError(str(error)) from None
    _write(after, state)
    typer.echo(f"{entity}: {', '.join(f'{k} {v}' for k, v in after.approvals[-1].items())}")


@app.command("reset")
def reset(
    state: Folder = DEFAULT,
    entity: Annotated[
        str | None, typer.Option("--entity", metavar="ADDRESS", help="Forget one host.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Forget everything.")] = False,
) -> None:
    """Forget one host, or everything."""
    from lynceus.baseline.approval import forgotten
    from lynceus.baseline.state import State, StateError

    if (entity is None) != all_:
        raise UsageError("baseline reset: expected either --entity ADDRESS or --all")
    known = _read(state)
    try:
        after = State.empty(known.settings) if entity is None else forgotten(known, entity)
    except StateError as error:
        raise UsageError(str(error)) from None
    _write(after, state)
    typer.echo(f"forgotten: {entity or 'everything'}")


@app.command("fit")
def fit(
    state: Folder = DEFAULT,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same.")] = 0,
) -> None:
    """Learn further opinions of what is strange, and the roles of this site, from what is known.

    Needs the extra `train`; with the extra `deep` a neural net gives its opinion too.
    """
    from lynceus.baseline.state import StateError
    from lynceus.learn.anomaly import fitted
    from lynceus.learn.extras import ExtraMissingError

    try:
        after, lines = fitted(_read(state), seed)
    except (ExtraMissingError, StateError) as error:
        raise UsageError(str(error)) from None
    _write(after, state)
    for line in lines:
        typer.echo(line)


def _read(folder: Path) -> State:
    from lynceus.baseline.state import State, StateError

    try:
        return State.read(folder)
    except StateError as error:
        raise UsageError(str(error)) from None


def _write(state: State, folder: Path) -> None:
    try:
        state.write(folder)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _time(text: str | None) -> int | None:
    from datetime import UTC, datetime

    if text is None:
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--since {text}: expected a time such as 2024-05-01 or 2024-05-01T10:00"
        ) from None
    known = when if when.tzinfo else when.replace(tzinfo=UTC)
    return int(known.timestamp()) * 10**9


def _print(state: State, entity: str | None) -> None:
    from lynceus.baseline.progress import lines_of, usual_of

    console = screen()
    try:
        console.print(usual_of(state, entity) if entity else lines_of(state))
    except LookupError:
        complain(f"{entity}: the baseline knows no such host")
        raise typer.Exit(USAGE) from None
