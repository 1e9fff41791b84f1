"""Recorded Future: risk lists as CSV, and look-ups of single indicators."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import ClassVar
from urllib.parse import quote

from lynceus.enrich.indicator import Entry
from lynceus.intel.reading import document, malformed, told
from lynceus.intel.web import FeedError, Web

LISTS = ("ip", "domain", "url")
"""Kinds of entities of which there are risk lists that traffic can meet."""


class RecordedFuture:
    """The Connect API; its address is that of the API (`.../v2`), or of one risk list."""

    title: ClassVar[str] = "Recorded Future: risk lists and look-ups (--key-env)"
    adds: ClassVar[bool] = False

    def entries(self, web: Web) -> Iterator[Entry]:
        """The entries of the risk lists, those of addresses, names and pages one after another."""
        root = web.subscription.url.rstrip("/")
        if "risklist" in root:
            yield from self._list(web, root, {})
            return
        for kind in LISTS:
            params = {"format": "csv/splunk", "gzip": "false", "list": "default"}
            yield from self._list(web, f"{root}/{kind}/risklist", params)

    @staticmethod
    def _list(web: Web, address: str, params: dict[str, str]) -> Iterator[Entry]:
        # Of several lists none may be left out because it is as it was: the others may not be.
        text = web.text(address, headers={"X-RFToken": web.key()}, params=params, conditional=False)
        rows = csv.DictReader(io.StringIO(text))
        if not {"Name", "Risk"} <= set(rows.fieldnames or ()):
            raise web.error("line 1: expected a risk list with the columns Name and Risk")
        try:
            for row in rows:
                score, name = row.get("Risk") or "", row.get("Name") or ""
                if not name or not score.isdigit() or int(score) > 100:
                    yield malformed(rows.line_num, row)
                    continue
                told_risks = row.get("RiskString") or ""
                yield Entry(
                    rows.line_num, name, f"risk {score}" + (f" ({told_risks} rules)" * bool(
                        told_risks)), confidence=f"{int(score) / 100:.2f}",
                )  # fmt: skip
        except csv.Error as error:
            raise web.error(f"line {rows.line_num}: is no CSV: {error}") from None

    @staticmethod
    def look_up(web: Web, kind: str, value: str) -> str:
        """What the service says of an address, a name or a page, in one sentence."""
        root = web.subscription.url.rstrip("/").partition("/risklist")[0]
        entity = {"address": "ip"}.get(kind, kind)
        try:
            text = web.text(
                f"{root}/{entity}/{quote(value, safe='')}",
                headers={"X-RFToken": web.key()},
                params={"fields": "risk,timestamps"},
                conditional=False,
            )
        except FeedError as error:
            if ": 404" in str(error):
                return "not known"
            raise
        answer = document(web, text)
        data = answer.get("data") if isinstance(answer, dict) else None
        risk = data.get("risk") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(risk, dict):
            raise web.error("the answer holds no risk")
        times = data.get("timestamps")
        seen = told(times.get("lastSeen")) if isinstance(times, dict) else None
        label = told(risk.get("criticalityLabel")) or "no label"
        last = f", last seen {seen}" if seen else ""
        return f"risk {told(risk.get('score')) or 'unknown'} of 100 ({label}){last}"
