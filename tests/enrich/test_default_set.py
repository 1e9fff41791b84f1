"""The default set of enrichers, and the contract of each."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from lynceus.enrich import BUILTIN, HomeNetworks, enrichers
from lynceus.enrich.facts import FACTS, facts_of
from lynceus.protocols import Enricher

VALUES = {
    "address": ["10.0.0.1", "8.8.8.8", "::1", "x", "", "10.0.0.1", None],
    "domain": ["www.example.com", "", "..", "a" * 300, "8.8.8.8", "www.example.com", None],
    "ja3": ["0" * 32, "", "zz", "0" * 32, None],
    "ja4": ["t13d1516h2_8daaf6152771_b186095e22b6", "", "zz", None],
    "certificate": ["0" * 64, "", "zz", "0" * 64, None],
    "certificate_sha1": ["0" * 40, "", "zz", "0" * 40, None],
    "url": ["www.example.com/", "", "/", "www.example.com/", None],
}


def default() -> list[Enricher]:
    return enrichers(HomeNetworks(("10.0.0.0/8",), ("stated",)))


def test_the_set_holds_every_built_in_in_order() -> None:
    assert [type(e) for e in default()] == list(BUILTIN)


@pytest.mark.parametrize("enricher", default(), ids=lambda e: type(e).__name__)
def test_contract(enricher: Enricher) -> None:
    values = pl.Series("anything", VALUES[enricher.subject], dtype=pl.String)
    before = values.clone()
    facts = enricher.facts(values)
    assert values.equals(before)
    assert facts.schema == {"value": pl.String, **enricher.columns}
    assert sorted(facts["value"].to_list()) == sorted(set(values.drop_nulls().to_list()))
    assert enricher.facts(values).equals(facts)
    assert enricher.facts(values.clear()).schema == facts.schema
    alone = pl.concat([enricher.facts(values.filter(values == v)) for v in facts["value"]])
    assert alone.equals(facts)


def test_the_facts_that_detectors_count_on_are_there() -> None:
    for subject, expected in FACTS.items():
        found = facts_of(pl.Series(VALUES[subject]), subject, default())
        assert expected.items() <= dict(found.schema).items()


def test_lists_enter(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("198.51.100.1\n")
    (tmp_path / "own.csv").write_text("name,ip\nmail,198.51.100.1\n")
    made = enrichers(["10.0.0.0/8"], [tmp_path / "bad.txt"], tmp_path / "own.csv")
    row = facts_of(pl.Series(["198.51.100.1"]), "address", made).row(0, named=True)
    assert (row["indicator"], row["asset"], row["inside"]) == ("198.51.100.1", "mail", False)
