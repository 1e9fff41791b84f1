from __future__ import annotations

import polars as pl

from lynceus.enrich.domains import DomainFacts


def facts(*names: str | None) -> dict[str, tuple[object, ...]]:
    frame = DomainFacts().facts(pl.Series(names, dtype=pl.String))
    assert frame.schema == {"value": pl.String, **DomainFacts.columns}
    return {row[0]: row[1:] for row in frame.drop("generated").iter_rows()}


def test_what_is_known_of_names() -> None:
    assert facts(
        "www.google.com",
        "fe2.update.microsoft.com",
        "0.pool.ntp.org",
        "ifconfig.me",
        "x.evil.duckdns.org",
        "host.corp.local",
        None,
        "www.google.com",
    ) == {
        "www.google.com": ("google.com", True, "Google", "vendor"),
        "fe2.update.microsoft.com": ("microsoft.com", True, "Windows Update", "os_update"),
        "0.pool.ntp.org": ("ntp.org", True, "NTP pool", "time"),
        "ifconfig.me": ("ifconfig.me", False, "What is my address", "ip_check"),
        "x.evil.duckdns.org": ("evil.duckdns.org", False, "Dynamic DNS", "dynamic_dns"),
        "host.corp.local": ("corp.local", False, None, None),
    }


def test_a_customer_is_not_popular_because_its_host_is() -> None:
    known = facts("github.io", "somebody.github.io", "github.com")
    assert known["somebody.github.io"][:2] == ("somebody.github.io", False)
    assert known["github.com"][1] is True


def test_hostile_names_are_just_unknown() -> None:
    names = ["<script>", "a" * 5000, "\x00", "..", "-", "*.*", "a\nb.com", "☃.example"]
    assert len(facts(*names)) == len(names)
