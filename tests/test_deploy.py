"""What is there to install: a unit that systemd accepts, and that hardens what it starts."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parent.parent / "deploy" / "lynceus.service"


def test_the_unit_gives_one_capability_and_time_to_stop() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == "CAP_NET_RAW"
    assert service["NoNewPrivileges"] == "yes"
    assert int(service["TimeoutStopSec"]) > 10, "a clean stop may take 10 s"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_knows_every_word_of_it(tmp_path: Path) -> None:
    copy = tmp_path / "lynceus.service"
    program = "/bin/true"
    copy.write_text(UNIT.read_text().replace("/opt/lynceus/.venv/bin/lynceus", program))
    told = subprocess.run(
        ["systemd-analyze", "verify", str(copy)], capture_output=True, text=True, check=False
    )
    assert "Unknown" not in told.stderr
    assert str(copy.name) not in told.stderr, told.stderr
