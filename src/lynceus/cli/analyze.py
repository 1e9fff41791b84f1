"""`lynceus analyze`: inputs in, incidents on the screen and in a directory."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.complaint import UsageError, complain
from lynceus.cli.screen import screen

if TYPE_CHECKING:
    from lynceus.analysis import Analysis
    from lynceus.config import Config
    from lynceus.protocols import Model

SEVERITIES = ("info", "low", "medium", "high", "critical")

RESULTS = (
    *("incidents.jsonl", "findings.jsonl", "flows.parquet", "inputs.json"),
    *("report.html", "events"),
)
"""What an analysis leaves in its output directory."""

Inputs = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT",
        help="Captures, Zeek logs (a file or a directory), flow tables or pasted flow lists; "
        "- is standard input.",
        show_default=False,
    ),
]
Site = Annotated[str, typer.Option("--site", metavar="NAME", help="Where the sensor stands.")]


def analyze(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    inputs: Inputs,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write results and report here.")
    ] = None,
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
    assets: Annotated[
        Path | None,
        typer.Option("--assets", metavar="FILE", help="CSV of assets: name, owner, criticality."),
    ] = None,
    intel: Annotated[
        list[Path] | None,
        typer.Option("--intel", metavar="FILE", help="List of indicators; may be repeated."),
    ] = None,
    home: Annotated[
        list[str] | None,
        typer.Option("--home", metavar="NET", help="A network that is inside; may be repeated."),
    ] = None,
    suppress: Annotated[
        Path | None,
        typer.Option("--suppress", metavar="FILE", help="What is not to be told: suppressions."),
    ] = None,
    detections: Annotated[
        Path | None,
        typer.Option(
            "--detections", metavar="DIR", help="Detections of your own: .yml (Sigma), .sql, .py."
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="TOML of what is allowed and forbidden."),
    ] = None,
    pseudonyms: Annotated[
        Path | None,
        typer.Option(
            "--pseudonyms", metavar="KEY", help="Give the people of the site other names."
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline", metavar="DIR", help="Compare with what is usual, and learn from this."
        ),
    ] = None,
    anomalies_per_day: Annotated[
        float | None,
        typer.Option(
            "--anomalies-per-day", metavar="N", help="How many unusual things a day are wanted."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", help="TOML of all this and every threshold."
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option("--site", metavar="NAME", help="Where the sensor stands.")
    ] = None,
    no_models: Annotated[
        bool, typer.Option("--no-models", help="Judge by rules alone, without what was learned.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the results of an earlier analysis in DIR.")
    ] = False,
) -> None:
    """Analyse captures, logs and flow lists; print the incidents."""
    if min_severity not in SEVERITIES:
        raise UsageError(f"--min-severity {min_severity}: expected one of {', '.join(SEVERITIES)}")
    check_home(home or [])
    own = (assets, suppress, detections, policy, pseudonyms, config, *(intel or []))
    check_inputs([*inputs, *(str(path) for path in own if path)])
    if site is not None:
        check_site(site)
    check_per_day(anomalies_per_day)
    _check_out(out, force)
    said = {"site": site, "home": home, "intel": intel, "assets": assets, "suppress": suppress,
            "detections": detections, "policy": policy, "pseudonyms": pseudonyms,
            "baseline": baseline, "anomalies_per_day": anomalies_per_day}  # fmt: skip
    given = read_config(config).but(**{name: value or None for name, value in said.items()})
    result = _analysed(inputs, out, given, no_models)
    if given.rewrite:
        from lynceus.rewrite import rewritten

        incidents, lines = rewritten(result.incidents, given.rewrite)
        result = replace(result, incidents=incidents, told=(*result.told, *lines))
    if out:
        _write(result, inputs, out, given.suppress)
    _show(result, inputs, out, min_severity, json)
    if config and given.notify and given.notify.after_analysis:
        from lynceus.cli.alerts import after_analysis, placed

        after_analysis(list(result.incidents), placed(given.notify, config), given.site)


def check_inputs(paths: list[str]) -> None:
    """Complains about the first path that is not there, before any work is done."""
    for path in paths:
        if path != "-" and not Path(path).exists():
            raise UsageError(f"{path}: there is no such file or directory; expected an input")


def check_site(site: str) -> None:
    """Complains about a name that cannot be a site's."""
    if not site.strip() or not site.isprintable() or len(site) > 100:
        raise UsageError(f"--site {site!r}: expected a name of 1 to 100 printable characters")


