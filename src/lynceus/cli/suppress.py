"""`lynceus suppress`: what is not to be told, added, listed and taken away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli import own_file
from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from lynceus.suppress import Suppression

app = typer.Typer(
    help="Keep the list of what is not to be told: `lynceus analyze --suppress FILE` reads it.",
    rich_markup_mode=None,
)

File = Annotated[Path, typer.Option("--file", metavar="FILE", help="The list, a TOML file.")]
DEFAULT = Path("suppress.toml")


@app.command("add")
def add(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    why: Annotated[str, typer.Option("--why", help="The reason, for those who come later.")],
    entity: Annotated[
        str | None, typer.Option("--entity", help="An address or domain at either end.")
    ] = None,
    network: Annotated[
        str | None, typer.Option("--network", help="A network at either end.")
    ] = None,
    service: Annotated[
        str | None, typer.Option("--service", help="A service: ssh, 443/tcp or a port.")
    ] = None,
    detector: Annotated[
        str | None, typer.Option("--detector", help="What one detector says.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="A day or time (UTC) of the traffic.")
    ] = None,
    file: File = DEFAULT,
) -> None:
    """Hide findings that agree with all that is named."""
    from lynceus import detect
    from lynceus.suppress import Suppression, SuppressionError, entry

    given = {"why": why, "entity": entity, "network": network, "service": service,
             "detector": detector, "until": until}  # fmt: skip
    try:
        made = Suppression.of({k: v for k, v in given.items() if v is not None}, detect.load())
    except SuppressionError as error:
        raise UsageError(str(error)) from None
    known = _read(file) if file.exists() else ()
    if any(one.id == made.id for one in known):
        raise UsageError(f"{file}: {made.id} matches the same already; remove it first")
    own_file.add(file, entry(made))
    typer.echo(made.told())


@app.command("list")
def list_(file: File = DEFAULT) -> None:
    """Print the suppressions, one a line: id, what it matches, until when, why."""
    for one in _read(file):
        typer.echo(one.told())


@app.command("remove")
def remove(
    suppression: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    file: File = DEFAULT,
) -> None:
    """Take a suppression away; what it hid is told again."""
    from lynceus.suppress import without

    places = [n for n, one in enumerate(_read(file)) if one.id == suppression.lower()]
    if not places:
        raise UsageError(
            f"{file}: no suppression {suppression}; `lynceus suppress list` has the ids"
        )
    text = file.read_text(encoding="utf-8")
    for place in reversed(places):
        text = without(text, place)
    own_file.write(file, text)
    typer.echo(f"removed {suppression.lower()}")


def _read(file: Path) -> tuple[Suppression, ...]:
    from lynceus import detect
    from lynceus.suppress import SuppressionError, Suppressions

    try:
        return Suppressions.load(file, detect.load()).all
    except SuppressionError as error:
        raise UsageError(str(error)) from None
