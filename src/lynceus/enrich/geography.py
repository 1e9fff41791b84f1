"""Where an address is and whose network it is in, by the files that the user has.

Countries come from MMDB files (MaxMind's format, as GeoLite2 and DB-IP publish it), else from the
delegated statistics of the regional registries: these say where an address was given out, which is
not where it is used, and so are told apart. Autonomous systems come from MMDB files. Without a file
nothing is known.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from lynceus.enrich.lists import ListError, read_list
from lynceus.enrich.prefixes import AddressEnricher, Addresses, PrefixTable, facts_at
from lynceus.shown import shown

if TYPE_CHECKING:
    from maxminddb import Reader

MMDB = b"\xab\xcd\xefMaxMind.com"
"""Begins the metadata at the end of an MMDB file."""
METADATA_BYTES = 128 * 1024
MOST_CHARACTERS = 100
REGISTRY = "registry"
"""Where a country comes from that a registry told."""
MEASURED = "mmdb"


FACTS: dict[str, pl.DataType] = {
    "country": pl.String(),
    "country_from": pl.String(),
    "asn": pl.Int64(),
    "as_name": pl.String(),
}


class Geography(AddressEnricher):
    """Facts about where an address is.

    `country` is a code of two letters (ISO 3166), `country_from` who says so (`mmdb` or
    `registry`), `asn` the number of the autonomous system, `as_name` whose it is.
    """

    columns: ClassVar[dict[str, pl.DataType]] = FACTS

    def __init__(
        self, countries: Sequence[str | Path] = (), networks: Sequence[str | Path] = ()
    ) -> None:
        """Opens the files. Raises `ListError` on one that is none of these."""
        measured = [path for path in countries if _is_mmdb(path)]
        given_out = [path for path in countries if path not in measured]
        for path in networks:
            if not _is_mmdb(path):
                raise ListError(f"{path}: is no MMDB file; expected autonomous systems as MMDB")
        self._countries = [_opened(path) for path in measured]
        self._networks = [_opened(path) for path in networks]
        rows = [row for path in given_out for row in _delegated(path)]
        self._registry = PrefixTable([place for place, _ in rows])
        self._told = pl.DataFrame(
            {"country": [code for _, code in rows]}, schema={"country": pl.String}
        )
        self._delegated = bool(rows)

    @property
    def idle(self) -> bool:
        """Without a file there is nothing to say."""
        return not (self._countries or self._networks or self._delegated)

    def of(self, addresses: Addresses) -> pl.DataFrame:
        """Country and autonomous system of each address."""
        asked = addresses.value.to_list()  # each once, however often it occurs
        unknown: dict[str, Any] = {}
        measured = [
            _country(_found(self._countries, text) if self._countries else unknown)
            for text in asked
        ]
        systems = [
            _system(_found(self._networks, text) if self._networks else unknown) for text in asked
        ]
        schema = {"measured": pl.String, "asn": pl.Int64, "as_name": pl.String}
        rows = [(code, *system) for code, system in zip(measured, systems, strict=True)]
        told = pl.DataFrame(rows, schema=schema, orient="row")
        registry = facts_at(addresses.value, self._registry.find(addresses.parsed), self._told)
        both = registry.hstack(told)
        said_by = pl.when(pl.col("measured").is_not_null()).then(pl.lit(MEASURED))
        by = said_by.when(pl.col("country").is_not_null()).then(pl.lit(REGISTRY))
        return both.select(
            "value",
            country=pl.coalesce("measured", "country"),
            country_from=by.otherwise(None),
            asn="asn",
            as_name="as_name",
        )


def _is_mmdb(path: str | Path) -> bool:
    file = Path(path)
    try:
        with file.open("rb") as content:
            content.seek(max(0, file.stat().st_size - METADATA_BYTES))
            return MMDB in content.read()
    except OSError as error:
        raise ListError(f"{path}: {error.strerror or error}") from None


def _opened(path: str | Path) -> Reader:
    try:
        import maxminddb
    except ImportError:
        raise ListError(
            f"{path}: needs the library maxminddb: install lynceus with the extra 'geo'"
        ) from None
    try:
        return maxminddb.open_database(path)
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise ListError(f"{path}: cannot be read as MMDB: {error}") from None


def _found(readers: Sequence[Reader], text: str) -> dict[str, Any]:
    """What the first file that knows an address says of it."""
    for reader in readers:
        try:
            found = reader.get(text.partition("%")[0])
        except (ValueError, RuntimeError):  # no address of its family, or a broken file
            continue
        if isinstance(found, dict):
            return found
    return {}


def _country(found: dict[str, Any]) -> str | None:
    """The country that it is in; where none is told, the one that it is registered in."""
    for key in ("country", "registered_country"):
        inner = found.get(key)
        code = inner.get("iso_code") if isinstance(inner, dict) else inner
        if isinstance(code, str) and re.fullmatch(r"[A-Za-z]{2}", code):
            return code.upper()
    code = found.get("country_code")
    return code.upper() if isinstance(code, str) and re.fullmatch(r"[A-Za-z]{2}", code) else None


def _system(found: dict[str, Any]) -> tuple[int | None, str | None]:
    """Number and name of an autonomous system, as MaxMind, DB-IP and IPinfo name them."""
    number = found.get("autonomous_system_number", found.get("asn"))
    name = found.get("autonomous_system_organization", found.get("as_name"))
    if isinstance(number, str):
        digits = number.upper().removeprefix("AS")
        number = int(digits) if digits.isdigit() else None
    valid = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 1 << 32
    told = shown(" ".join(name.split()))[:MOST_CHARACTERS] if isinstance(name, str) else None
    return (number if valid else None), (told or None)


def _delegated(path: str | Path) -> Iterator[tuple[str, str]]:
    """Networks and countries of a statistics file of a registry.

    RIR statistics exchange format: registry|cc|type|start|value|date|status; of IPv4 `value` is a
    number of addresses, of IPv6 a length. Raises `ListError` where no line is such.
    """
    known = False
    for line in read_list(path).splitlines():
        parts = line.split("|")
        if len(parts) < 7 or parts[2] not in ("ipv4", "ipv6") or line.startswith("#"):
            continue
        code, start, value = parts[1].upper(), parts[3], parts[4]
        if not re.fullmatch(r"[A-Z]{2}", code) or not value.isdigit():
            continue
        try:
            places = list(_networks(parts[2], start, int(value)))
        except ValueError:
            continue
        known = True
        yield from ((place, code) for place in places)
    if not known:
        raise ListError(
            f"{path}: neither MMDB nor statistics of a registry; expected lines such as "
            "ripencc|DE|ipv4|192.0.2.0|256|20100101|allocated"
        )


def _networks(kind: str, start: str, value: int) -> Iterator[str]:
    if kind == "ipv6":
        yield str(ipaddress.IPv6Network(f"{start}/{value}"))
        return
    first = ipaddress.IPv4Address(start)
    if value and not value & (value - 1) and int(first) % value == 0:  # nearly all of them
        yield f"{first}/{32 - int(math.log2(value))}"
        return
    last = ipaddress.IPv4Address(int(first) + value - 1)
    yield from (str(net) for net in ipaddress.summarize_address_range(first, last))
