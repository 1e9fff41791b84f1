"""`assets` and `csv_fields`: what a person writes down of his machines."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.assets import FACTS, Assets
from lynceus.enrich.lists import ListError

MORE = (None, None, None, None)
"""What a CSV does not tell: system, source, conflict, age."""


def load(folder: Path, text: str) -> Assets:
    file = folder / "assets.csv"
    file.write_text(text, encoding="utf-8")
    return Assets(file)


def test_hosts_and_networks_by_longest_prefix(tmp_path: Path) -> None:
    assets = load(
        tmp_path,
        "HostName;Role;IP Address;Criticality;Owner\nx\n"
        "dc-1;domain controller;192.0.2.10 2001:db8::10;CRIT;IT\noffice;;192.0.2.0/24;2;\n",
    )
    frame = assets.facts(pl.Series(["192.0.2.10", "2001:db8::10", "192.0.2.77", "198.51.100.1"]))
    assert frame.columns == ["value", *FACTS]
    assert frame.rows() == [
        ("192.0.2.10", "dc-1", "IT", "critical", "domain controller", *MORE),
        ("2001:db8::10", "dc-1", "IT", "critical", "domain controller", *MORE),
        ("192.0.2.77", "office", None, "medium", None, *MORE),
        ("198.51.100.1", None, None, None, None, *MORE),
    ]


def test_wrong_fields_are_told_by_line_and_name(tmp_path: Path) -> None:
    assets = load(
        tmp_path,
        "# our hosts\nname,ip,criticality\na,192.0.2.300,low\nb,192.0.2.1,huge\n\nc,,\n"
        "d,192.0.2.2,low\n",
    )
    told = [p.split("assets.csv ")[1] for p in assets.problems]
    assert told == [
        "line 3, field ip: '192.0.2.300' is no address or network",
        "line 4, field criticality: 'huge' is not low, medium, high or critical",
        "line 6, field ip: empty",
    ]
    assert assets.account.balanced
    assert assets.account.kept == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "empty"),
        ("name,owner\nx,y\n", "no column ip or net"),
        ("name,ip\n", "no rows"),
        ("name,ip\nx,nowhere\n", "line 2, field ip"),
        ("x" * 200_000, "line 1: field larger than field limit"),
    ],
)
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ListError, match=told):
        load(tmp_path, text)


def test_without_a_file_nothing_is_known() -> None:
    assert Assets().facts(pl.Series(["192.0.2.1"])).rows() == [
        ("192.0.2.1", None, None, None, None, *MORE)
    ]


@settings(deadline=None)
@given(st.text(max_size=120), st.sampled_from(["", "name,ip\n", "ip;criticality\n"]))
def test_any_text_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, text: str, header: str
) -> None:
    file = tmp_path_factory.mktemp("assets") / "a.csv"
    file.write_bytes((header + text).encode("utf-8", errors="surrogatepass"))
    try:
        assert Assets(file).account.balanced
    except ListError:
        return
