"""Models kept by MLflow in a local SQLite file: taken in, listed, promoted, rolled back."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "models"))
from lynceus.learn.mlflow_registry import EXPERIMENT, MlflowRegistry
from lynceus.models import Registry
from lynceus.models.manifest import Lineage
from lynceus.models.registry import KEYS, ModelRegistryError
from lynceus.models.signature import new_key
from models.small_model import artefact

pytest.importorskip("mlflow", reason="MLflow is not installed")
pytest.importorskip("sqlalchemy", reason="SQLAlchemy is not installed")


@pytest.mark.long
def test_from_taking_in_to_rollback(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    public = new_key(tmp_path / "own.key")
    (folder / KEYS).write_text(f"{public} us\n")
    here = Registry(folder, shipped=tmp_path / "none")
    kept = MlflowRegistry(f"sqlite:///{tmp_path}/mlflow.db", here)
    for version in (1, 2):
        made = artefact(
            version=version,
            lineage=(Lineage(dataset="made", digest="00", rows=9),),
            metrics={"dos": {"precision": 0.97, "support": 40}},
        )
        kept.add(made.write(tmp_path / "made", tmp_path / "own.key"))
    assert [(row.version, row.serves, row.refused) for row in kept.rows()] == [
        (1, None, ""),
        (2, None, ""),
    ]
    with pytest.raises(ModelRegistryError, match="such a version already"):
        kept.add(tmp_path / "made" / "floods-1")
    kept.promote("floods-1")
    assert kept.promote("floods").previous == 1
    assert [model.label for model in here.serving()[0]] == ["floods-2"]
    assert [row.serves for row in kept.rows()] == [None, "alert"]
    assert kept.rollback("floods").current == 1
    assert [row.serves for row in kept.rows()] == ["alert", None]
    with pytest.raises(ModelRegistryError, match="no such model"):
        kept.promote("worms-1")
    client = kept._client()
    experiment = client.get_experiment_by_name(EXPERIMENT).experiment_id
    run = client.search_runs([experiment])[0].data
    assert run.metrics["dos/precision"] == 0.97 and run.params["lineage.0"].startswith("made 00")
    for file in (tmp_path / "mlflow.files").rglob("weights.npz"):
        file.write_bytes(b"something else")
    assert all("is not the file" in row.refused for row in kept.rows())


def test_a_place_that_is_none_is_one_line(tmp_path: Path) -> None:
    kept = MlflowRegistry("gopher://nowhere", Registry(tmp_path, shipped=tmp_path / "none"))
    with pytest.raises(ModelRegistryError, match="gopher://nowhere: ") as refused:
        kept.rows()
    assert "\n" not in str(refused.value)
