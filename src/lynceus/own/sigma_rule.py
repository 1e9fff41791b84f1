"""A Sigma rule as a detection: its condition becomes one expression over a table of logs.

pySigma reads the rule; it is imported only when there is one.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lynceus.detect.score import plural, saturating
from lynceus.engine import SCHEMAS
from lynceus.features.behind import BEHIND
from lynceus.features.window import Count, Max, Measure, Min, Values, Window
from lynceus.language.columns import clause, sentence
from lynceus.own import addresses, columns
from lynceus.own.complaint import OwnFileError, line_of, read
from lynceus.own.detector import OwnDetector
from lynceus.own.told import LEVELS, Told, name_of, tagged

if TYPE_CHECKING:
    from sigma.rule import SigmaRule

SERVICES = {
    "conn": "flows", "ssl": "tls", "x509": "tls", "smb": "smb_files", "kerberos": "kerberos",
    "dce-rpc": "dce_rpc", "dce_rpc": "dce_rpc",
}  # fmt: skip
"""Zeek's logs that bear another name here."""

CATEGORIES = {
    "dns": "dns", "proxy": "http", "webserver": "http", "firewall": "flows",
    "network_connection": "flows", "flow": "flows",
}  # fmt: skip
"""Sigma's categories of network logs."""

SURENESS = {"stable": 0.7, "test": 0.6, "experimental": 0.4, "unsupported": 0.3, "deprecated": 0.3}
"""Confidence by how well a rule says it has been tried."""

KEY = ("orig_h", "resp_h", "resp_p", "proto")
SHOWN = 5
"""Most fields of a rule whose values are shown as evidence."""


def detectors(path: Path) -> dict[str, OwnDetector]:
    """The rules of a file by name. Raises OwnFileError."""
    try:
        import yaml
        from sigma.collection import SigmaCollection
        from sigma.exceptions import SigmaError
        from sigma.rule import SigmaRule
    except ImportError:
        raise OwnFileError(
            path, 1, "a Sigma rule needs pySigma; install lynceus with the extra 'detections'"
        ) from None
    text = read(path)
    try:
        rules = SigmaCollection.from_yaml(text).rules
        if wrong := [rule for rule in rules if not isinstance(rule, SigmaRule)]:
            kind = type(wrong[0]).__name__
            raise OwnFileError(path, 1, f"{kind} is not supported; expected plain Sigma rules")
        if not rules:
            raise OwnFileError(path, 1, "holds no Sigma rule")
        plain = [rule for rule in rules if isinstance(rule, SigmaRule)]
        numbered = len(plain) > 1
        return {
            f"{name_of(path)}_{n}" if numbered else name_of(path): _detector(path, text, rule)
            for n, rule in enumerate(plain, 1)
        }
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise OwnFileError(path, line, f"is no YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise OwnFileError(path, 1, f"is no YAML: {error}") from None
    except SigmaError as error:
        reason = str(error)
        quoted = re.findall(r"'([^']+)'", reason)
        raise OwnFileError(path, line_of(text, *quoted), reason) from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, OwnFileError):
            raise
        raise OwnFileError(path, 1, f"is no Sigma rule: {error}") from None


def _detector(path: Path, text: str, rule: SigmaRule) -> OwnDetector:
    table = _table(path, text, rule)
    reader = _Condition(path, text, table)
    parsed = [condition.parsed for condition in rule.detection.parsed_condition]
    holds = pl.any_horizontal(reader.expression(tree) for tree in parsed)
    tactic, techniques, unknown = tagged(str(tag) for tag in rule.tags)
    if unknown:
        reason = f"the tag {unknown[0]!r} is no ATT&CK tactic or technique"
        raise OwnFileError(path, line_of(text, unknown[0]), reason)
    level = LEVELS[rule.level.name.lower()] if rule.level else "medium"
    told = Told(rule.title, str(rule.id or name_of(path)), level, tactic, techniques)
    sure = SURENESS.get(rule.status.name.lower() if rule.status else "", 0.5)
    window = _window(path, table, holds, reader.fields)

    def findings(hits: pl.LazyFrame) -> pl.LazyFrame:
        towards = pl.coalesce(clause("towards {resp_h}"), pl.lit(""))
        return hits.with_columns(
            orig_role=pl.lit("unknown"),
            resp_role=pl.lit("unknown"),
            score=0.5 + 0.5 * saturating("hits", 20.0),
            confidence=pl.lit(sure),
            because=sentence(
                "{orig_h} matched the rule “{rule}” {hits}{towards}.",
                orig_h=pl.coalesce("orig_h", sentence("An unknown host")),
                rule=pl.lit(told.title),
                hits=plural("hits", "time"),
                towards=towards,
            ),
        )

    return OwnDetector(told=told, reads=(window,), speak=findings)


def _table(path: Path, text: str, rule: SigmaRule) -> str:
    source = rule.logsource
    service, category = (source.service or "").lower(), (source.category or "").lower()
    if (source.product or "zeek").lower() == "zeek":
        table = SERVICES.get(service, service) if service else CATEGORIES.get(category, "")
        if table in SCHEMAS:
            return table
    said = ", ".join(part for part in (source.product, source.category, source.service) if part)
    raise OwnFileError(
        path,
        line_of(text, "logsource"),
        f"the log source ({said}) is not one of the network's: expected product zeek with a "
        f"service (conn, dns, http, ssl ...) or a category ({', '.join(CATEGORIES)})",
    )


