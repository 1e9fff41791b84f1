"""What ships is whole, signed, small, told of in its card, and comes from the data again."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import ndpi
from lynceus.learn.shipped import SHIPPED
from lynceus.models import Registry, shipped
from lynceus.models.registry import SHIPPED as FOLDER

MOST_BYTES = 15 * 2**20


def test_a_fresh_install_has_every_model_and_refuses_none(tmp_path: Path) -> None:
    models, refused = shipped()
    assert {model.manifest.name for model in models} == set(SHIPPED)
    assert not refused
    rows = Registry(tmp_path).rows()
    assert all(row.shipped and row.serves == "alert" for row in rows)


def test_all_of_them_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < MOST_BYTES


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_tells_data_faults_limits_and_every_class(name: str) -> None:
    (told,) = (model.manifest for model in shipped()[0] if model.manifest.name == name)
    assert told.gate.passed and told.speaks
    for dataset in told.lineage:
        assert dataset.dataset in told.card and dataset.digest
    for word in ("Faults of the data", "Limits", "Calibration error", *told.metrics):
        assert word in told.card
    for silent in set(told.metrics) - set(told.speaks):
        assert f"{silent}: silent: {told.gate.reasons[silent]}" in told.card


@pytest.mark.long
@pytest.mark.parametrize("name", SHIPPED)
def test_the_same_data_gives_the_same_model(name: str, shared_data: Path) -> None:
    pytest.importorskip("lightgbm")
    if not ndpi.present():
        pytest.skip("no ndpiReader (Debian package libndpi-bin)")
    from lynceus.learn.evaluate.benign_networks import networks

    told = SHIPPED[name](shared_data, networks(shared_data), None).manifest
    assert (FOLDER / told.label / "manifest.json").read_bytes() == told.bytes()
