"""`lynceus train`: a model of attack families from labelled data, as a signed artefact."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from lynceus.learn.dataset import Dataset
    from lynceus.learn.steps import Told
    from lynceus.models.artefact import Artefact


def train(  # noqa: PLR0913, PLR0917 - one argument is one option of the command line
    name: Annotated[str, typer.Argument(help="Name of the model: letters, digits, underscores.")],
    data: Annotated[
        list[Path], typer.Option(help="A labelled data set (repeatable; all are joined).")
    ],
    out: Annotated[Path, typer.Option(help="Folder in which NAME-VERSION is made.")],
    benign: Annotated[
        list[Path] | None,
        typer.Option(help="A labelled set whose benign rows the gate looks at, not trained on."),
    ] = None,
    tier: Annotated[str, typer.Option(help="Numbers that are read: flow or packet.")] = "flow",
    learner: Annotated[
        str,
        typer.Option(
            help="boosting, random_forest, decision_tree, neural_network or stack (all of them); "
            "the last two need ONNX Runtime to serve."
        ),
    ] = "boosting",
    unreadable: Annotated[
        bool,
        typer.Option(
            "--unreadable",
            help="Malicious or not by the shape of flows whose payload nobody can read: boosted "
            "trees over statistics and first packets, judged on whole captures held out.",
        ),
    ] = False,
    version: Annotated[int, typer.Option(min=1, help="Version of the model.")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
    key: Annotated[Path | None, typer.Option(help="Private key that signs it.")] = None,
) -> None:
    """Train a model, let the gate judge it class by class, write it with its card.

    What was done is kept beside the output, so that a training that was broken off goes on."""
    from pydantic import TypeAdapter, ValidationError

    from lynceus.learn.attack_model import LEARNERS, Order, steps_of, trained
    from lynceus.learn.dataset import DatasetError, joined
    from lynceus.learn.datasets import load
    from lynceus.learn.extras import ExtraMissingError
    from lynceus.learn.steps import Steps
    from lynceus.models.manifest import Name
    from lynceus.models.signature import SigningKeyError, private_key

    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"{name!r}: expected a name of small letters, digits and underscores"
        ) from None
    if tier not in ("flow", "packet"):
        raise UsageError(f"--tier {tier!r}: expected flow or packet")
    if learner not in LEARNERS:
        raise UsageError(f"--learner {learner!r}: expected one of {', '.join(LEARNERS)}")
    order = Order(name, version, "packet" if tier == "packet" else "flow", learner, seed)
    try:
        # What would spoil the end is told before hours of training.
        if key:
            private_key(key)
        if (made := out / f"{name}-{version}").exists():
            raise UsageError(f"{made}: there is such a version already")
        sets = [load(None, path) for path in data]
        quiet = [load(None, path) for path in benign or ()]
        whole = sets[0] if len(sets) == 1 else joined(sets, "+".join(s.name for s in sets))
        if unreadable:
            _tell(_of_unreadable(whole, name, version), out, key)
            return
        with _progress(steps_of(order)) as told:
            artefact = trained(whole, quiet, order, Steps(out / ".training", told))
        _tell(artefact, out, key)
    except (DatasetError, ExtraMissingError, SigningKeyError, FileExistsError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename or out}: {error.strerror or error}") from None
    except ValueError as error:
        raise UsageError(f"{name}: {str(error).splitlines()[0]}") from None


@contextmanager
def _progress(total: int) -> Iterator[Told | None]:
    """A bar of steps with the time left on stderr; none where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=total)
        yield lambda step, _: bar.update(task, advance=1, description=step)


def _of_unreadable(whole: Dataset, name: str, version: int) -> Artefact:
    """A model of malicious flows among those that nobody can read."""
    from lynceus.learn.malware_model import artefact, flows_of, learners

    trees, *_ = learners()
    return artefact(flows_of(whole), whole, trees, version, name=name)


def _tell(artefact: Artefact, out: Path, key: Path | None) -> None:
    """Writes a model and says where it is and what the gate decided."""
    folder = artefact.write(out, key)
    typer.echo(f"{folder}")
    for what, reason in artefact.manifest.gate.reasons.items():
        limit = artefact.manifest.alert.get(what)
        typer.echo(f"  {what}: {'silent' if limit is None else f'alerts from {limit}'}: {reason}")
