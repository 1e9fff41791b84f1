"""The command line: one file a command, nothing heavy loaded before it is needed."""

from __future__ import annotations

import gc
import os
import sys
import traceback
from importlib import import_module, metadata, util
from pathlib import Path
from typing import Annotated

import typer

from lynceus.cli.alerts import app as alerts
from lynceus.cli.analyze import analyze
from lynceus.cli.assets import app as assets
from lynceus.cli.baseline import app as baseline
from lynceus.cli.check import check
from lynceus.cli.cluster import correlator, sensor, worker
from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.datasets import app as datasets
from lynceus.cli.detectors import detectors
from lynceus.cli.evaluate import evaluate
from lynceus.cli.explain import explain
from lynceus.cli.flows import flows
from lynceus.cli.init import init
from lynceus.cli.intel import app as intel
from lynceus.cli.lake import app as lake
from lynceus.cli.ledger import app as ledger
from lynceus.cli.ledger import audit
from lynceus.cli.models import app as models
from lynceus.cli.pseudonyms import app as pseudonyms
from lynceus.cli.query import query
from lynceus.cli.run import run as run_for_good
from lynceus.cli.show import show
from lynceus.cli.suppress import app as suppress
from lynceus.cli.threat_level import app as threat_level
from lynceus.cli.top import top
from lynceus.cli.train import train

USAGE, DEFECT, INTERRUPTED, CLOSED_PIPE = 2, 1, 130, 141
"""Exit codes beside 0: unusable input or arguments, a defect, Ctrl-C, nobody reads any more."""

NEW_OBJECTS = 100_000
"""So many new objects before the collector looks for cycles: a command makes incidents by the
thousand and keeps them, and looking through them again and again was a tenth of telling them."""

app = typer.Typer(
    name="lynceus",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"lynceus {metadata.version('lynceus')}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Say which one this is."),
    ] = False,
) -> None:
    """Network traffic analysis: captures, logs and flow lists in, incidents out."""


app.command()(analyze)
app.command("run")(run_for_good)
app.command()(top)
app.command()(explain)
app.command()(flows)
app.command()(show)
app.add_typer(suppress, name="suppress")
app.add_typer(threat_level, name="threat-level")
app.add_typer(intel, name="intel")
app.add_typer(assets, name="assets")
app.add_typer(lake, name="lake")
app.add_typer(pseudonyms, name="pseudonyms")
app.add_typer(ledger, name="ledger")
app.add_typer(audit, name="audit")
app.add_typer(alerts, name="alerts")
app.add_typer(datasets, name="datasets")
app.command()(query)
app.add_typer(baseline, name="baseline")
app.add_typer(models, name="models")
app.command()(detectors)
app.command()(train)
app.command()(evaluate)
app.command()(sensor)
app.command()(worker)
app.command()(correlator)
app.command()(init)
app.command()(check)
if util.find_spec("lynceus.cli.lab") is not None:
    app.command()(import_module("lynceus.cli.lab").lab)


def main() -> None:
    """The console script: exit 0 when done, 2 on unusable input or arguments."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command and gives the exit code. Lets no exception through."""
    gc.set_threshold(NEW_OBJECTS)
    try:
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
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    complain(
        f"this is a defect in Lynceus, please report it: {type(error).__name__} at {place}: {error}"
    )
    return DEFECT
