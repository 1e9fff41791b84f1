"""What the commands of feeds and of sources share."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from lynceus.cli import subscribing
from lynceus.cli.complaint import USAGE, UsageError
from lynceus.intel.store import IntelStore


def reading(outcome: str) -> SimpleNamespace:
    return SimpleNamespace(outcome=outcome, reason="feed x: gone")


@pytest.mark.parametrize("outcomes", [[], ["read"], ["failed", "unchanged"], ["read", "failed"]])
def test_a_command_that_could_read_something_ends_well(outcomes: list[str]) -> None:
    subscribing.end([reading(one) for one in outcomes])


def test_one_that_could_read_nothing_does_not() -> None:
    with pytest.raises(typer.Exit) as ended:
        subscribing.end([reading("failed"), reading("failed")])
    assert ended.value.exit_code == USAGE


def test_each_failure_is_a_line_and_nothing_to_do_is_another(
    capsys: pytest.CaptureFixture[str],
) -> None:
    subscribing.tell_failures([reading("failed"), reading("read")], "feed")
    subscribing.tell_failures([], "feed")
    told = capsys.readouterr()
    assert told.err == "lynceus: feed x: gone; what it said before goes on\n"
    assert told.out == "no feed is due\n"


def test_a_subscription_is_written_with_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    held = IntelStore(tmp_path / "store")
    key = {"key_env": None, "key_file": Path("k"), "ca": Path("ca.pem")}
    subscribing.subscribe(held, "list.csv", **key, name="x", format="delimited")  # type: ignore[arg-type]
    one = held.subscriptions()["x"]
    assert one.url == str(tmp_path / "list.csv")
    assert one.ca == tmp_path / "ca.pem"
    assert one.key is not None
    assert one.key.file == tmp_path / "k"
    with pytest.raises(UsageError, match="every 'often'"):
        subscribing.subscribe(held, "u", **key, name="x", format="f", every="often")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no such feed"):
        subscribing.check_names(held, ["x", "y"], "feed")
    with pytest.raises(UsageError, match="--refused y: there are x"):
        subscribing.tell_refused(held, "y", "feed")
