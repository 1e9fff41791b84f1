"""The configuration to begin with names every key, and works once its comments are taken away."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from lynceus.ingest.feeds import kinds
from lynceus.live.settings import RunConfig, Settings
from lynceus.live.starter import starter


def test_every_key_is_there_and_can_be_used(tmp_path: Path) -> None:
    text = starter(["enp3s0"])
    for one in fields(RunConfig):
        assert f"# {one.name} = " in text
    bare = "\n".join(
        line.removeprefix("# ")
        for line in text.splitlines()
        if line.startswith(("# [", "# kind")) or " = " in line
    )
    path = tmp_path / "lynceus.toml"
    path.write_text(bare)
    told = Settings.load(path)
    assert set(told.sources) == set(kinds())
    assert told.run.checkpoint_s == RunConfig().checkpoint_s
    if "interface" in told.sources:
        assert "enp3s0" in repr(told.sources["interface"])
