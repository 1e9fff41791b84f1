"""Every task runs on the real data and reaches what is wanted of it, where it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.learn import ndpi
from lynceus.learn.evaluate import BUILTIN, tasks
from lynceus.registry import snake_case

pytest.importorskip("sklearn")


@pytest.mark.parametrize("name", [snake_case(cls.__name__) for cls in BUILTIN])
def test_a_task_says_how_it_measures(name: str) -> None:
    task = tasks()[name]
    assert task.title and task.__doc__
    assert task.__module__ == f"lynceus.learn.evaluate.{name}"


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    ["cicids_families", "family_left_out", "unsw_attacks", "benign_networks", "cross_data",
     "anomalous_host_days", "stratosphere_captures", "nsl_kdd_attacks", "vpn_applications",
     "encrypted_applications", "encrypted_malware"],
)  # fmt: skip
def test_a_task_runs_on_real_data(name: str, shared_data: Path) -> None:
    pytest.importorskip("lightgbm")
    encrypted = ("encrypted_applications", "encrypted_malware")
    if name in encrypted:
        pytest.importorskip("torch", reason="PyTorch is not installed: lynceus[deep]")
    if (
        name in ("encrypted_applications", "encrypted_malware", "benign_networks")
        and not ndpi.present()
    ):
        pytest.skip("no ndpiReader (Debian package libndpi-bin)")
    result = tasks()[name]().run(shared_data)
    assert result.figures and all(figure.value for figure in result.figures)
