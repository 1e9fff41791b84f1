"""`generated`: how much a name looks made by an algorithm."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import polars as pl
import pytest

from lynceus.enrich.domains import DomainFacts
from lynceus.enrich.generated import COMMON, TABLE_SIZES, coded, described, pieces, placed
from lynceus.enrich.networks import DATA

FACTS = DomainFacts()


def share(*names: str | None) -> list[float | None]:
    asked = pl.Series("value", names, dtype=pl.String).to_frame()
    told = asked.join(FACTS.facts(asked["value"]), on="value", how="left", maintain_order="left")
    return told["generated"].to_list()


@pytest.mark.parametrize(
    "name",
    ["kqzjwpxvbnmtrhgd.com", "www.a8f0c3e19b7d42e6.net", "xkvbqwzpyt.info", "wqtzkxjrvb.ddns.net"],
)
def test_letters_by_chance_look_made(name: str) -> None:
    assert share(name)[0] >= 0.99


@pytest.mark.parametrize(
    "name", ["garden-hotel.org", "riverside-music.com", "www.smithbrothers.co.uk", "blumenladen.de"]
)
def test_words_do_not(name: str) -> None:
    assert share(name)[0] < 0.95


def test_popular_names_known_services_and_what_is_no_name_are_null() -> None:
    assert share("www.google.com", "xn--kqzjwpxvbnmtrhgd.com", "localhost", None) == [None] * 4


def test_a_name_is_judged_by_itself() -> None:
    names = ["kqzjwpxvbnmtrhgd.com", "garden-hotel.org", "kqzjwpxvbnmtrhgd.com", "b.example.test"]
    assert share(*names) == [share(name)[0] for name in names]
    assert share("a.b.garden-hotel.org") == share("garden-hotel.org"), "the chosen label counts"


def test_below_a_dynamic_service_the_chosen_label_counts() -> None:
    made, plain = share("wqtzkxjrvb.duckdns.org", "garden-hotel.duckdns.org")
    assert made >= 0.99 > plain
    assert share("www.wqtzkxjrvb.duckdns.org") == [made]


def test_hostile_names_have_a_value() -> None:
    odd = ["\x00\xff.com", "é" * 90 + ".com", "-" * 300 + ".net", ".com", "a..b.com", "😀.org"]
    told = share(*odd)
    assert all(value is None or 0 <= value <= 1 for value in told)
    assert len(told) == len(odd)


def test_pieces_stand_at_their_places() -> None:
    codes, length = coded(pl.Series(["ab", "", None]))
    assert length.tolist() == [2, 0, 0]
    slots, there = pieces(codes, 2)
    assert there.sum(axis=1).tolist() == [3, 1, 1], "begin-a, a-b, b-end; begin-end"
    assert np.unique(slots[0][there[0]]).size == 3


def test_common_top_level_domains_are_told_apart() -> None:
    usual = pl.DataFrame({"top": ["com", "uk"], "usual": [9.0, 5.0]})
    told = placed(pl.Series(["uk", "com", "bazar", None]), usual)
    assert told.tolist() == [[5.0, 0.0, 1.0], [9.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_plain_name_stays_plain_below_a_rare_top_level_domain() -> None:
    rare = share("garden-hotel.museum", "riverside-music.mobi", "blumenladen.kz")
    assert max(rare) < 0.99


def test_the_shipped_model_fits_the_code() -> None:
    with np.load(BytesIO(DATA.joinpath("generated-names.npz").read_bytes())) as stored:
        assert len(stored["tops"]) >= COMMON
        tables = {size: stored[f"usual_{size}"] for size in TABLE_SIZES}
        numbers = described(*coded(pl.Series(["a"])), tables).shape[1]
        assert numbers < stored["tree_column"].max() < numbers + 1 + COMMON
