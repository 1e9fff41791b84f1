"""OpenVAS / Greenbone: results of a report in XML (GMP `get_reports`, or the XML report format)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from lynceus.intel.web import Web
from lynceus.inventory.entry import Entry, VulnerabilityEntry
from lynceus.inventory.judged import number as numeric
from lynceus.inventory.xml_elements import Element, elements
from lynceus.moments import NS

ROOTS = ("report", "get_reports_response", "get_results_response")


class OpenvasXml:
    """A report of OpenVAS."""

    title: ClassVar[str] = "OpenVAS / Greenbone report in XML"

    def entries(self, web: Web) -> Iterator[Entry]:
        """Each CVE of each result; results without one say nothing that could be compared."""
        for result in elements(web, web.text(), ROOTS, ("result",)):
            score = numeric(result.told("severity"))
            port = re.match(r"(\d{1,5})/", result.told("port") or "")
            for cve in _cves(result):
                yield VulnerabilityEntry(
                    result.line,
                    result.told("host"),
                    cve,
                    cvss=score,
                    port=int(port[1]) if port else None,
                    title=result.told("name") or result.told("nvt", "name"),
                    seen_ns=_time(result.told("modification_time") or result.told("creation_time")),
                )


def _cves(result: Element) -> list[str]:
    """The CVEs of a result: as references, or in one text as older versions have them."""
    named = [ref.has("id") for ref in result.all("nvt", "refs", "ref") if ref.has("type") == "cve"]
    older = re.findall(r"CVE-\d{4}-\d+", result.told("nvt", "cve") or "")
    return list(dict.fromkeys([*(name for name in named if name), *older]))


def _time(text: str | None) -> int | None:
    try:
        return int(datetime.fromisoformat(text or "").timestamp()) * NS
    except ValueError:
        return None
