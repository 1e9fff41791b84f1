"""The threat level that a person sets: lynceus.threat_level."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from lynceus.own import OwnFileError
from lynceus.threat_level import ThreatLevel, ThreatLevels, entry, moment

NS = 10**9


def at(text: str) -> int:
    return int(moment(text).timestamp()) * NS


def test_the_last_that_holds_counts(tmp_path: Path) -> None:
    file = tmp_path / "levels.toml"
    first = ThreatLevel("elevated", moment("2026-12-01"), 'the "supplier"', "jana")
    second = ThreatLevel("severe", moment("2026-12-03"), "seen here", "li", moment("2026-12-04"))
    file.write_text(entry(first) + "\n" + entry(second), encoding="utf-8")
    levels = ThreatLevels.load(file)
    assert list(levels.all) == [first, second]
    days = ("2026-11-30", "2026-12-01", "2026-12-03T23:59:59Z", "2026-12-04")
    assert [levels.at(at(day)) for day in days] == ["normal", "elevated", "severe", "elevated"]


def test_no_file_means_normal(tmp_path: Path) -> None:
    assert ThreatLevels.load(tmp_path / "none.toml").at(0) == "normal"


def test_times_of_people() -> None:
    noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert moment("2026-12-01T13:00:00+01:00") == noon
    assert moment("2026-12-01 12:00") == noon
    assert moment(noon.date()) == datetime(2026, 12, 1, tzinfo=UTC)


START = 'from = 2026-12-01\nwhy = "x"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("level = 1", "1: 'level': expected nothing but"),
        ("threat_level = 3", "1: threat_level: expected tables"),
        (f'[[threat_level]]\n{START}level = "sever"', "4: level 'sever': no threat level"),
        (f'[[threat_level]]\n{START}level = "severe"\nuntill = 1', "5: .*did you mean until"),
        ('[[threat_level]]\nlevel = "severe"\nwhy = "x"', "1: .* lacks 'from'"),
        ('[[threat_level]]\nlevel = "severe"\nfrom = 7\nwhy = "x"', "3: from 7: expected a time"),
        ('[[threat_level]]\nlevel = "severe"\nfrom = "soon"\nwhy = "x"', "3: from 'soon'"),
        (f'[[threat_level]]\n{START}level = "severe"\nwho = "a\\nb"', "5: who .*one line"),
        ("[[threat_level", "1: is no TOML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "levels.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(OwnFileError, match=f"line {said}|{said}"):
        ThreatLevels.load(file)
