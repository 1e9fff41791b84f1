"""The command line: one file a command, nothing heavy loaded before it is needed."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module, util
from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.complaint import USAGE, UsageError, complain

DEFECT, INTERRUPTED, CLOSED_PIPE = 1, 130, 141
"""Exit codes beside 0 and `USAGE`: a defect, Ctrl-C, nobody reads any more."""

NEW_OBJECTS = 500_000
"""So many new objects before the collector looks for cycles: a command makes incidents by the
thousand and keeps them, and looking through them again and again was a tenth of telling them. What
is loaded at the start makes 140,000, none of them garbage."""

COMMANDS = {
    "analyze": "analyze",
    "run": "run",
    "top": "top",
    "explain": "explain",
    "flows": "flows",
    "show": "show",
    "suppress": "suppress:app",
    "threat-level": "threat_level:app",
    "intel": "intel:app",
    "assets": "assets:app",
    "lake": "lake:app",
    "pseudonyms": "pseudonyms:app",
    "ledger": "ledger:app",
    "audit": "ledger:audit",
    "alerts": "alerts:app",
    "datasets": "datasets:app",
    "query": "query",
    "baseline": "baseline:app",
    "models": "models:app",
    "detectors": "detectors",
    "train": "train",
    "evaluate": "evaluate",
    "sensor": "cluster:sensor",
    "worker": "cluster:worker",
    "correlator": "cluster:correlator",
    "init": "init",
    "check": "check",
    "lab": "lab",
}
"""Where each command stands: the module, and its name there where that is another."""


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata

        typer.echo(f"lynceus {metadata.version('lynceus')}")
        raise typer.Exit


def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which one this is."),
    ] = False,
) -> None:
    """Network traffic analysis: captures, logs and flow lists in, incidents out."""


def application(arguments: list[str]) -> typer.Typer:
    """The program with the command that is asked for; with all of them where none is."""
    app = typer.Typer(
        name="lynceus",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(program)
    for name in arguments[:1] if arguments[:1] and arguments[0] in COMMANDS else COMMANDS:
        module, _, inside = COMMANDS[name].partition(":")
        if name == "lab" and util.find_spec("lynceus.cli.lab") is None:
            continue
        command = getattr(import_module(f"lynceus.cli.{module}"), inside or name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def main() -> None:
    """The console script: exit 0 when done, 2 on unusable input or arguments."""
    sys.exit(execute(sys.argv[1:]))


def execute(arguments: list[str]) -> int:
    """Runs one command and gives the exit code. Lets no exception through."""
    gc.set_threshold(NEW_OBJECTS)
    try:
        app = application(arguments)
        result = app(arguments or ["--help"], prog_name="lynceus", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last resort; a panic of the core is one too
        return _ended_by(error)
    if result == INTERRUPTED:
        complain("interrupted")
    return result if isinstance(result, int) else 0


def _ended_by(error: BaseException) -> int:
    """Says what ended the command, if anything is to be said, and gives the exit code."""
    if isinstance(error, UsageError):
        complain(str(error))
        return USAGE
    if isinstance(error, KeyboardInterrupt | EOFError | typer.Abort):
        complain("interrupted")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):
        return _closed_pipe()
    if isinstance(error, SystemExit) and isinstance(error.code, int):
        return error.code
    return _failed(error)


def _closed_pipe() -> int:
    """Nobody reads any more: what is still to be flushed goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return CLOSED_PIPE


def _failed(error: BaseException) -> int:
    """A wrong argument in one line; anything else is a defect and says where it came from."""
    wrong_argument = getattr(error, "format_message", None)
    if callable(wrong_argument):
        complain(f"{wrong_argument()} (see lynceus --help)")
        return USAGE
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    complain(
        f"this is a defect in Lynceus, please report it: {type(error).__name__} at {place}: {error}"
    )
    return DEFECT
