"""`lynceus pseudonyms`: the key that gives people other names, and what such a name stands for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.complaint import UsageError

app = typer.Typer(
    help="Other names for the people of a site: make a key, reveal a name.", rich_markup_mode=None
)


@app.command("new")
def new(
    key: Annotated[Path, typer.Argument(metavar="KEY", help="The file to write it to.")],
    home: Annotated[
        list[str] | None,
        typer.Option("--home", metavar="NET", help="A network that is inside; may be repeated."),
    ] = None,
) -> None:
    """Make a key, readable by its owner alone; without --home all private networks are inside."""
    from lynceus.cli.analyze import check_home
    from lynceus.ingest.pseudonym import KEY_BYTES, PRIVATE, Pseudonyms

    check_home(home or [])
    made = Pseudonyms(os.urandom(KEY_BYTES), tuple(home or PRIVATE))
    try:
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made.written())
    except OSError as error:
        raise UsageError(f"{key}: cannot be made: {error.strerror}") from None
    typer.echo(f"{key} is written: who has it can reveal every name that it made")


@app.command("reveal")
def reveal(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="An address or p-...")],
    key: Annotated[Path, typer.Option("--key", metavar="KEY", help="The file of the key.")],
) -> None:
    """Say what pseudonyms stand for."""
    from lynceus.ingest.pseudonym import PseudonymError, Pseudonyms

    try:
        pseudonyms = Pseudonyms.load(key)
        for name in names:
            typer.echo(f"{name}  {pseudonyms.revealed(name)}")
    except PseudonymError as error:
        raise UsageError(str(error)) from None
