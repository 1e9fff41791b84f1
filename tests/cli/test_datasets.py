"""`lynceus datasets`: what is printed, what is written, what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus import cli

HEADER = "id,dur,proto,spkts,dpkts,sbytes,dbytes,sinpkt,dinpkt,attack_cat,label\n"


@pytest.fixture
def unsw(tmp_path: Path) -> Path:
    path = tmp_path / "set.csv"
    rows = [
        f"{n},{n % 7 + 0.5},tcp,{4 + 2 * (n % 2) * 10},4,{200 + n},200,1,1,"
        f"{('Normal', 'DoS')[n % 2]},{n % 2}\n"
        for n in range(60)
    ]
    path.write_text(HEADER + "".join(rows))
    return path


def test_list_names_every_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.execute(["datasets", "list"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in ("cicids2017", "unsw_nb15", "incidents"))


def test_show_tells_classes_numbers_and_faults(
    unsw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.execute(["datasets", "show", str(unsw)]) == 0
    out = capsys.readouterr().out
    assert "unsw_nb15: 60 flows in order of file" in out
    assert "tier flow: 21 of 21 numbers are known" in out
    assert "recorded twice" in out
    assert "cannot be learned from" not in out


def test_show_says_what_cannot_be_learned_from(
    unsw: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unsw.write_text(HEADER + "1,0.5,tcp,4,4,200,200,1,1,Normal,0\n")
    assert cli.execute(["datasets", "show", str(unsw)]) == 0
    assert "cannot be learned from: unsw_nb15: column 'label' holds only 'normal'" in (
        capsys.readouterr().out
    )


def test_convert_writes_flows_with_their_labels(unsw: Path, tmp_path: Path) -> None:
    out = tmp_path / "flows.parquet"
    assert cli.execute(["datasets", "convert", str(unsw), "-o", str(out)]) == 0
    rows = pl.read_parquet(out)
    assert rows.height == 60
    assert {"orig_packets", "family", "malicious"} <= set(rows.columns)
    assert cli.execute(["datasets", "convert", str(unsw), "-o", str(out)]) == 2
    assert cli.execute(["datasets", "convert", str(unsw), "-o", str(out), "--force"]) == 0


def test_select_reports_each_number(unsw: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("sklearn")
    assert cli.execute(["datasets", "select", str(unsw)]) == 0
    out = capsys.readouterr().out
    assert "orig_packets" in out
    assert "of 21 kept" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "{here}/gone"], "gone: there is no such file or directory"),
        (["show", "{here}/set.csv", "--as", "kdd"], "'kdd': no such data set"),
        (["show", "{here}/set.csv", "--as", "cicids2017"], "no column 'flow_duration'"),
        (["convert", "{here}/set.csv", "-o", "{here}/x.txt"], "expected a name that ends in"),
        (["convert", "{here}/set.csv", "-o", "{here}/no/x.csv"], "there is no such directory"),
        (["select", "{here}/set.csv", "--tier", "x"], "--tier x: expected flow or packet"),
        (["select", "{here}/set.csv", "--target", "x"], "--target x: expected family"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(
    unsw: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [argument.format(here=unsw.parent) for argument in arguments]
    assert cli.execute(["datasets", *given]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
