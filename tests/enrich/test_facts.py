"""Facts on rows: looked up once, remembered, and the same as fresh ones."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from lynceus.enrich import HomeNetworks, enrichers, facts
from lynceus.enrich.facts import FACTS, Facts, with_facts
from lynceus.enrich.prefixes import numbered
from lynceus.protocols import Subject


class Register:
    """A plugin as its author writes it: one method, rows in an order of its own."""

    subject: ClassVar[Subject] = "address"
    columns: ClassVar[dict[str, pl.DataType]] = {"octets": pl.UInt8(), "seat": pl.String()}

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def facts(self, values: pl.Series) -> pl.DataFrame:
        self.asked.update(values.to_list())
        known = values.filter(values.str.starts_with("10.")).unique().sort(descending=True)
        return pl.DataFrame({"value": known, "octets": known.str.count_matches(r"\d+")})


def rows(start: int, height: int) -> pl.DataFrame:
    """TLS rows of changing ends and names, some of them null."""
    numbers = range(start, start + height)
    return pl.DataFrame(
        {
            "row": list(numbers),
            "orig_h": [f"10.0.0.{n % 9}" if n % 4 else None for n in numbers],
            "resp_h": [("8.8.8.8", "2001:db8::1", None, "bad", "1.1.1.1")[n % 5] for n in numbers],
            "server_name": [("a.example.co.uk", None, "github.com")[n % 3] for n in numbers],
            "ja3": [None if n % 2 else "0" * 32 for n in numbers],
        },
        schema_overrides={"orig_h": pl.String},
    )


BATCHES = (rows(0, 20), rows(3, 1), rows(0, 0), rows(7, 40), rows(100, 5))


def test_what_is_remembered_is_what_is_looked_up_afresh() -> None:
    known = enrichers(HomeNetworks(("10.0.0.0/8",), ("stated",)))
    remembering = Facts(known)
    for batch in BATCHES:
        joined = remembering.join("tls", batch)
        assert_frame_equal(joined, with_facts("tls", batch, known))
        assert_frame_equal(joined.select(batch.columns), batch)


def test_a_plugin_is_asked_for_each_value_once() -> None:
    plugin = Register()
    remembering = Facts([plugin])
    for batch in BATCHES:
        joined = remembering.join("tls", batch)
        assert joined["orig_octets"].to_list() == [4 if h else None for h in batch["orig_h"]]
        assert joined["resp_octets"].null_count() == batch.height
        assert joined["orig_seat"].null_count() == batch.height
        assert joined.schema["orig_seat"] == pl.String
    ends = pl.concat([b[end].rename("h") for b in BATCHES for end in ("orig_h", "resp_h")])
    assert plugin.asked == dict.fromkeys(ends.drop_nulls().unique(), 1)


def test_names_of_several_tables_are_looked_up_together() -> None:
    class Names(Register):
        subject: ClassVar[Subject] = "domain"
        calls = 0

        def facts(self, values: pl.Series) -> pl.DataFrame:
            self.calls += 1
            return super().facts(values)

    plugin = Names()
    tables = {
        "tls": rows(0, 20),
        "quic": rows(0, 3),
        "http": pl.DataFrame({"host": ["b.example", None], "orig_h": "10.0.0.1", "resp_h": "::1"}),
        "dns": pl.DataFrame({"orig_h": ["10.0.0.1"]}),  # a source that knows no names
        "ntp": rows(0, 2),
    }
    remembering = Facts([plugin])
    remembering.learn(tables)
    assert plugin.calls == 1
    assert plugin.asked == dict.fromkeys(("a.example.co.uk", "github.com", "b.example"), 1)
    for table in ("tls", "quic"):
        remembering.join(table, tables[table])
    assert plugin.calls == 1


def test_memory_is_bounded_and_nothing_is_lost_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "MOST_REMEMBERED", 4)
    plugin = Register()
    forgetful = Facts([plugin])
    for number in range(0, 60, 5):
        batch = rows(number, 5)
        assert_frame_equal(forgetful.join("tls", batch), with_facts("tls", batch, [Register()]))
    assert max(plugin.asked.values()) > 1


def test_the_facts_that_detectors_count_on_are_joined_by_table() -> None:
    joined = with_facts("tls", BATCHES[0], []).columns
    for subject, prefixes in (("address", ("orig", "resp")), ("domain", ("domain",))):
        assert {f"{p}_{name}" for p in prefixes for name in FACTS[subject]} <= set(joined)
    assert "domain_popular" not in with_facts("flows", BATCHES[0], []).columns


def test_no_rows_get_the_columns_of_rows_and_nobody_is_asked() -> None:
    register = Register()
    every = [*enrichers(HomeNetworks(("10.0.0.0/8",), ("stated",))), register]
    nothing = with_facts("tls", rows(0, 9).clear(), every)
    assert not register.asked
    assert nothing.schema == with_facts("tls", rows(0, 9), every).schema
    assert register.asked


def test_numbers_lead_back_to_the_texts() -> None:
    texts = pl.Series(["b", None, "a", "b", None, "a", "c"])
    for values in (texts, texts.clear(), pl.Series([None, None], dtype=pl.String)):
        distinct, number = numbered(values)
        assert distinct.gather(number).to_list() == values.to_list()
        assert distinct.to_list() == list(dict.fromkeys(v for v in values if v is not None))
