"""Which version of a model serves: promoted, rolled back, refused, replaced by the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.models import ModelRefused, Registry
from lynceus.models.manifest import Gate
from lynceus.models.registry import STATE, ModelRegistryError
from lynceus.testing import flow, flows
from models.small_model import artefact

Key = tuple[Path, str]


@pytest.fixture
def registry(tmp_path: Path, key: Key) -> Registry:
    """A registry that trusts the key; no models come with the package."""
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    (folder / "trusted.keys").write_text(f"{key[1]} us\n")
    return Registry(folder, shipped=tmp_path / "none")


@pytest.fixture
def two(registry: Registry, tmp_path: Path, key: Key) -> Registry:
    """The same with two versions of a model."""
    for version in (1, 2):
        registry.add(artefact(version=version).write(tmp_path / "made", key[0]))
    return registry


def labels(registry: Registry) -> list[str]:
    return [model.label for model in registry.serving()[0]]


def test_what_was_added_serves_only_when_promoted(two: Registry) -> None:
    assert [(r.version, r.serves, r.refused) for r in two.rows()] == [(1, None, ""), (2, None, "")]
    assert labels(two) == []
    assert two.promote("floods-1").current == 1
    assert labels(two) == ["floods-1"]


def test_rollback_goes_back_and_forth(two: Registry) -> None:
    two.promote("floods-1")
    assert two.promote("floods-2").previous == 1
    assert two.promote("floods-2").previous == 1
    assert labels(two) == ["floods-2"]
    assert two.rollback("floods").current == 1
    assert labels(two) == ["floods-1"]
    assert two.rollback("floods").current == 2


def test_there_may_be_nothing_to_go_back_to(two: Registry) -> None:
    two.promote("floods-1")
    with pytest.raises(ModelRegistryError, match="no version before"):
        two.rollback("floods")


def test_the_version_before_goes_on_where_the_current_one_is_refused(two: Registry) -> None:
    two.promote("floods-1")
    two.promote("floods-2")
    (two.folder / "floods-2" / "weights.npz").write_bytes(b"something else")
    models, told = two.serving()
    assert [model.label for model in models] == ["floods-1"]
    (line,) = told
    assert "is not the file" in line and "floods-2" in line
    assert [bool(row.refused) for row in two.rows()] == [False, True]


def test_in_the_shadow_it_judges_and_does_not_alert(two: Registry) -> None:
    two.promote("floods-1", "shadow")
    (model,), _ = two.serving()
    said = model.judged(flows([flow(orig_packets=1, resp_packets=0)]))
    assert said["class"].to_list() == ["dos"] and said["alerts"].to_list() == [False]


def test_what_did_not_pass_its_gate_serves_in_the_shadow_alone(
    registry: Registry, tmp_path: Path, key: Key
) -> None:
    failed = artefact(gate=Gate(passed=False, reasons={"dos": "precision 0.91"}))
    registry.add(failed.write(tmp_path / "made", key[0]))
    with pytest.raises(ModelRegistryError, match="did not pass its gate"):
        registry.promote("floods-1")
    assert registry.promote("floods-1", "shadow").mode == "shadow"


def test_what_is_refused_is_not_taken_in(registry: Registry, tmp_path: Path, key: Key) -> None:
    unsigned = artefact().write(tmp_path / "made")
    with pytest.raises(ModelRefused, match="is not signed"):
        registry.add(unsigned)
    assert registry.rows() == []


def test_a_version_is_taken_in_once(two: Registry, tmp_path: Path) -> None:
    with pytest.raises(ModelRegistryError, match="such a version already"):
        two.add(tmp_path / "made" / "floods-1")


def test_an_unknown_name_is_told_with_those_there_are(two: Registry) -> None:
    with pytest.raises(ModelRegistryError, match=r"floods-9: .* floods-1, floods-2"):
        two.promote("floods-9")


def test_shipped_models_serve_until_one_of_their_name_does(two: Registry) -> None:
    shipped = Registry(two.folder.parent / "other", shipped=two.folder)
    (two.folder.parent / "other").mkdir()
    (two.folder.parent / "other" / "trusted.keys").write_text(
        (two.folder / "trusted.keys").read_text()
    )
    assert labels(shipped) == ["floods-2"]
    assert [(r.version, r.serves) for r in shipped.rows()] == [(1, None), (2, "alert")]
    shipped.promote("floods-1")
    assert labels(shipped) == ["floods-1"]


def test_the_user_s_own_models_are_asked_before_those_of_the_package(
    two: Registry, tmp_path: Path, key: Key
) -> None:
    package = tmp_path / "package"
    artefact(name="another").write(package, key[0])
    both = Registry(two.folder, shipped=package)
    assert labels(both) == ["another-1"]
    both.promote("floods-1")
    assert labels(both) == ["floods-1", "another-1"]


@pytest.mark.parametrize("text", ["", "{", '{"models": {"floods": {"current": 0}}}', '{"x": 1}'])
def test_a_damaged_state_is_told(two: Registry, text: str) -> None:
    (two.folder / STATE).write_text(text)
    with pytest.raises(ModelRegistryError, match=r"registry\.json: "):
        two.serving()
