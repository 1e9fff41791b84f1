"""`lynceus show`: the incidents of a result directory, read again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.analyze import SEVERITIES
from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.screen import screen

if TYPE_CHECKING:
    from lynceus.results import Results
    from lynceus.suppress import Suppressions

Stored = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help="What `lynceus analyze --out` has written, or the state of `lynceus run`.",
    ),
]
Quiet = Annotated[
    Path | None,
    typer.Option(
        "--suppress",
        metavar="FILE",
        help="What is not to be told; by default the list the analysis had, as it is now.",
    ),
]


def show(
    results: Stored,
    suppress: Quiet = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print incidents as JSON, one object a line.")
    ] = False,
    min_severity: Annotated[
        str,
        typer.Option(
            "--min-severity",
            metavar="SEVERITY",
            help=f"Show only incidents from this severity on: {', '.join(SEVERITIES)}.",
        ),
    ] = "info",
) -> None:
    """Print stored incidents again, without what is suppressed by now."""
    if min_severity not in SEVERITIES:
        raise UsageError(f"--min-severity {min_severity}: expected one of {', '.join(SEVERITIES)}")
    from lynceus.kept_results import opened
    from lynceus.present import jsonl, terminal
    from lynceus.results import ResultsError
    from lynceus.suppress import SUPPRESSED_BY, SuppressionError

    try:
        stored = opened(results)
        quiet = suppressions(stored, suppress)
        hidden = stored.hidden(quiet)
        by = dict(hidden.select("id", SUPPRESSED_BY).iter_rows())
        told = [i for i in stored.incidents if any(f.id not in by for f in i.findings)]
    except (ResultsError, SuppressionError) as error:
        raise UsageError(str(error)) from None
    least = SEVERITIES.index(min_severity)
    chosen = [i for i in told if SEVERITIES.index(i.severity) >= least]
    if json:
        jsonl.print_incidents(chosen, sys.stdout)
    else:
        terminal.overview(chosen, screen())
    for line in quiet.told(hidden):
        complain(line)
    if len(told) < len(stored.incidents):
        complain(f"{len(stored.incidents) - len(told)} incidents are hidden as a whole")


def suppressions(stored: Results, named: Path | None) -> Suppressions:
    """Those of the file named, else of the one that the analysis had.

    Raises `SuppressionError` and `ResultsError`.
    """
    from lynceus import detect
    from lynceus.suppress import Suppressions

    path = named or stored.suppress
    if path is None or (named is None and not path.exists()):
        return Suppressions()
    return Suppressions.load(path, detect.load())
