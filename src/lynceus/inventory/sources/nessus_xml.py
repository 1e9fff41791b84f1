"""Nessus: hosts and weaknesses of a report (`.nessus`, NessusClientData_v2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lynceus.intel.web import Web
from lynceus.inventory.entry import AssetEntry, Entry, VulnerabilityEntry
from lynceus.inventory.judged import number as numeric
from lynceus.inventory.xml_elements import Element, elements
from lynceus.moments import NS


class NessusXml:
    """A report of Nessus."""

    title: ClassVar[str] = "Nessus report (.nessus, version 2)"

    def entries(self, web: Web) -> Iterator[Entry]:
        """Each host as an asset, and each CVE of its items."""
        for host in elements(web, web.text(), ("NessusClientData_v2",), ("ReportHost",)):
            tags = {tag.has("name"): tag for tag in host.all("HostProperties", "tag")}

            def told(name: str, tags: dict[str | None, Element] = tags) -> str | None:
                return tags[name].told() if name in tags else None

            address = told("host-ip") or host.has("name") or ""
            ended = numeric(told("HOST_END_TIMESTAMP"))
            seen_ns = int(ended) * NS if ended is not None and 0 < ended < 1e11 else None
            yield AssetEntry(
                host.line,
                (address,),
                asset=told("host-fqdn") or told("netbios-name"),
                system=(told("operating-system") or "").partition("\n")[0] or None,
                macs=tuple((told("mac-address") or "").split()),
                seen_ns=seen_ns,
            )
            for item in host.all("ReportItem"):
                port = numeric(item.has("port"))
                score = numeric(item.told("cvss3_base_score") or item.told("cvss_base_score"))
                for cve in item.all("cve"):
                    yield VulnerabilityEntry(
                        cve.line,
                        address,
                        cve.told(),
                        cvss=score,
                        port=int(port) if port else None,
                        title=item.has("pluginName"),
                        seen_ns=seen_ns,
                    )
