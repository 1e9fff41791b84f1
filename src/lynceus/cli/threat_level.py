"""`lynceus threat-level`: how tense the times are, set by a person and kept with the reason."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.clock import now_ns
from lynceus.cli.complaint import UsageError
from lynceus.cli.own_file import add

if TYPE_CHECKING:
    from lynceus.threat_level import ThreatLevels

app = typer.Typer(
    help="Set how tense the times are: what happens then is urgent from a lower score on.",
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Option("--file", metavar="FILE", help="The list, a TOML file.")]
DEFAULT = Path("threat-level.toml")


@app.command("set")
def set_(
    level: Annotated[str, typer.Argument(help="normal, elevated or severe.")],
    why: Annotated[str, typer.Option("--why", help="The reason, for those who come later.")],
    until: Annotated[
        str | None, typer.Option("--until", help="A day or time (UTC) when it is over.")
    ] = None,
    start: Annotated[
        str | None, typer.Option("--from", help="A day or time (UTC) of the traffic; now if none.")
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="Who says so; you if none.")] = None,
    file: File = DEFAULT,
) -> None:
    """Set the level; the levels before it stay written, for what happened in their time."""
    from lynceus.threat_level import ThreatLevel, ThreatLevels, entry, level_of

    try:
        made = ThreatLevel(
            level_of(level), _time("--from", start) or _now(), why.strip(), who or _user(),
            _time("--until", until),
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(str(error)) from None
    if made.until is not None and made.until <= made.start:
        raise UsageError(f"--until {until}: expected a time after {made.start:%Y-%m-%d %H:%M}")
    for name, text in (("--why", made.why), ("--who", made.who)):
        if not text or not text.isprintable():
            raise UsageError(f"{name} {text!r}: expected a text in one line")
    _read(file)
    add(file, entry(made))
    typer.echo(made.told())
    if ThreatLevels((made,)).at(now_ns()) == made.level:
        typer.echo("A run that is going on takes it over on SIGHUP.", err=True)


@app.command("show")
def show(file: File = DEFAULT) -> None:
    """Print the level of now, then all that were set, the last first."""
    levels = _read(file)
    typer.echo(levels.at(now_ns()))
    for one in reversed(levels.all):
        typer.echo(one.told())


def _read(file: Path) -> ThreatLevels:
    from lynceus.own import OwnFileError
    from lynceus.threat_level import ThreatLevels

    try:
        return ThreatLevels.load(file)
    except OwnFileError as error:
        raise UsageError(str(error)) from None


def _time(option: str, text: str | None) -> datetime | None:
    from lynceus.threat_level import moment

    if text is None:
        return None
    try:
        return moment(text)
    except ValueError:
        raise UsageError(f"{option} {text}: expected a time such as 2026-12-31T18:00") from None


def _now() -> datetime:
    return datetime.fromtimestamp(now_ns() // 10**9, UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
