"""Groups of hosts that are used alike."""

from __future__ import annotations

import polars as pl
import pytest

from baseline.made import hours
from lynceus.baseline.roles import roles_of

pytest.importorskip("sklearn", reason="the extra `train` is not installed")
from lynceus.learn.clusters import site_roles


def test_groups_are_found_and_named_by_what_is_typical() -> None:
    history = hours(30, 3, seed=1)
    found, told = site_roles(history, seed=1)
    assert found is not None
    assert any(name.startswith("web client") for name in found["role"])
    assert any(name.startswith("web server") for name in found["role"])
    assert "k-means" in told[0]
    assert "HDBSCAN" in told[0]
    roles = roles_of(history, found)
    servers = roles.filter(pl.col("role").str.starts_with("web server"))["host"].to_list()
    assert set(servers) <= {"10.0.0.1", "10.0.0.11", "10.0.0.21"}
    again, _ = site_roles(history, seed=1)
    assert again is not None
    assert again.equals(found)


def test_few_hosts_have_the_written_roles() -> None:
    found, told = site_roles(hours(4, 2, seed=1))
    assert found is None
    assert "the written ones" in told[0]
