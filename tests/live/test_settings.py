"""Where a run keeps what it keeps, and how its sources are called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from lynceus.ingest import feeds
from lynceus.ingest.feeds import Reading, Room
from lynceus.live import settings as module
from lynceus.live.settings import RunConfig, Settings, named
from lynceus.own.complaint import OwnFileError


@dataclass(frozen=True)
class Wire:
    """A kind of source to be configured."""

    pace: ClassVar[Literal["clock", "record"]] = "clock"
    interface: str
    lateness_s: float = 1.0

    def __post_init__(self) -> None:
        if self.interface == "eth9":
            raise ValueError("eth9 is no interface")

    def open(self, room: Room) -> Reading:
        raise AssertionError("a configuration opens nothing")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "kinds", lambda: {"wire": Wire})


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "lynceus.toml"
    path.write_text(text)
    return Settings.load(path)


def test_sources_and_the_run_are_read(tmp_path: Path) -> None:
    told = load(
        tmp_path,
        """
        [run]
        checkpoint_s = 5
        state = "kept"
        [[source]]
        kind = "wire"
        interface = "eth0"
        [[source]]
        kind = "wire"
        name = "lan"
        interface = "eth1"
        lateness_s = 2
        """,
    )
    assert (told.run.checkpoint_s, told.run.state) == (5, tmp_path / "kept")
    assert dict(told.sources) == {"wire": Wire("eth0"), "lan": Wire("eth1", 2)}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[run]\nchekpoint_s = 3", 2, "did you mean checkpoint_s"),
        ("[run]\nidle_s = -3", 2, "idle_s -3"),
        ("source = 3", 1, "expected tables"),
        ("[run]\nuser = 'no such user'", 2, "no such user of this machine"),
        ("[[source]]\nkind = 'wirre'", 2, "did you mean wire"),
        ("[[source]]\nname = 'x'", 1, "expected one of wire"),
        ("[[source]]\nkind = 'wire'\n", 1, "lacks 'interface'"),
        ("[[source]]\nkind = 'wire'\ninterface = 5", 3, "interface 5"),
        ("[[source]]\nkind = 'wire'\ninterface = 'eth9'", 2, "eth9 is no interface"),
        ("[[source]]\nkind = 'wire'\ninterface = 'a'\nname = '../a'", 4, "expected 1 to 60"),
        (
            "[[source]]\nkind = 'wire'\ninterface = 'a'\n[[source]]\nkind = 'wire'\nface = 'b'",
            6,
            "did you mean interface",
        ),
        (
            "[[source]]\nkind='wire'\ninterface='a'\n[[source]]\nkind='wire'\ninterface='b'\n"
            "name='wire'",
            7,
            "is there already",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(OwnFileError) as error:
        load(tmp_path, text)
    assert said in str(error.value)
    assert f"lynceus.toml:{line}:" in str(error.value)


def test_ledger_and_lake_lie_in_the_state_unless_told() -> None:
    run = RunConfig(state=Path("kept"))
    assert (run.ledger_place, run.lake_place) == ("kept/ledger.db", Path("kept/lake"))
    run = RunConfig(ledger="postgresql://db/lynceus", lake="elsewhere")
    assert (run.ledger_place, run.lake_place) == ("postgresql://db/lynceus", Path("elsewhere"))


def test_sources_without_a_name_are_called_by_kind_and_number() -> None:
    tables = [{"kind": "syslog"}, {"kind": "syslog"}, {"kind": "files", "name": "zeek"}]
    assert [name for name, _ in named(tables)] == ["syslog", "syslog-2", "zeek"]


def test_a_source_that_can_never_work_is_a_fault_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "kinds", feeds.kinds)
    with pytest.raises(OwnFileError, match=r"lynceus.toml:2: .*routers: listen .*allow"):
        load(
            tmp_path,
            "[[source]]\nkind = 'exporters'\nname = 'routers'\nlisten = ['0.0.0.0:2055']",
        )
