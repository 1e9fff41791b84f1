"""`geography`: countries and autonomous systems by the user's files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from enrich.made_mmdb import made_mmdb
from lynceus.enrich.geography import FACTS, Geography
from lynceus.enrich.lists import ListError

STATISTICS = """2|ripencc|20240501|3|19920101|20240430|+0000
ripencc|*|ipv4|*|2|summary
ripencc|DE|ipv4|192.0.2.0|256|20100101|allocated
ripencc|FR|ipv4|198.51.100.0|768|20100101|assigned
ripencc|NL|ipv6|2001:db8::|32|20100101|allocated
ripencc|ZZ9|ipv4|203.0.113.0|256|20100101|allocated
ripencc|SE|asn|64500|1|20100101|allocated
ripencc|SE|ipv4|203.0.113.x|256|20100101|allocated
"""


def facts(one: Geography, *addresses: str) -> list[tuple[object, ...]]:
    return one.facts(pl.Series(addresses)).select(*FACTS).rows()


def test_statistics_of_a_registry_say_where_an_address_was_given_out(tmp_path: Path) -> None:
    path = tmp_path / "delegated"
    path.write_text(STATISTICS)
    known = Geography([path])
    assert facts(known, "192.0.2.9", "198.51.102.255", "198.51.103.0", "2001:db8::1", "x") == [
        ("DE", "registry", None, None),
        ("FR", "registry", None, None),  # 768 addresses are no power of two
        (None, None, None, None),
        ("NL", "registry", None, None),
        (None, None, None, None),
    ]
    assert Geography().idle
    assert not known.idle


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    pytest.importorskip("maxminddb")
    country = made_mmdb(
        tmp_path / "country.mmdb",
        {
            "192.0.2.0/24": {"country": {"iso_code": "AT"},
                             "registered_country": {"iso_code": "DE"}},
            "198.51.100.0/25": {"registered_country": {"iso_code": "ch"}},
            "203.0.113.0/24": {"country": {"iso_code": "not one"}},
            "2001:db8::/32": {"country": "IT"},
        },
    )  # fmt: skip
    system = made_mmdb(
        tmp_path / "asn.mmdb",
        {
            "192.0.2.0/24": {"autonomous_system_number": 64500,
                             "autonomous_system_organization": "Exam\u202eple"},
            "198.51.100.0/24": {"asn": "AS64501", "as_name": "Other"},
            "203.0.113.0/24": {"asn": "many"},
        },
    )  # fmt: skip
    return country, system


def test_measured_countries_go_before_those_of_registries(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "delegated").write_text(STATISTICS)
    known = Geography([tmp_path / "delegated", files[0]], [files[1]])
    assert facts(
        known, "192.0.2.9", "198.51.100.1", "198.51.100.200", "203.0.113.5", "2001:db8::1"
    ) == [
        ("AT", "mmdb", 64500, "Exam\\u202eple"),
        ("CH", "mmdb", 64501, "Other"),
        ("FR", "registry", 64501, "Other"),
        (None, None, None, None),
        ("IT", "mmdb", None, None),
    ]


def test_what_is_no_such_file_is_one_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "list").write_text("192.0.2.0/24\n")
    whole = files[0].read_bytes()
    (tmp_path / "broken.mmdb").write_bytes(b"\xab\xcd\xefMaxMind.com" + b"\xff" * 40)
    (tmp_path / "cut.mmdb").write_bytes(whole[len(whole) // 2 :])
    for countries, networks, told in (
        (["list"], [], "neither MMDB nor statistics of a registry"),
        (["none"], [], "none: No such file"),
        ([], ["list"], "is no MMDB file"),
        (["broken.mmdb"], [], "cannot be read as MMDB"),
    ):
        with pytest.raises(ListError) as error:
            Geography([tmp_path / n for n in countries], [tmp_path / n for n in networks])
        assert told in str(error.value)
        assert "\n" not in str(error.value)
    try:  # a damaged tree is refused, or knows nothing: never a traceback, never a wrong type
        told = facts(Geography([tmp_path / "cut.mmdb"]), "192.0.2.9", "198.51.100.1")
    except ListError:
        return
    assert all(code is None or len(str(code)) == 2 for code, *_ in told)
