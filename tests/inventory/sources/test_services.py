"""`netbox`, `servicenow_cmdb`, `solarwinds_orion`: asked as their makers say, page by page."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from intel.served import Answer, Asked, served
from inventory.reading_sources import reasons, said
from lynceus.intel.web import FeedError
from lynceus.inventory.sources import netbox, servicenow_cmdb, solarwinds_orion
from notify.channels.specification import Schema, check, one_of, table, text

KEY = {"env": "SITE_KEY"}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_KEY", "s3cret")


def paged(rows: list[dict[str, Any]], asked: Asked, limit: str, offset: str) -> list[Any]:
    first = int(asked.query[offset])
    return rows[first : first + int(asked.query[limit])]


# --- NetBox 4.x, /api/schema/: PaginatedDeviceList, PaginatedVirtualMachineList, IPAddress

DEVICES = [
    {"id": 1, "name": "pay-1", "role": {"id": 1, "name": "Payroll"}, "tenant": {"name": "Finance"},
     "platform": {"name": "Debian 12"}, "primary_ip4": {"id": 9, "address": "192.0.2.10/24"},
     "custom_fields": {"criticality": {"value": "c", "label": "Critical"}}},
    {"id": 2, "name": "shelf", "role": {"name": "Patch panel"}, "tenant": None, "platform": None,
     "primary_ip4": None, "custom_fields": {}},
    {"id": 3, "name": "sw-1", "role": None, "tenant": None, "platform": None, "primary_ip4": None,
     "custom_fields": {"criticality": "enormous"}},
]  # fmt: skip
MACHINES = [{"id": 1, "name": "vm-1", "role": {"name": "web"}, "custom_fields": None}]
ADDRESSES = [
    {"id": 8, "address": "2001:db8::10/64", "assigned_object": {"device": {"id": 1}}},
    {"id": 9, "address": "192.0.2.10/24", "assigned_object": {"device": {"id": 1}}},
    {"id": 7, "address": "192.0.2.11/24", "assigned_object": {"virtual_machine": {"id": 1}}},
    {"id": 6, "address": "192.0.2.12/24", "assigned_object": None, "dns_name": "vip.example",
     "tenant": {"name": "Web"}},
    {"id": 5, "address": "192.0.2.13/24", "assigned_object": {"device": {"id": 3}}},
]  # fmt: skip
PAGE_QUERY: Schema = table(
    {"limit": text(pattern=r"^\d{1,4}$"), "offset": text(pattern=r"^\d+$")},
    {"exclude": one_of("config_context")},
)


def of_netbox(asked: Asked) -> Answer:
    assert asked.method == "GET"
    assert asked.headers["authorization"] == "Token s3cret"
    check(asked.query, PAGE_QUERY)
    rows = {
        "/api/dcim/devices/": DEVICES, "/api/virtualization/virtual-machines/": MACHINES,
        "/api/ipam/ip-addresses/": ADDRESSES,
    }[asked.path]  # fmt: skip
    page = paged(rows, asked, "limit", "offset")
    more = int(asked.query["offset"]) + len(page) < len(rows)
    # Where it says the next page is, is not believed: the key would go there.
    return Answer({"count": len(rows), "next": "http://192.0.2.99/" if more else None,
                   "previous": None, "results": page})  # fmt: skip


def test_netbox_gives_machines_with_all_their_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(netbox, "PAGE", 2)
    with served(of_netbox, Answer(status=429, headers={"Retry-After": "1"})) as server:
        found = said("netbox", f"{server.url}/api/", key=KEY)
    rows = found.assets.select("place", "asset", "owner", "criticality", "role", "system").rows()
    assert rows == [
        ("192.0.2.10", "pay-1", "Finance", "critical", "Payroll", "Debian 12"),
        ("2001:db8::10", "pay-1", "Finance", "critical", "Payroll", "Debian 12"),
        ("192.0.2.13", "sw-1", None, None, None, None),
        ("192.0.2.11", "vm-1", None, None, "web", None),
        ("192.0.2.12", "vip.example", "Web", None, None, None),
    ]
    assert reasons(found) == {
        2: "has no address", 3: "criticality 'enormous' is not low, medium, high or critical",
    }  # fmt: skip


# --- ServiceNow, REST API reference, Table API, GET /now/table/{tableName}


def both(shown: str, stored: str | None = None) -> dict[str, str]:
    return {"display_value": shown, "value": shown if stored is None else stored}


ROWS = [
    {"name": both("dc-1"), "ip_address": both("192.0.2.20"), "os": both("Windows 2022"),
     "owned_by": both("Ada Lovelace", "62826bf0"), "sys_class_name": both("Windows Server"),
     "busines_criticality": both("1 - most critical"), "mac_address": both("00:50:56:AA:BB:CC"),
     "last_discovered": both("02.05.2024 12:00:00", "2024-05-02 10:00:00")},
    {"name": both("lost"), "ip_address": both("")},
    {"name": both("odd"), "ip_address": both("192.0.2.300")},
    {"name": both("nas"), "ip_address": both("192.0.2.21, 192.0.2.22")},
]  # fmt: skip
TABLE_QUERY: Schema = table(
    {
        "sysparm_fields": text(pattern=r"^[a-z_,]+$"), "sysparm_display_value": one_of("all"),
        "sysparm_exclude_reference_link": one_of("true", "false"),
        "sysparm_query": text(pattern="^ORDERBY"), "sysparm_limit": text(pattern=r"^\d{1,5}$"),
        "sysparm_offset": text(pattern=r"^\d+$"),
    }
)  # fmt: skip


def of_servicenow(asked: Asked) -> Answer:
    assert (asked.method, asked.path) == ("GET", "/api/now/table/cmdb_ci_server")
    name = base64.b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
    assert name == "reader:s3cret"
    check(asked.query, TABLE_QUERY)
    page = paged(ROWS, asked, "sysparm_limit", "sysparm_offset")
    # One row of the first page may not be read: the page is short and yet not the last.
    return Answer({"result": [one for one in page if one["name"] != ROWS[1]["name"]]})


def test_a_table_of_the_cmdb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servicenow_cmdb, "PAGE", 2)
    with served(of_servicenow, Answer(status=500)) as server:
        found = said(
            "servicenow_cmdb", server.url, user="reader", key=KEY, collection="cmdb_ci_server"
        )
    assert found.assets.select("place", "asset", "owner", "criticality", "role").rows() == [
        ("192.0.2.20", "dc-1", "Ada Lovelace", "critical", "Windows Server"),
        ("192.0.2.21", "nas", None, None, None),
        ("192.0.2.22", "nas", None, None, None),
    ]
    assert found.assets["seen_ns"][0] == 1_714_644_000 * 10**9  # 2024-05-02 10:00:00 UTC
    assert found.assets["macs"][0].to_list() == ["00:50:56:aa:bb:cc"]
    assert reasons(found) == {2: "'192.0.2.300' is no address or network"}
    with pytest.raises(FeedError, match="is no table"):
        said("servicenow_cmdb", "http://localhost", user="u", key=KEY, collection="x/../y")


# --- SolarWinds OrionSDK wiki, "REST": Query with Parameters

NODES = [
    {"NodeID": 4, "Caption": "core-1", "DNS": "", "IPAddress": "192.0.2.30", "Vendor": "Cisco",
     "MachineType": "Catalyst 9300", "Contact": "net team", "NodeDescription": "Cisco IOS XE",
     "LastSystemUpTimePollUtc": "2024-05-02T10:00:00.5000000"},
    {"NodeID": 7, "Caption": "ghost", "IPAddress": None},
    {"NodeID": 9, "Caption": "", "DNS": "ap.example", "IPAddress": "192.0.2.31"},
]  # fmt: skip


def of_orion(asked: Asked) -> Answer:
    assert (asked.method, asked.path) == ("POST", solarwinds_orion.PATH)
    assert asked.headers["authorization"].startswith("Basic ")
    check(asked.body, table({"query": text(), "parameters": table({"after": {"type": "integer"}})}))
    words = asked.body["query"].split()
    assert words[:2] == ["SELECT", "TOP"]
    assert "FROM Orion.Nodes WHERE NodeID > @after ORDER BY NodeID" in asked.body["query"]
    left = [n for n in NODES if n["NodeID"] > asked.body["parameters"]["after"]]
    return Answer({"results": left[:2]})


def test_the_nodes_of_orion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solarwinds_orion, "PAGE", 2)
    with served(of_orion) as server:
        found = said("solarwinds_orion", server.url, user="reader", key=KEY)
    assert found.assets.select("place", "asset", "owner", "role", "system").rows() == [
        ("192.0.2.30", "core-1", "net team", "Catalyst 9300", "Cisco IOS XE"),
        ("192.0.2.31", "ap.example", None, None, None),
    ]
    assert found.assets["seen_ns"][0] == 1_714_644_000 * 10**9
    assert reasons(found) == {2: "has no address"}


@pytest.mark.parametrize("kind", ["netbox", "servicenow_cmdb", "solarwinds_orion"])
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=401), "401 Unauthorized"),
        (Answer(status=503), "503 Service Unavailable"),
        (Answer("{", half=False), "line 1: is no JSON"),
        (Answer("[" * 100_000), "line 1: nested too deeply"),
        (Answer({"result": 7, "results": 7}), "the answer is"),
        (Answer("[]"), "the answer is"),
        (Answer("<html><body>login</body></html>"), "a page for a browser"),
        (Answer({"results": [], "result": []}, half=True), "no connection"),
    ],
)
def test_what_a_service_should_not_answer_is_one_line(kind: str, answer: Answer, told: str) -> None:
    with served(answer) as server, pytest.raises(FeedError) as error:
        said(kind, server.url, user="u", key=KEY)
    assert str(error.value).startswith("feed site: ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)
    assert "s3cret" not in str(error.value)


ROWS_OF: dict[str, Callable[[list[Any]], Any]] = {
    "netbox": lambda rows: {"results": rows, "next": None},
    "solarwinds_orion": lambda rows: {"results": rows},
}


@pytest.mark.parametrize("kind", ROWS_OF)
@pytest.mark.parametrize("row", [None, 7, "x", [], {}, {"NodeID": "4", "name": {"a": 1}}])
def test_rows_of_wrong_types_are_left_out(kind: str, row: Any) -> None:
    with served(Answer(ROWS_OF[kind]([row]))) as server:
        found = said(kind, server.url, user="u", key=KEY)
    assert found.kept == 0
