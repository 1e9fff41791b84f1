"""`lynceus evaluate`: what the learned detectors are worth, measured here and now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from lynceus.learn.evaluate import Result


def evaluate(
    names: Annotated[
        list[str] | None, typer.Argument(help="Tasks; all of them where none is named.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder with the data sets.", show_default=False)
    ] = None,
    trained_on: Annotated[
        Path | None,
        typer.Option(help="Train on the sets of this folder, test on all of those in --data."),
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write the figures to this Markdown file too.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the page of --write: leave out what is there."),
    ] = False,
    list_tasks: Annotated[bool, typer.Option("--list", help="Name the tasks and end.")] = False,
) -> None:
    """Train on one part of labelled data, measure on another, print figures with intervals."""
    from lynceus.learn.dataset import DatasetError
    from lynceus.learn.evaluate import tasks
    from lynceus.learn.evaluate.page import Measured, measured_in, page
    from lynceus.learn.extras import ExtraMissingError

    known = tasks()
    if list_tasks:
        for name, task in known.items():
            typer.echo(f"{name:24}{task.title}")
        return
    if data is None:
        raise UsageError("--data: name the folder with the data sets")
    if resume and write is None:
        raise UsageError("--resume: name the page with --write")
    if write and not write.parent.is_dir():
        raise UsageError(f"{write}: there is no directory {write.parent}")
    for name in names or ():
        if name not in known:
            raise UsageError(f"{name!r}: no such task; expected one of {', '.join(known)}")
    measured: list[Measured] = []
    titles = [task.title for task in known.values()]
    with _complaints(write):
        kept = (names or resume) and write and write.exists()
        before = write.read_text(encoding="utf-8") if kept and write else ""
    done = measured_in(before) if resume else set()
    for name in [n for n in names or known if known[n].title not in done]:
        try:
            result = known[name]().run(data, trained_on)
        except (DatasetError, ExtraMissingError) as error:
            if names:
                raise UsageError(str(error)) from None
            measured.append(Measured(name, known[name], None, str(error)))
            typer.echo(f"{name}: not measured: {error}\n")
        else:
            measured.append(Measured(name, known[name], result))
            _print(name, known[name].title, result)
        if write:
            with _complaints(write):
                write.write_text(page(measured, titles, before), encoding="utf-8")


@contextmanager
def _complaints(write: Path | None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(f"{write}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{write}: is no text in UTF-8") from None


def _print(name: str, title: str, result: Result) -> None:
    typer.echo(f"{name}: {title}")
    for figure in result.figures:
        met = {None: "", True: "  reached", False: "  NOT REACHED"}[figure.met]
        wanted = f"  (wanted {figure.wanted})" if figure.wanted else ""
        typer.echo(f"  {figure.name}: {figure.value}{wanted}{met}")
    for part in result.parts:
        typer.echo(f"  {part.title}:")
        for row in part.rows:
            typer.echo("    " + ", ".join(f"{key} {value}" for key, value in row.items()))
    for note in result.notes:
        typer.echo(f"  {note}")
    typer.echo("")
