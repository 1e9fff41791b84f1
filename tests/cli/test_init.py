"""`lynceus init`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.cli import execute
from lynceus.cli.init import interfaces, networks
from lynceus.config import Config

ROUTES = """Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0
eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0
eth1 0000000A 00000000 0001 0 0 0 000000FF 0 0 0
eth1 0000FEA9 00000000 0001 0 0 0 0000FFFF 0 0 0
lo
"""


def test_the_networks_that_are_reached_without_a_gateway_are_inside(tmp_path: Path) -> None:
    routes = tmp_path / "route"
    routes.write_text(ROUTES, encoding="ascii")
    assert networks(routes) == ["10.0.0.0/8", "192.0.2.0/24"]
    assert networks(tmp_path / "none") == []


def test_writes_what_can_be_used_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lynceus.toml"
    assert execute(["init", str(file)]) == 0
    assert Config.load(file).detect == {}
    assert execute(["init", str(file)]) == 2
    assert "is there already" in capsys.readouterr().err


def test_interfaces_that_are_up_come_first(tmp_path: Path) -> None:
    for name, state in (("eth0", "down"), ("eth1", "up"), ("lo", "unknown")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "operstate").write_text(f"{state}\n")
    assert interfaces(tmp_path) == ["eth1", "eth0"]
    assert interfaces(tmp_path / "none") == []
