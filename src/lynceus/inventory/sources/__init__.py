"""The sources of the site's own knowledge, one file each."""

from __future__ import annotations

from lynceus.inventory.source import InventorySource
from lynceus.inventory.sources.asset_list import AssetList
from lynceus.inventory.sources.directory import Directory
from lynceus.inventory.sources.nessus_xml import NessusXml
from lynceus.inventory.sources.netbox import Netbox
from lynceus.inventory.sources.nmap_xml import NmapXml
from lynceus.inventory.sources.openvas_xml import OpenvasXml
from lynceus.inventory.sources.servicenow_cmdb import ServicenowCmdb
from lynceus.inventory.sources.solarwinds_orion import SolarwindsOrion
from lynceus.inventory.sources.vulnerability_list import VulnerabilityList
from lynceus.registry import load

BUILTIN: tuple[type, ...] = (
    AssetList,
    Netbox,
    ServicenowCmdb,
    SolarwindsOrion,
    NmapXml,
    NessusXml,
    OpenvasXml,
    VulnerabilityList,
    Directory,
)
"""The sources that ship."""


def kinds() -> dict[str, type[InventorySource]]:
    """All sources by name, plugins of `lynceus.inventory` last."""
    return load("inventory", BUILTIN)
