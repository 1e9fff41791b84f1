"""`rogue_dhcp`: a DHCP server that should not be one."""

from __future__ import annotations

from typing import Any

import pytest

from detect.link import lease
from detect.traffic import findings_of
from lynceus.detect.rogue_dhcp import RogueDhcp

SERVER, ROGUE = "10.0.0.1", "10.0.0.66"
HOUR = 3_600.0


def usual(clients: int = 12) -> list[dict[str, Any]]:
    return [lease(SERVER, f"10.0.0.{60 + n}", 300.0 * n, domain="corp.example")
            for n in range(clients)]  # fmt: skip


def test_a_server_whose_own_address_is_leased() -> None:
    rows = [*usual(), lease(ROGUE, "10.0.0.200", 5 * HOUR)]
    (finding,) = findings_of(RogueDhcp(), dhcp=rows)
    assert (finding["orig_h"], finding["orig_role"]) == (ROGUE, "attacker")
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1557.003"])
    assert finding["because"] == (
        "10.0.0.66 answered 1 client as a DHCP server, although its own address is leased from "
        "10.0.0.1."
    )
    assert finding["flow_uids"]


def test_a_new_one_with_another_domain_is_low() -> None:
    rows = [*usual(), lease("10.0.0.2", "10.0.0.200", 5 * HOUR, domain="lan")]
    (finding,) = findings_of(RogueDhcp(), dhcp=rows)
    assert (finding["orig_h"], finding["severity"]) == ("10.0.0.2", "low")
    assert "(1 client, domain lan) beside 10.0.0.1" in finding["because"]


BENIGN = {
    "one server": usual(),
    "a pair that shares the work": [
        lease(f"10.0.0.{1 + n % 2}", f"10.0.0.{60 + n}", 300.0 * n, domain="corp.example")
        for n in range(12)
    ],
    "another network with a server of its own": [
        *usual(),
        *(lease("10.0.9.1", f"10.0.9.{n}", 200.0 * n, domain="guest") for n in range(20, 40)),
    ],
    "a second one with the same domain": [
        *usual(), lease("10.0.0.2", "10.0.0.200", 5 * HOUR, domain="corp.example")
    ],
    "servers unknown": [{**row, "server_addr": None} for row in usual()],
}  # fmt: skip


@pytest.mark.parametrize("rows", BENIGN.values(), ids=BENIGN.keys())
def test_servers_at_work_are_silent(rows: list[dict[str, Any]]) -> None:
    assert findings_of(RogueDhcp(), dhcp=rows) == []