def check_per_day(number: float | None) -> None:
    """Complains about a number of anomalies a day that cannot be wanted."""
    if number is not None and not 0 < number < 1e6:
        raise UsageError(f"--anomalies-per-day {number:g}: expected a number above 0")


def check_home(home: list[str]) -> None:
    """Complains about the first that is no network."""
    for net in home:
        try:
            ipaddress.ip_network(net.strip(), strict=False)
        except ValueError:
            raise UsageError(f"--home {net}: expected a network such as 192.0.2.0/24") from None


def _check_out(out: Path | None, force: bool) -> None:
    if out is None:
        return
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; expected a directory for the results")
    left = [name for name in RESULTS if (out / name).exists()]
    if left and not force:
        raise UsageError(
            f"{out}: holds results of an earlier analysis ({', '.join(left)}); "
            "expected an empty or new directory, or --force to replace them"
        )
    try:
        _clear(out, left)
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be written: {error.strerror}") from None


def _clear(out: Path, left: list[str]) -> None:
    """Removes earlier results, so that no table of an old run stays among the new ones."""
    for name in left:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            for table in path.glob("*.parquet"):
                table.unlink()
        else:
            path.unlink()


def read_config(path: Path | None) -> Config:
    """The configuration of a file; that of the code where none is named. From now on its language
    is spoken."""
    from lynceus import language
    from lynceus.config import Config
    from lynceus.own.complaint import OwnFileError
    from lynceus.registry import RegistryError

    try:
        config = Config.load(path) if path else Config()
    except (OwnFileError, RegistryError) as error:
        raise UsageError(str(error)) from None
    language.use(config.catalogue)
    return config


def _analysed(inputs: list[str], out: Path | None, config: Config, no_models: bool) -> Analysis:
    from lynceus.analysis import analyze as run
    from lynceus.baseline.state import StateError
    from lynceus.enrich import ListError
    from lynceus.ingest import InputError
    from lynceus.models.registry import ModelRegistryError
    from lynceus.models.signature import SigningKeyError
    from lynceus.own.complaint import OwnFileError
    from lynceus.registry import RegistryError
    from lynceus.suppress import SuppressionError

    try:
        with progress("analysing") as told:
            models: tuple[Model, ...] | None = () if no_models else None
            return run(inputs, config=config, models=models, out=out, progress=told)
    except (
        InputError,
        ListError,
        OwnFileError,
        RegistryError,
        StateError,
        SuppressionError,
    ) as error:
        raise UsageError(str(error)) from None
    except (ModelRegistryError, SigningKeyError) as error:
        raise UsageError(f"{error}; --no-models judges by rules alone") from None
    except OSError as error:
        raise UsageError(f"{error.filename or 'input'}: {error.strerror or error}") from None


@contextmanager
def progress(what: str) -> Iterator[Callable[[float], None] | None]:
    """A bar on stderr that is told the share done, 0..1; none where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda share: bar.update(task, completed=min(1.0, max(0.0, share)))


def _write(result: Analysis, inputs: list[str], out: Path, suppress: Path | None) -> None:
    from lynceus.present import jsonl
    from lynceus.present.report import write_report
    from lynceus.present.report_context import context_of
    from lynceus.results import write_inputs

    try:
        jsonl.write_incidents(result.incidents, out / "incidents.jsonl")
        jsonl.write_findings(result.findings, out / "findings.jsonl", result.hidden)
        write_inputs(inputs, out, suppress)
        context = context_of(result, inputs)
        write_report(out / "report.html", result.incidents, result.findings, context)
    except OSError as error:
        raise UsageError(f"{error.filename or out}: cannot be written: {error.strerror}") from None


def _show(result: Analysis, inputs: list[str], out: Path | None, least: str, as_json: bool) -> None:
    from typing import cast

    from lynceus.present import jsonl, terminal
    from lynceus.records import Severity

    severity = cast(Severity, least)
    if as_json:
        chosen = terminal.selected(result.incidents, severity)
        jsonl.print_incidents(chosen, sys.stdout)
        for name, reason in result.failed.items():
            complain(f"detector {name} failed and said nothing: {reason}")
        if result.hidden.height:
            complain(f"{result.hidden.height} findings are hidden by suppressions")
        hidden = len(result.incidents) - len(chosen)
        if hidden:
            complain(f"{hidden} incidents below {least} are not shown")
        return
    view = terminal.View(
        inputs=tuple(inputs),
        min_severity=severity,
        report=out / "report.html" if out else None,
    )
    terminal.render(result, screen(), view)
