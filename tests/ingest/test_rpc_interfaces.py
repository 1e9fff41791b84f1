from __future__ import annotations

import re
from pathlib import Path

from lynceus.ingest.rpc_interfaces import INTERFACES, OPERATIONS

METER = Path(__file__).resolve().parents[2] / "crates/lynceus-meter/src/protocols/dce_rpc"


def test_names_are_those_of_the_meter() -> None:
    source = (METER / "interfaces.rs").read_text()
    known = dict(re.findall(r'known\("([0-9a-f-]{36})", "([^"]+)"', source))
    assert known == INTERFACES


def test_operations_stand_at_their_numbers() -> None:
    assert OPERATIONS["svcctl 12"] == "CreateServiceW"
    assert OPERATIONS["drsuapi 3"] == "DRSGetNCChanges"
    assert OPERATIONS["samr 64"] == "SamrConnect5"
    assert OPERATIONS["netlogon 26"] == "NetrServerAuthenticate3"
    assert "svcctl 10" not in OPERATIONS


def test_operations_are_those_of_the_meter() -> None:
    source = (METER / "operations.rs").read_text()
    words = set(re.findall(r"[A-Z][A-Za-z0-9]{4,}", source))
    assert set(OPERATIONS.values()) <= words | {"DSAPrepareScript", "DSAExecuteScript",
        "LsarGetAvailableCAPIDs"} | set(re.findall(r"\w+", source))  # fmt: skip
