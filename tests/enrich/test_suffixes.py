from __future__ import annotations

import polars as pl
import tldextract
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.domains import public_suffixes
from lynceus.enrich.suffixes import SuffixTable, ascii_name, parent, tail

LABEL = st.sampled_from(
    ["a", "www", "co", "uk", "jp", "kobe", "city", "ck", "com", "github", "io", "net", "x-1"]
)
NAME = st.lists(LABEL, min_size=1, max_size=7).map(".".join)
EXTRACT = tldextract.TLDExtract(
    suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True
)


@settings(deadline=None)
@given(st.lists(NAME, max_size=8), st.lists(NAME, max_size=8))
def test_the_longest_name_above_wins(known: list[str], asked: list[str]) -> None:
    found = SuffixTable(known).find(pl.Series(asked, dtype=pl.String)).tolist()
    for name, row in zip(asked, found, strict=True):
        above = [k for k in known if name == k or name.endswith("." + k)]
        best = max(above, key=len, default=None)
        assert row == (-1 if best is None else known.index(best))


@settings(deadline=None)
@given(st.lists(NAME, min_size=1, max_size=8))
def test_registered_domains_are_those_of_tldextract(names: list[str]) -> None:
    found = public_suffixes().registered(pl.Series(names)).to_list()
    for name, mine in zip(names, found, strict=True):
        theirs = EXTRACT(name)
        if theirs.suffix:
            assert mine == (theirs.top_domain_under_public_suffix or None), name
        else:
            assert mine == (".".join(name.split(".")[-2:]) if "." in name else None)


def test_names_that_count_for_themselves_alone() -> None:
    table = SuffixTable(["example.org", "portal.example.org"], exact=[False, True])
    asked = ["portal.example.org", "x.portal.example.org", "PORTAL.EXAMPLE.ORG.", "example.net"]
    assert table.find(pl.Series(asked)).tolist() == [1, 0, 1, -1]


def test_addresses_and_broken_names_have_no_registered_domain() -> None:
    names = ["192.0.2.1", "2001:db8::1", "localhost", "", "..", ".com", "a..b", None, "co.uk"]
    found = public_suffixes().registered(pl.Series(names))
    assert found.null_count() == len(names)


def test_a_name_of_many_labels_is_cut_not_walked() -> None:
    name = "x." * 120 + "example.com"
    assert public_suffixes().registered(pl.Series([name])).item() == "example.com"
    assert tail(pl.Series([name]), 2).item() == "example.com"
    assert parent(pl.Series(["com", "a.com"])).to_list() == [None, "com"]


def test_unicode_suffixes_are_met_in_punycode() -> None:
    assert ascii_name("公司.cn") == "xn--55qx5d.cn"
    assert ascii_name("\ud800") == "\ud800"
    assert (
        public_suffixes().registered(pl.Series(["a.b.xn--55qx5d.cn"])).item() == "b.xn--55qx5d.cn"
    )
