from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.intel import (
    FACTS,
    AddressIndicators,
    DomainIndicators,
    FingerprintIndicators,
    Indicators,
)
from lynceus.enrich.lists import ListError

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
JA3 = "72a589da586844d7f0818ce684948eea"
JA4 = "t13d1516h2_8daaf6152771_b186095e22b6"


def load(folder: Path, text: str, name: str = "list.txt") -> Indicators:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return Indicators.load([file])


def met(enricher: object, *values: str) -> dict[str, str | None]:
    frame = enricher.facts(pl.Series(values))  # type: ignore[attr-defined]
    assert frame.schema == {"value": pl.String, **FACTS}
    return dict(frame.select("value", "indicator").iter_rows())


def test_addresses_by_longest_prefix(tmp_path: Path) -> None:
    known = load(tmp_path, "198.51.100.0/24\n198.51.100.7\n2a00:1450:bad::/48\n203.0.113.5:8443\n")
    assert met(
        AddressIndicators(known),
        "198.51.100.7",
        "198.51.100.8",
        "198.51.101.8",
        "2a00:1450:bad::1",
        "203.0.113.5",
    ) == {
        "198.51.100.7": "198.51.100.7",
        "198.51.100.8": "198.51.100.0/24",
        "198.51.101.8": None,
        "2a00:1450:bad::1": "2a00:1450:bad::/48",
        "203.0.113.5": "203.0.113.5",
    }


def test_names_at_label_borders_and_hosts_that_are_addresses(tmp_path: Path) -> None:
    known = load(tmp_path, "evil[.]example\nhxxps://bad.test-site.example/x/y\n198.51.100.7\n")
    assert met(
        DomainIndicators(known),
        "a.EVIL.example",
        "notevil.example",
        "evil.example.",
        "bad.test-site.example",
        "198.51.100.7",
    ) == {
        "a.EVIL.example": "evil.example",
        "notevil.example": None,
        "evil.example.": "evil.example",
        "bad.test-site.example": "bad.test-site.example",
        "198.51.100.7": "198.51.100.7",
    }


def test_fingerprints(tmp_path: Path) -> None:
    known = load(tmp_path, f"{JA3.upper()}\n{JA4}\n")
    found = met(FingerprintIndicators(known), JA3, JA4, "0" * 32)
    assert found == {JA3: JA3, JA4: JA4, "0" * 32: None}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0.0.0.0/0", "shorter"),
        ("8.0.0.0/7", "shorter"),
        ("2000::/3", "shorter"),
        ("172.0.0.0/8", "public address"),
        ("10.0.0.1", "public address"),
        ("192.168.0.0/16", "public address"),
        ("127.0.0.1", "public address"),
        ("224.0.0.1", "public address"),
        ("fd00::1", "public address"),
        ("::", "public address"),
        ("com", "single-label"),
        ("co.uk", "public suffix"),
        ("github.io", "public suffix"),
        ("https://github.com/x/y.zip", "popular site"),
        ("a" * 64, "hash"),
        ("user@mail.example", "e-mail"),
        ("???", "not an address"),
        ("300.1.1.1", "not an address"),
    ],
)
def test_dangerous_entries_are_refused_with_line_and_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    known = load(tmp_path, f"# x\n{text}\n198.51.100.1\n")
    assert [(r.line, r.text) for r in known.refused] == [(2, text)]
    assert reason in known.refused[0].reason
    assert known.account.dropped.total() == 1
    assert known.account.balanced
    assert known.networks.height == 1


def test_facts_of_a_table(tmp_path: Path) -> None:
    known = load(
        tmp_path,
        "ioc_value,malware,confidence_level,reporter\n198.51.100.1,Cobalt,75,a\n"
        "198.51.100.1,Other,100,b\n198.51.100.2,,,\n198.51.100.3,,high,\n",
        "feed.csv",
    )
    rows = AddressIndicators(known).facts(
        pl.Series(["198.51.100.1", "198.51.100.2", "198.51.100.3"])
    )
    assert rows.drop("value", "indicator").rows() == [
        ("Other", "b", 1.0),
        (None, "feed.csv", None),
        (None, "feed.csv", 0.9),
    ]


def test_confidence_on_a_scale_of_one(tmp_path: Path) -> None:
    known = load(tmp_path, "ip,confidence\n198.51.100.1,0.4\n198.51.100.2,1\n198.51.100.3,nan\n")
    assert known.networks.sort("key")["indicator_confidence"].to_list() == [0.4, 1.0, None]


def test_a_list_without_any_indicator_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ListError, match=r"empty\.txt.*empty"):
        load(tmp_path, "# nothing\n", "empty.txt")
    with pytest.raises(ListError, match="line 1"):
        load(tmp_path, "10.0.0.1\n")


def test_no_list_knows_nothing() -> None:
    known = Indicators.load([])
    assert met(AddressIndicators(known), "8.8.8.8") == {"8.8.8.8": None}
    assert met(DomainIndicators(known), "a.example") == {"a.example": None}
    assert met(FingerprintIndicators(known), JA3) == {JA3: None}


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_list_is_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("intel")
    (folder / "list").write_bytes(text.encode("utf-8", errors="surrogatepass"))
    try:
        known = Indicators.load([folder / "list"])
    except ListError:
        return
    assert known.account.balanced


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
def test_public_feeds_load() -> None:
    feeds = SHARED / "threat-intel"
    known = Indicators.load([feeds / "ipsum" / "ipsum.txt.gz", feeds / "spamhaus" / "drop.txt.gz"])
    assert known.account.balanced
    assert known.account.loss_share < 0.001
    assert known.networks.height > 100_000
