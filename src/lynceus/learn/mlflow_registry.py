"""Models kept by MLflow (extra `mlflow`): a server by its URL, or SQLite and files on this machine.

    sqlite:////var/lib/lynceus/mlflow.db     rows in SQLite, files in the folder beside it
    http://mlflow.example:5000               a server

A version of ours is a version of MLflow's whose run holds parameters, lineage, metrics by class
and the whole signed directory. Who serves is the alias `current`, who did before `previous`.
Models are served from the registry of this installation: `promote` fetches them there.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lynceus.learn.extras import extra
from lynceus.models import ModelRefused, Served, opened
from lynceus.models.artefact import Artefact
from lynceus.models.manifest import Manifest
from lynceus.models.registry import Mode, ModelRegistryError, Place, Registry, Row

EXPERIMENT = "lynceus"
FOLDER = "artefact"
CURRENT, PREVIOUS, VERSION = "current", "previous", "lynceus_version"


@dataclass(frozen=True)
class MlflowRegistry:
    """The models of an MLflow registry, beside the registry that serves here."""

    url: str
    here: Registry

    def rows(self) -> list[Row]:
        """All versions; those that are refused too, with the reason."""
        client = self._client()
        rows = []
        for model in client.search_registered_models():
            for name, version in self._versions(client, model.name).items():
                row = Row(model.name, name, None, "", self._serves(client, model.name, name), False)
                try:
                    with tempfile.TemporaryDirectory() as work:
                        artefact = opened(self._fetched(version, Path(work)), self.here.trusted)
                        rows.append(Row(*_head(row), artefact, "", row.serves, row.shipped))
                except ModelRefused as error:
                    rows.append(Row(*_head(row), None, str(error), row.serves, row.shipped))
        return sorted(rows, key=lambda row: (row.name, row.version))

    def add(self, path: Path) -> Artefact:
        """Takes an artefact in, after every check. Raises ModelRefused, ModelRegistryError."""
        artefact = opened(path, self.here.trusted)
        Served(artefact)
        manifest, client = artefact.manifest, self._client()
        if manifest.version in self._versions(client, manifest.name):
            raise ModelRegistryError(f"{manifest.label}: there is such a version already")
        run = client.create_run(self._experiment(client), run_name=manifest.label).info
        for name, value in _parameters(manifest).items():
            client.log_param(run.run_id, name, value)
        for of, metrics in manifest.metrics.items():
            for name, measured in metrics.items():
                if measured is not None:
                    client.log_metric(run.run_id, f"{_plain(of)}/{_plain(name)}", measured)
        client.log_artifacts(run.run_id, str(path), f"{FOLDER}/{manifest.label}")
        client.set_terminated(run.run_id)
        if manifest.name not in [model.name for model in client.search_registered_models()]:
            client.create_registered_model(manifest.name)
        source = f"{run.artifact_uri}/{FOLDER}/{manifest.label}"
        tags = {VERSION: str(manifest.version), "spec_hash": manifest.spec_hash}
        client.create_model_version(
            manifest.name, source, run.run_id, tags=tags, description=manifest.card or None
        )
        return artefact

    def promote(self, label: str, mode: Mode = "alert") -> Place:
        """Fetches a version, has it serve here, and marks it as current there."""
        client = self._client()
        name, number = self._named(client, label)
        version = self._versions(client, name)[number]
        if not (self.here.folder / f"{name}-{number}").exists():
            with tempfile.TemporaryDirectory() as work:
                self.here.add(self._fetched(version, Path(work)))
        place = self.here.promote(f"{name}-{number}", mode)
        self._mark(client, name, place)
        return place

    def rollback(self, name: str) -> Place:
        """Has the version before serve here, and marks it as current there."""
        client = self._client()
        place = self.here.rollback(name)
        self._mark(client, name, place)
        return place

    def _client(self) -> Any:
        # It writes to stderr and calls home unless told not to, before it is imported.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
        mlflow = extra("mlflow", "mlflow")
        extra("sqlalchemy", "mlflow")
        try:
            client = mlflow.MlflowClient(tracking_uri=self.url, registry_uri=self.url)
            client.search_registered_models(max_results=1)
        except Exception as error:  # noqa: BLE001 - MLflow lets those of a dozen libraries through
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelRegistryError(f"{self.url}: {reason}") from None
        return client

    def _experiment(self, client: Any) -> str:
        known = client.get_experiment_by_name(EXPERIMENT)
        if known is not None:
            return str(known.experiment_id)
        where = None
        if self.url.startswith("sqlite:///"):
            beside = Path(self.url.removeprefix("sqlite:///")).resolve()
            where = beside.with_suffix(".files").as_uri()
        return str(client.create_experiment(EXPERIMENT, artifact_location=where))

    def _versions(self, client: Any, name: str) -> dict[int, Any]:
        """By our number of a version the one of MLflow."""
        told = client.search_model_versions(f"name = '{_plain(name)}'")
        numbers = ((version.tags.get(VERSION, ""), version) for version in told)
        return {int(n): v for n, v in sorted(numbers, key=lambda p: p[0]) if n.isdecimal()}

    def _named(self, client: Any, label: str) -> tuple[str, int]:
        name, _, version = label.rpartition("-")
        if name and version.isdecimal() and int(version) in self._versions(client, name):
            return name, int(version)
        if versions := self._versions(client, label):
            return label, max(versions)
        raise ModelRegistryError(f"{label}: there is no such model at {self.url}")

    def _fetched(self, version: Any, work: Path) -> Path:
        path = f"{FOLDER}/{version.name}-{version.tags[VERSION]}"
        try:
            return Path(self._client().download_artifacts(version.run_id, path, str(work)))
        except Exception as error:  # noqa: BLE001 - as above
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelRefused(f"{self.url}: {path}: {reason}") from None

    def _serves(self, client: Any, name: str, number: int) -> Mode | None:
        current = client.get_registered_model(name).aliases.get(CURRENT)
        version = self._versions(client, name)[number].version
        return "alert" if current is not None and str(current) == str(version) else None

    def _mark(self, client: Any, name: str, place: Place) -> None:
        versions = self._versions(client, name)
        for alias, number in ((CURRENT, place.current), (PREVIOUS, place.previous)):
            if number in versions:
                client.set_registered_model_alias(name, alias, versions[number].version)


def _head(row: Row) -> tuple[str, int]:
    return row.name, row.version


def _parameters(manifest: Manifest) -> dict[str, str]:
    """What MLflow shows of a run beside its metrics."""
    told: dict[str, object] = {
        "task": manifest.task,
        "tier": manifest.tier,
        "kind": manifest.kind,
        "seed": manifest.seed,
        "spec_hash": manifest.spec_hash,
        "gate_passed": manifest.gate.passed,
        "inputs": ", ".join(manifest.inputs),
        "classes": ", ".join(manifest.classes),
    }
    told |= {f"parameter.{_plain(name)}": value for name, value in manifest.parameters.items()}
    told |= {
        f"lineage.{place}": f"{one.dataset} {one.digest} ({one.rows} rows)"
        for place, one in enumerate(manifest.lineage)
    }
    return {name: str(value)[:6000] for name, value in told.items()}


def _plain(name: str) -> str:
    """A name of the characters that MLflow takes."""
    return "".join(c if c.isalnum() or c in "_-. " else "_" for c in name)
