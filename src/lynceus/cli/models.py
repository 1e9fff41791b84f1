"""`lynceus models`: what was learned, which version of it serves, and who stands for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from lynceus.cli.complaint import UsageError

if TYPE_CHECKING:
    from lynceus.models.artefact import Artefact
    from lynceus.models.registry import Mode, Place, Registry, Row

app = typer.Typer(help="Keep the models that judge flows.", rich_markup_mode=None)

Where = Annotated[
    str | None,
    typer.Option(
        "--registry", metavar="DIR|URL",
        help="Where the models are; $LYNCEUS_HOME/models by default. A URL is one of MLflow.",
    ),
]  # fmt: skip
Label = Annotated[str, typer.Argument(metavar="NAME[-VERSION]", help="As `list` prints it.")]
Key = Annotated[Path, typer.Option("--key", metavar="FILE", help="A private key: `models key`.")]


class _Kept(Protocol):
    """What both kinds of registry can do."""

    def rows(self) -> list[Row]: ...
    def add(self, path: Path) -> Artefact: ...
    def promote(self, label: str, mode: Mode = "alert") -> Place: ...
    def rollback(self, name: str) -> Place: ...


@app.command("list")
def list_(
    registry: Where = None,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Print the models: what serves, what waits in the shadow, what is refused and why."""
    with _complaints():
        rows = _registry(registry).rows()
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_told(row)))
        return
    from rich.table import Table

    from lynceus.cli.screen import screen

    table = Table("model", "task", "tier", "serves", "gate", "from", box=None, pad_edge=False)
    for row in rows:
        told = _told(row)
        gate = told["refused"] or told["gate"]
        names = ("model", "task", "tier", "serves")
        table.add_row(*(str(told[n] or "-") for n in names), str(gate), str(told["from"]))
    screen().print(table if rows else "There are no models.")


@app.command("show")
def show(label: Label, registry: Where = None) -> None:
    """Print a model's card and manifest."""
    from lynceus.models.artefact import opened

    with _complaints():
        here = _here(registry)
        told = opened(here.path(label), here.trusted)
    signer = here.trusted[told.signed_by] if told.signed_by else "nobody"
    typer.echo(told.manifest.card.rstrip() or f"{told.manifest.label} has no card.")
    typer.echo(f"\nSigned by {signer}.\n")
    typer.echo(told.manifest.model_dump_json(indent=1, exclude={"card"}))


@app.command("promote")
def promote(
    label: Label,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Score and store, without ever alerting.")
    ] = False,
    registry: Where = None,
) -> None:
    """Have a version serve; the one before stays at hand for `rollback`."""
    with _complaints():
        place = _registry(registry).promote(label, "shadow" if shadow else "alert")
    typer.echo(_placed(label.rpartition("-")[0] or label, place))


@app.command("rollback")
def rollback(name: Annotated[str, typer.Argument(metavar="NAME")], registry: Where = None) -> None:
    """Have the version before serve again."""
    with _complaints():
        place = _registry(registry).rollback(name)
    typer.echo(_placed(name, place))


@app.command("key")
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new private key.")],
    name: Annotated[str, typer.Option("--name", help="Whose key it is.")] = "own",
    registry: Where = None,
) -> None:
    """Make a key to sign models with, and trust it here."""
    from lynceus.models.registry import KEYS
    from lynceus.models.signature import new_key

    with _complaints():
        here = _here(registry)
        here.folder.mkdir(parents=True, exist_ok=True)
        public = new_key(file)
        with (here.folder / KEYS).open("a", encoding="utf-8") as keys:
            keys.write(f"{public} {' '.join(name.split())}\n")
    typer.echo(f"{public} {name}: models signed with {file} are trusted here.")


@app.command("sign")
def sign(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model's directory.")], key: Key
) -> None:
    """Sign the model of a directory."""
    from lynceus.models.artefact import sign as signed

    with _complaints():
        public = signed(folder, key)
    typer.echo(f"{folder.name} is signed by {public}.")


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model's directory.")],
    registry: Where = None,
) -> None:
    """Say whether the model of a directory would be served, and if not why."""
    from lynceus.models import Served
    from lynceus.models.artefact import opened

    with _complaints():
        trusted = _here(registry).trusted
        told = opened(folder, trusted)
        Served(told)
    signer = trusted[told.signed_by] if told.signed_by else "nobody"
    typer.echo(f"{told.manifest.label} is whole, of this specification and signed by {signer}.")


@app.command("import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="DIR|MANIFEST.json",
            help="A signed model, or the small manifest of an ONNX graph made elsewhere.",
        ),
    ],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="Sign it: for a graph.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="PATH", help="Labelled rows for the gate; without, it may not alert."
        ),
    ] = None,
    registry: Where = None,
) -> None:
    """Take a model in; it serves after `promote`."""
    import tempfile

    from lynceus.models.foreign import taken_in

    with _complaints(), tempfile.TemporaryDirectory() as work:
        if not path.is_dir():
            if key is None:
                raise UsageError(f"{path}: expected --key: a model is taken in only when signed")
            made = taken_in(path)
            path = (_gated(made, data) if data else made).write(Path(work), key)
        told = _registry(registry).add(path).manifest
    reasons = "; ".join(f"{name}: {why}" for name, why in sorted(told.gate.reasons.items()))
    gate = "passed its gate" if told.gate.passed else f"may not alert ({reasons or 'no gate'})"
    typer.echo(f"{told.label} is here and {gate}.")


def _gated(artefact: Artefact, data: Path) -> Artefact:
    from lynceus.learn import datasets
    from lynceus.learn.dataset import DatasetError
    from lynceus.learn.gated import gated

    try:
        return gated(artefact, datasets.load(None, data))
    except DatasetError as error:
        raise UsageError(str(error)) from None


def _registry(where: str | None) -> _Kept:
    if where is not None and "://" in where:
        from lynceus.learn.mlflow_registry import MlflowRegistry

        return MlflowRegistry(where, _here(None))
    return _here(where)


def _here(where: str | None) -> Registry:
    from lynceus.models.registry import Registry, default_folder

    folder = where is None or "://" in where
    return Registry(default_folder() if folder else Path(str(where)))


def _told(row: Row) -> dict[str, object]:
    manifest = row.artefact.manifest if row.artefact else None
    passed = "" if manifest is None else "passed" if manifest.gate.passed else "not passed"
    return {
        "model": f"{row.name}-{row.version}",
        "task": manifest and manifest.task,
        "tier": manifest and manifest.tier,
        "serves": row.serves,
        "gate": passed,
        "refused": row.refused,
        "from": "package" if row.shipped else "registry",
    }


def _placed(name: str, place: Place) -> str:
    before = f"; before it {name}-{place.previous}" if place.previous else ""
    how = "serves" if place.mode == "alert" else "serves in the shadow"
    return f"{name}-{place.current} {how}{before}."


@contextmanager
def _complaints() -> Iterator[None]:
    """What is wrong with a model, a key or the registry, as one line and exit code 2."""
    from lynceus.learn.extras import ExtraMissingError
    from lynceus.models import ModelRefused
    from lynceus.models.registry import ModelRegistryError
    from lynceus.models.signature import SigningKeyError

    try:
        yield
    except (ExtraMissingError, ModelRefused, ModelRegistryError, SigningKeyError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"{error.filename}: {error.strerror or error}") from None
