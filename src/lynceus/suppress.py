"""What a person does not want to be told: findings hidden by entity, network, service, detector.

One file, one table `[[suppress]]` each, with why and until when. They hold at the engine's way out,
so in every detector, and again where stored results are read. Nothing is hidden silently: what is
hidden is counted, kept with the id of the suppression, and told with the reason.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import polars as pl

from lynceus.records import FINDING_SCHEMA
from lynceus.services import service_key

TABLE = "suppress"
MATCHED = ("entity", "network", "service", "detector")
"""What a suppression may match; all that it names have to agree."""
SUPPRESSED_BY = "suppressed_by"
"""The column with the id of the suppression by which a finding is hidden."""


class SuppressionError(ValueError):
    """A suppression that cannot be: the text names the file, what is wrong and what is expected."""


@dataclass(frozen=True)
class Suppression:
    """What is hidden, until when, and why."""

    why: str
    entity: str | None = None
    """An address, MAC address or domain (its subdomains too), at either end of a finding."""
    network: str | None = None
    """A network with an address at either end."""
    service: str | None = None
    """A service: `ssh`, `443/tcp` or a port."""
    detector: str | None = None
    until: datetime | None = None
    """Findings that end before this are hidden; None has no end."""

    @property
    def id(self) -> str:
        """First 8 hex digits of SHA-256 over what it matches."""
        text = "|".join(str(getattr(self, name) or "-") for name in MATCHED)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def matches(self) -> str:
        """What it matches, in words."""
        return ", ".join(f"{name} {value}" for name in MATCHED if (value := getattr(self, name)))

    def told(self) -> str:
        """The whole suppression in one line."""
        end = f", until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"{self.id}: {self.matches}{end} ({self.why})"

    @staticmethod
    def of(given: Mapping[str, Any], detectors: Collection[str] = ()) -> Suppression:
        """A suppression of what a person wrote. Raises `SuppressionError`.

        `detectors` are the names there are; where none are given any name is taken.
        """
        names = [f.name for f in fields(Suppression)]
        for key in given:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                raise SuppressionError(
                    f"{key!r}: no part of a suppression; "
                    + (f"did you mean {near[0]!r}?" if near else f"expected {', '.join(names)}")
                )
        text = {name: _text(name, given.get(name)) for name in ("why", *MATCHED)}
        why = text.pop("why")
        if not why:
            raise SuppressionError("a suppression says why: 'why' is missing or empty")
        if not any(text.values()):
            raise SuppressionError(f"expected at least one of {', '.join(MATCHED)}")
        if text["network"]:
            text["network"] = _network(text["network"])
        if text["entity"]:
            text["entity"] = _entity(text["entity"])
        if text["detector"] and detectors and text["detector"] not in detectors:
            near = difflib.get_close_matches(text["detector"], detectors, 1)
            raise SuppressionError(
                f"{text['detector']!r}: no such detector; "
                + (f"did you mean {near[0]!r}?" if near else "`lynceus detectors` names them")
            )
        return Suppression(why, until=_until(given.get("until")), **text)

    def hides(self) -> pl.Expr:
        """Whether a finding is hidden, from the columns of `_prepared`."""
        agreed = [pl.lit(True)]
        if self.entity:
            ends = [pl.col(c).str.to_lowercase() == self.entity for c in ("orig_h", "resp_h")]
            named = pl.col("domain").str.to_lowercase().str.strip_chars_end(".")
            below = named.str.ends_with(f".{self.entity}")
            agreed.append(pl.any_horizontal(*ends, named == self.entity, below).fill_null(False))
        if self.network:
            agreed.append(
                pl.any_horizontal(pl.col(f"{end}_in_{self.id}") for end in ("orig", "resp"))
            )
        if self.service:
            service = self.service.lower()
            keys = [pl.col(c) == service for c in ("svc", "own", "place", "port")]
            agreed.append(pl.any_horizontal(*keys).fill_null(False))
        if self.detector:
            agreed.append(pl.col("detector") == self.detector)
        if self.until:
            end_ns = int(self.until.timestamp()) * 10**9
            agreed.append((pl.col("ended_ns") < end_ns).fill_null(False))
        return pl.all_horizontal(*agreed)


class Suppressions:
    """All suppressions of a person, the first that matches first."""

    def __init__(self, all_of_them: Sequence[Suppression] = ()) -> None:
        self.all = tuple(all_of_them)

    @staticmethod
    def load(path: Path, detectors: Collection[str] = ()) -> Suppressions:
        """Those of a file. Raises `SuppressionError` on one that cannot be used."""
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SuppressionError(f"{path}: cannot be read: {error.strerror or error}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SuppressionError(f"{path}: not TOML: {error}") from None
        tables = written.pop(TABLE, [])
        if written:
            raise SuppressionError(
                f"{path}: {next(iter(written))!r}: expected nothing but [[{TABLE}]]"
            )
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise SuppressionError(f"{path}: expected tables [[{TABLE}]]")
        found = []
        for number, table in enumerate(tables, 1):
            try:
                found.append(Suppression.of(table, detectors))
            except SuppressionError as error:
                raise SuppressionError(f"{path}: suppression {number}: {error}") from None
        return Suppressions(found)

    def parted(self, findings: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The findings that are told, and those that are hidden with `suppressed_by`."""
        by = self.by(findings)
        return findings.filter(by.is_null()), findings.with_columns(by).filter(by.is_not_null())

    def by(self, findings: pl.DataFrame) -> pl.Series:
        """The id of the suppression that hides each finding, null where none does."""
        if not self.all or findings.is_empty():
            return pl.Series(SUPPRESSED_BY, [None] * findings.height, dtype=pl.String)
        rows = _prepared(findings, self.all)
        first = pl.coalesce(*(pl.when(s.hides()).then(pl.lit(s.id)) for s in self.all))
        return rows.select(first.alias(SUPPRESSED_BY)).to_series()

    def by_id(self, findings: pl.DataFrame) -> dict[str, str]:
        """What hides a finding, in words, by the id of the finding."""
        words = {s.id: s.told() for s in reversed(self.all)}
        by = zip(findings["id"], self.by(findings), strict=True)
        return {finding: words[one] for finding, one in by if one is not None}

    def told(self, hidden: pl.DataFrame) -> list[str]:
        """Lines that say how much is hidden, and by what; none where nothing is."""
        if hidden.is_empty():
            return []
        counts = dict(hidden.group_by(SUPPRESSED_BY).len().iter_rows())
        by = {s.id: s for s in reversed(self.all) if s.id in counts}
        findings, ones = _many(hidden.height, "finding"), _many(len(by), "suppression")
        lines = [f"{findings} hidden by {ones}"]
        return lines + [f"{counts[s.id]:,} by {s.told()}" for s in reversed(list(by.values()))]