def _window(path: Path, table: str, holds: pl.Expr, fields: list[str]) -> Window:
    schema = columns.of_table(table)
    shown = [f for f in dict.fromkeys(fields) if f not in KEY and not schema[f].is_nested()]
    measures: list[Measure] = [
        Count("hits"),
        *(Values(f"{field}_sample", field, k=3) for field in shown[:SHOWN]),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "end_ns" if "end_ns" in schema else "ts_ns"),
        *(BEHIND if table != "flows" else ()),
    ]
    return Window(f"{name_of(path)}_1h", table, KEY, tuple(measures), "1h", holds)


class _Condition:
    """Turns the tree of a condition into an expression; a field that is null matches nothing."""

    def __init__(self, path: Path, text: str, table: str) -> None:
        self._path, self._text, self._table = path, text, table
        self.fields: list[str] = []
        """The columns that were asked, in order."""

    def expression(self, node: Any) -> pl.Expr:
        """The expression of a node and all below it."""
        kind = type(node).__name__
        if kind == "ConditionAND":
            return pl.all_horizontal(self.expression(part) for part in node.args)
        if kind == "ConditionOR":
            return pl.any_horizontal(self.expression(part) for part in node.args)
        if kind == "ConditionNOT":
            return ~self.expression(node.args[0])
        if kind == "ConditionFieldEqualsValueExpression":
            return self._matches(node.field, node.value)
        raise self._refused("keywords without a field are not supported")

    def _refused(self, reason: str, *words: str) -> OwnFileError:
        return OwnFileError(self._path, line_of(self._text, *words, "detection"), reason)

    def _column(self, field: str) -> str:
        column = columns.column(self._table, field)
        if column is None:
            near = columns.nearest(self._table, field)
            reason = f"{self._table} has no field {field!r}{near}"
            raise self._refused(reason, field)
        self.fields.append(column)
        return column

    def _matches(self, field: str, value: Any) -> pl.Expr:
        column = self._column(field)
        kind = type(value).__name__
        if kind == "SigmaNull":
            return pl.col(column).is_null()
        if kind == "SigmaExists":
            there = pl.col(column).is_not_null()
            return there if value.exists else ~there
        if kind == "SigmaFieldReference":
            other = pl.col(self._column(value.field))
            return (pl.col(column) == other).fill_null(value=False)
        dtype = columns.of_table(self._table)[column]
        if isinstance(dtype, pl.List):
            each = self._holds(pl.element(), dtype.inner, field, value)  # type: ignore[arg-type]
            return pl.col(column).list.eval(each).list.any().fill_null(value=False)
        return self._holds(pl.col(column), dtype, field, value).fill_null(value=False)

    def _holds(self, of: pl.Expr, dtype: pl.DataType, field: str, value: Any) -> pl.Expr:
        kind = type(value).__name__
        if kind in ("SigmaString", "SigmaCasedString"):
            return self._text_holds(of, dtype, value, cased=kind == "SigmaCasedString")
        if kind == "SigmaNumber":
            number: float = value.number
            return of == (pl.lit(number) if dtype.is_numeric() else pl.lit(str(number)))
        if kind == "SigmaBool":
            return of == pl.lit(bool(value.boolean))
        if kind == "SigmaCIDRExpression":
            return addresses.within(of, [value.cidr])
        if kind == "SigmaRegularExpression":
            return self._regex(of.cast(pl.String), field, value)
        if kind == "SigmaCompareExpression":
            least = pl.lit(float(value.number.number))
            by: dict[str, pl.Expr] = {
                "lt": of < least, "lte": of <= least, "gt": of > least, "gte": of >= least
            }  # fmt: skip
            if (name := value.op.name.lower()) in by and dtype.is_numeric():
                return by[name]
        raise self._refused(f"{field!r} is compared in a way that is not supported ({kind})", field)

    @staticmethod
    def _text_holds(of: pl.Expr, dtype: pl.DataType, value: Any, cased: bool) -> pl.Expr:
        text = of if dtype == pl.String else of.cast(pl.String)
        if not value.contains_special():
            plain = str(value.to_plain() if dtype != pl.String else "".join(value.s))
            return text == plain if cased else text.str.to_lowercase() == plain.lower()
        wild = {"WILDCARD_MULTI": ".*", "WILDCARD_SINGLE": "."}
        parts = (re.escape(p) if isinstance(p, str) else wild[p.name] for p in value.s)
        return text.str.contains(f"(?s{'' if cased else 'i'})^{''.join(parts)}$")

    def _regex(self, of: pl.Expr, field: str, value: Any) -> pl.Expr:
        flags = "".join(sorted({f.name[0].lower() for f in value.flags} & set("ims")))
        source = str(value.regexp.to_plain() if hasattr(value.regexp, "to_plain") else value.regexp)
        pattern = f"(?{flags}){source}" if flags else source
        try:
            pl.Series([""]).str.contains(pattern)
        except pl.exceptions.PolarsError as error:
            reason = (
                f"{field!r}: the regular expression cannot be used: {str(error).splitlines()[-1]}"
            )
            raise self._refused(reason, field) from None
        return of.str.contains(pattern)
