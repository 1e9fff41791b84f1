from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lynceus.enrich.intel import (
    FACTS,
    AddressIndicators,
    CertificateIndicators,
    DomainIndicators,
    FingerprintIndicators,
    Indicators,
    Ja4Indicators,
    Standing,
    UrlIndicators,
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
    assert met(FingerprintIndicators(known), JA3, "0" * 32) == {JA3: JA3, "0" * 32: None}
    assert met(Ja4Indicators(known), JA4, JA3) == {JA4: JA4, JA3: None}


def test_a_digest_counts_where_the_list_says_what_it_is_of(tmp_path: Path) -> None:
    digest = "ab" * 32
    known = load(
        tmp_path, f"# SSL Certificate Blacklist\nListingdate,SHA256\n2024-01-01,{digest}\n"
    )
    assert met(CertificateIndicators(known), digest, "cd" * 32) == {digest: digest, "cd" * 32: None}


def test_a_page_on_a_popular_site_does_not_accuse_the_site(tmp_path: Path) -> None:
    known = load(tmp_path, "https://GitHub.com:443/x/Y.zip?a=1#top\nhttp://rare.example/in\n")
    page = "github.com/x/Y.zip?a=1"
    assert met(UrlIndicators(known), page, "github.com/x/y.zip?a=1") == {
        page: page,
        "github.com/x/y.zip?a=1": None,
    }
    assert met(DomainIndicators(known), "github.com") == {"github.com": None}
    host = DomainIndicators(known).facts(pl.Series(["rare.example"])).row(0, named=True)
    assert (host["indicator"], round(host["indicator_confidence"], 2)) == ("rare.example", 0.42)


def test_names_of_other_scripts_match_as_dns_carries_them(tmp_path: Path) -> None:
    known = load(tmp_path, "bücher.example\nпример.испытание\n")
    assert met(
        DomainIndicators(known), "www.xn--bcher-kva.example", "xn--e1afmkfd.xn--80akhbyknj4f"
    ) == {
        "www.xn--bcher-kva.example": "xn--bcher-kva.example",
        "xn--e1afmkfd.xn--80akhbyknj4f": "xn--e1afmkfd.xn--80akhbyknj4f",
    }


def test_several_sources_agree_on_the_surest_and_tell_what_they_disagree_on(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "ip,malware,confidence,last_seen\n198.51.100.1,Emotet,60,2024-01-05 10:00:00\n"
        "198.51.100.2,Emotet,60,2024-01-05\n"
    )
    (tmp_path / "b.csv").write_text(
        "ip,malware,confidence,last_seen\n198.51.100.1,QakBot,90,2024-01-01T00:00:00Z\n"
        "198.51.100.2,emotet,50,2024-01-09T02:00:00+02:00\n"
    )
    known = Indicators.load([tmp_path / "a.csv", tmp_path / "b.csv"])
    first, second = known.table.sort("indicator").iter_rows(named=True)
    assert (first["indicator_name"], first["indicator_source"]) == ("QakBot", "b.csv")
    assert first["indicator_note"] == "lists disagree what it is: QakBot (b.csv), Emotet (a.csv)"
    assert first["indicator_seen_ns"] == 1_704_448_800 * 10**9
    assert (second["indicator_note"], second["indicator_confidence"]) == ("on 2 lists", 0.6)
    assert second["indicator_seen_ns"] == 1_704_758_400 * 10**9


def test_what_is_offered_counts_whole_from_the_next_taking_on(tmp_path: Path) -> None:
    standing = Standing(load(tmp_path, "198.51.100.1\nold.example\n"))
    addresses, names = AddressIndicators(standing), DomainIndicators(standing)
    standing.offer(load(tmp_path, "198.51.100.2\nnew.example\n"))
    assert met(addresses, "198.51.100.1", "198.51.100.2") == {
        "198.51.100.1": "198.51.100.1",
        "198.51.100.2": None,
    }
    assert standing.take()
    assert not standing.take()
    assert met(addresses, "198.51.100.1") == {"198.51.100.1": None}
    assert met(names, "a.new.example") == {"a.new.example": "new.example"}


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
        ("AS39770", "autonomous system"),
        ("раypal.example", "scripts"),
        ("evil\u202egnp.example", "hide"),
        ("zero\u200bwidth.example", "hide"),
        ("x" * 3000 + ".example", "too long"),
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
    assert [(r.line, r.text) for r in known.refused] == [(2, text[:80])]
    assert reason in known.refused[0].reason
    assert known.account.dropped.total() == 1
    assert known.account.balanced
    assert known.networks.rows.height == 1


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
    assert rows.select("indicator_name", "indicator_source", "indicator_confidence").rows() == [
        ("Other", "b", 1.0),
        (None, "feed.csv", None),
        (None, "feed.csv", 0.9),
    ]


def test_confidence_on_a_scale_of_one(tmp_path: Path) -> None:
    known = load(tmp_path, "ip,confidence\n198.51.100.1,0.4\n198.51.100.2,1\n198.51.100.3,nan\n")
    assert known.networks.rows.sort("indicator")["indicator_confidence"].to_list() == [
        0.4,
        1.0,
        None,
    ]


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
    assert known.networks.rows.height > 100_000