def nothing_hidden() -> pl.DataFrame:
    """Hidden findings where there are none."""
    return pl.DataFrame(schema={**FINDING_SCHEMA, SUPPRESSED_BY: pl.String()})


def _prepared(findings: pl.DataFrame, suppressions: Sequence[Suppression]) -> pl.DataFrame:
    port = pl.col("resp_p").cast(pl.String)
    rows = findings.with_columns(
        svc=service_key(),
        own=pl.col("service").str.to_lowercase(),
        port=port,
        place=pl.concat_str(port, pl.lit("/"), pl.col("proto")),
        ended_ns=pl.coalesce("last_seen_ns", "first_seen_ns", "window_start_ns"),
    )
    networks = {s.id: s.network for s in suppressions if s.network}
    if not networks:
        return rows
    from lynceus.enrich.prefixes import PrefixTable

    tables = {name: PrefixTable([network]) for name, network in networks.items()}
    return rows.with_columns(
        pl.Series(f"{end}_in_{name}", table.find(rows[f"{end}_h"]) >= 0)
        for name, table in tables.items()
        for end in ("orig", "resp")
    )


def entry(suppression: Suppression) -> str:
    """A suppression as it is written in the file."""
    lines = [f"[[{TABLE}]]"]
    lines += [
        f"{name} = {json.dumps(value, ensure_ascii=False)}"
        for name in (*MATCHED, "why")
        if (value := getattr(suppression, name))
    ]
    if suppression.until:
        lines.append(f"until = {suppression.until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    return "\n".join(lines) + "\n"


def without(text: str, number: int) -> str:
    """The text of a file without its table of that number, from 0; the rest stays as it is."""
    lines = text.splitlines(keepends=True)
    starts = [n for n, line in enumerate(lines) if line.split("#")[0].strip() == f"[[{TABLE}]]"]
    end = starts[number + 1] if number + 1 < len(starts) else len(lines)
    return "".join(lines[: starts[number]] + lines[end:])


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if name == "service" and isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise SuppressionError(f"{name} = {value!r}: expected a printable text")
    return value.strip()


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise SuppressionError(
            f"network = {text!r}: expected a network such as 192.0.2.0/24"
        ) from None


def _entity(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        if "/" in text:
            raise SuppressionError(
                f"entity = {text!r}: expected one address or name; a network is 'network'"
            ) from None
        return text.lower().rstrip(".")


def _until(value: object) -> datetime | None:
    """A day lasts to its end; times without a zone are UTC."""
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            try:
                value = datetime.fromisoformat(str(value))
            except ValueError:
                value = value or "nothing"
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(23, 59, 59), UTC)
    if value is None:
        return None
    raise SuppressionError(f"until = {value!r}: expected a day such as 2026-12-31, or a time")


def _many(count: int, one: str) -> str:
    return f"{count:,} {one}" + ("" if count == 1 else "s")
