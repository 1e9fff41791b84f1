"""The user's policy: a TOML file of rules, of which the first that matches a flow decides.

default = "allow"
timezone = "UTC"

[[rule]]
name = "no telnet"
action = "forbid"
services = ["telnet"]
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from lynceus.detect.policy_violation import PolicyRule, PolicyViolation
from lynceus.features import ports
from lynceus.own import addresses
from lynceus.own.complaint import OwnFileError
from lynceus.own.toml_file import TomlFile, nearest
from lynceus.records import SEVERITIES

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ENDS = ("inside", "outside")
"""Words that stand for networks."""
KEYS = ("name", "action", "level", "why", "from", "to", "services", "ports", "protocols",
        "providers", "countries", "hours", "days")  # fmt: skip
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def load(path: str | Path) -> PolicyViolation:
    """The policy of a file as a detector. Raises OwnFileError."""
    return _Policy(TomlFile.load(path)).detector()


@dataclass(frozen=True)
class _Policy:
    file: TomlFile

    def detector(self) -> PolicyViolation:
        """The rules of the file; the default is a last rule that matches everything."""
        given = self.file.tables
        self._known(given, ("rule", "default", "timezone"), "the policy")
        rules = given.get("rule", [])
        if not isinstance(rules, list) or not rules or not all(isinstance(r, dict) for r in rules):
            raise self._refused("holds no rule: expected [[rule]] tables", "rule")
        zone = self._zone(given.get("timezone", "UTC"))
        default = given.get("default", "allow")
        if default not in ("allow", "forbid"):
            raise self._refused(f"default {default!r}: expected allow or forbid", "default")
        read = [self._rule(number, rule, zone) for number, rule in enumerate(rules, 1)]
        if default == "forbid":
            read.append(PolicyRule("not allowed by any rule", False, "medium", pl.lit(value=True)))
        return PolicyViolation(rules=tuple(read))

    def _refused(self, reason: str, *words: str, rule: int = 0) -> OwnFileError:
        """An error at the first of these words, within the rule of that number if given."""
        return self.file.refused(reason, *words, heading="[[rule]]", number=rule)

    def _known(
        self, given: dict[str, Any], keys: tuple[str, ...], what: str, rule: int = 0
    ) -> None:
        for key in given:
            if key not in keys:
                raise self._refused(f"{what} has no {key!r}{nearest(key, keys)}", key, rule=rule)

    def _zone(self, name: object) -> str:
        try:
            return ZoneInfo(str(name)).key
        except (KeyError, ValueError, OSError):
            raise self._refused(f"timezone {name!r} is not known", "timezone") from None

    def _rule(self, number: int, given: dict[str, Any], zone: str) -> PolicyRule:
        self._known(given, KEYS, f"rule {number}", rule=number)
        action, level = given.get("action"), given.get("level", "medium")
        if action not in ("allow", "forbid"):
            reason = f"rule {number}: action {action!r}: expected allow or forbid"
            raise self._refused(reason, "action", rule=number)
        if level not in SEVERITIES:
            reason = f"rule {number}: level {level!r}: expected {', '.join(SEVERITIES)}"
            raise self._refused(reason, "level", rule=number)
        if "countries" in given:
            reason = f"rule {number}: countries are not known here; expected networks or providers"
            raise self._refused(reason, "countries", rule=number)
        makers: dict[str, Callable[[list[Any], int], pl.Expr]] = {
            "from": lambda values, n: self._end("orig", values, n),
            "to": lambda values, n: self._end("resp", values, n),
            "services": lambda values, _: self._services(values),
            "ports": self._ports,
            "protocols": lambda values, _: pl.col("proto").is_in(_lower(values)),
            "providers": lambda values, _: (
                pl.col("resp_network").str.to_lowercase().is_in(_lower(values))
            ),
            "hours": lambda values, n: self._hours(values, n, zone),
            "days": lambda values, n: self._days(values, n, zone),
        }
        parts = []
        for key, maker in makers.items():
            if key in given:
                values = given[key] if isinstance(given[key], list) else [given[key]]
                if not values:
                    raise self._refused(f"rule {number}: {key} is empty", key, rule=number)
                parts.append(maker(values, number))
        return PolicyRule(
            name=str(given.get("name", f"rule {number}")),
            allow=action == "allow",
            level=level,
            matches=pl.all_horizontal(parts) if parts else pl.lit(value=True),
            why=str(given.get("why", "")),
        )

    def _end(self, end: str, values: list[Any], rule: int) -> pl.Expr:
        networks = [str(v) for v in values if v not in ENDS]
        if wrong := addresses.unreadable(networks):
            reason = (
                f"rule {rule}: {wrong[0]!r} is no network: expected 192.0.2.0/24, inside, outside"
            )
            raise self._refused(reason, wrong[0], rule=rule)
        parts = [pl.col(f"{end}_in")] if "inside" in values else []
        parts += [~pl.col(f"{end}_in")] if "outside" in values else []
        parts += [addresses.within(f"{end}_h", networks)] if networks else []
        return pl.any_horizontal(part.fill_null(value=False) for part in parts)

    @staticmethod
    def _services(values: list[Any]) -> pl.Expr:
        """By content; by port where content told nothing, or nothing of what is inside."""
        names = _lower(values)
        own = [port for port, name in ports.NAMES.items() if name in names]
        untold = pl.col("service").is_null() | (pl.col("service") == "tls")
        by_port = untold & pl.col("resp_p").is_in(own)
        return pl.col("service").is_in(names) | by_port.fill_null(value=False)

    def _ports(self, values: list[Any], rule: int) -> pl.Expr:
        parts = []
        for value in values:
            low, _, high = str(value).partition("-")
            if not (low.isdigit() and (not high or high.isdigit())) or int(high or low) > 65_535:
                reason = f"rule {rule}: {value!r} is no port: expected 23 or 6000-6010"
                raise self._refused(reason, str(value), rule=rule)
            parts.append(pl.col("resp_p").is_between(int(low), int(high or low)))
        return pl.any_horizontal(parts)

    def _hours(self, values: list[Any], rule: int, zone: str) -> pl.Expr:
        parts = []
        for value in values:
            if not (at := _HOURS.fullmatch(str(value))):
                reason = f"rule {rule}: hours {value!r}: expected 22:00-06:00"
                raise self._refused(reason, str(value), rule=rule)
            start, stop = int(at[1]) * 60 + int(at[2]), int(at[3]) * 60 + int(at[4])
            local = _local(zone)
            minute = local.dt.hour().cast(pl.Int64) * 60 + local.dt.minute()
            after, before = minute >= start, minute < stop
            parts.append(after & before if start <= stop else after | before)
        return pl.any_horizontal(parts)

    def _days(self, values: list[Any], rule: int, zone: str) -> pl.Expr:
        names = [name[:3] for name in _lower(values)]
        if wrong := [name for name in names if name not in DAYS]:
            reason = f"rule {rule}: day {wrong[0]!r}: expected {', '.join(DAYS)}"
            raise self._refused(reason, "days", rule=rule)
        numbers = [DAYS.index(name) + 1 for name in names]
        return _local(zone).dt.weekday().cast(pl.Int64).is_in(numbers)


def _lower(values: list[Any]) -> list[str]:
    return [str(value).lower() for value in values]


def _local(zone: str) -> pl.Expr:
    """When a flow began, on the clocks of the zone."""
    began = pl.from_epoch(pl.col("ts_ns"), time_unit="ns")
    return began.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
