"""`shared`: why an indicator may be met by the innocent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lynceus.enrich.intel import Indicators
from lynceus.enrich.lists import ListError
from lynceus.intel.shared import WarningList, by_lists, by_prevalence
from lynceus.records import Batch
from lynceus.store.lake import Lake
from lynceus.store.rollup import roll_up
from lynceus.testing import flow, flows

DAY_S = 86_400


def indicators(folder: Path, *texts: str) -> Indicators:
    (folder / "list.txt").write_text("".join(f"{text}\n" for text in texts))
    return Indicators.load([folder / "list.txt"])


def test_lists_in_the_form_of_misp(tmp_path: Path) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    for name, of, values in (
        ("a", "cidr", ["198.51.100.0/24"]), ("b", "hostname", [".fine.example"]),
        ("c", "string", ["exact.example"]), ("d", "substring", ["x"]),
    ):  # fmt: skip
        (lists / f"{name}.json").write_text(json.dumps({"name": name, "type": of, "list": values}))
    known = indicators(
        tmp_path, "198.51.100.7", "198.51.101.7", "a.fine.example", "exact.example",
        "under.exact.example",
    )  # fmt: skip
    found = by_lists(known.table, WarningList.load([lists]))
    assert dict(found.select("indicator", "indicator_shared").iter_rows()) == {
        "198.51.100.7": "a",
        "a.fine.example": "b",
        "exact.example": "c",
    }


@pytest.mark.parametrize("text", ["[]", '{"name": "x"}', "nonsense"])
def test_what_is_no_such_list_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ListError, match=r"x\.json: expected a warninglist"):
        WarningList.load([tmp_path])


def test_the_lists_of_misp_load(shared_data: Path) -> None:
    lists = WarningList.load([shared_data / "threat-intel" / "misp-warninglists"])
    assert len(lists) > 50


@pytest.mark.parametrize(("hosts", "days", "told"), [(12, 7, True), (12, 3, False), (3, 7, False)])
def test_what_most_hosts_have_long_been_meeting(
    tmp_path: Path, hosts: int, days: int, told: bool
) -> None:
    rows = [
        flow(orig_h=f"10.0.0.{host}", resp_h="198.51.100.7" if host < hosts else "198.51.100.8",
             at_s=day * DAY_S)
        for day in range(days) for host in range(20)
    ]  # fmt: skip
    lake = Lake(tmp_path / "lake")
    lake.add(Batch(flows(rows)))
    roll_up(lake)
    found = by_prevalence(indicators(tmp_path, "198.51.100.7"), lake)
    expected = [("198.51.100.7", f"{hosts} of 20 hosts here meet it")] if told else []
    assert found.select("indicator", "indicator_shared").rows() == expected


def test_an_empty_lake_says_nothing(tmp_path: Path) -> None:
    assert by_prevalence(indicators(tmp_path, "198.51.100.7"), Lake(tmp_path / "lake")).is_empty()
