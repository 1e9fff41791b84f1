"""`remote_execution`: one host makes another run something."""

from __future__ import annotations

from pathlib import Path

import pytest

from detect.domain import ATTACKER, TARGET, call, file, row
from detect.traffic import findings_of
from lynceus.detect.remote_execution import TECHNIQUE, WORDS, RemoteExecution
from lynceus.features.procedure import EXECUTION


def test_a_service_created_and_started_is_certain() -> None:
    calls = [call("OpenSCManagerW"), call("CreateServiceW", 1, username="anna")]
    calls += [call("StartServiceW", 2), call("DeleteService", 3)]
    (finding,) = findings_of(RemoteExecution(), dce_rpc=calls)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, TARGET)
    assert (finding["severity"], finding["confidence"]) == ("high", 0.8)
    assert finding["techniques"] == ["T1021.002", "T1569.002"]
    assert finding["evidence"]["calls"] == 3
    assert finding["because"] == (
        "10.0.0.66 created a service, deleted a service, started a service on 10.0.0.70 as anna: "
        "3 requests by which a host is made to run something."
    )


@pytest.mark.parametrize(
    ("operation", "port", "technique"),
    [
        ("SchRpcRegisterTask", 49_671, "T1053.005"),
        ("ExecMethod", 49_700, "T1047"),
        ("Invoke", 49_700, "T1021.003"),
        ("StartServiceW", 445, "T1569.002"),
        ("RpcAddPrinterDriverEx", 445, "T1210"),
    ],
)
def test_each_way_alone_is_medium(operation: str, port: int, technique: str) -> None:
    (finding,) = findings_of(RemoteExecution(), dce_rpc=[call(operation, resp_p=port)])
    assert finding["severity"] == "medium"
    assert technique in finding["techniques"]


def test_a_program_laid_on_the_disk_makes_a_service_certain() -> None:
    program = file("WRITE", r"Windows\x.exe", path=r"\\SERVER\ADMIN$")
    (finding,) = findings_of(
        RemoteExecution(), dce_rpc=[call("CreateServiceW", 5)], smb_files=[program]
    )
    assert (finding["severity"], finding["evidence"]["programs"]) == ("high", 1)


def test_what_was_refused_is_low_and_says_so() -> None:
    denied = call("CreateServiceW", status="ERROR_ACCESS_DENIED")
    (finding,) = findings_of(RemoteExecution(), dce_rpc=[denied])
    assert finding["severity"] == "low"
    assert finding["because"].endswith("none of them granted.")


def test_a_session_of_winrm_but_no_event_forwarding() -> None:
    shell = [row(n, 5985, uri="/wsman?PSVersion=5.1", status_code=200) for n in range(6)]
    (finding,) = findings_of(RemoteExecution(), http=shell)
    assert (finding["service"], finding["severity"]) == ("winrm", "medium")
    events = [row(n, 5985, uri="/wsman/SubscriptionManager/WEC", status_code=200) for n in range(9)]
    assert findings_of(RemoteExecution(), http=events) == []


def test_looking_at_services_and_tasks_is_silent() -> None:
    looks = ("OpenSCManagerW", "OpenServiceW", "QueryServiceStatus", "SchRpcEnumTasks", "ExecQuery")
    assert findings_of(RemoteExecution(), dce_rpc=[call(name) for name in looks]) == []


def test_a_management_host_is_low(tmp_path: Path) -> None:
    assets = tmp_path / "assets.csv"
    assets.write_text(f"address,name,role\n{ATTACKER},deploy1,software deployment\n")
    calls = [call("CreateServiceW"), call("StartServiceW", 1)]
    (finding,) = findings_of(RemoteExecution(), dce_rpc=calls, assets=assets)
    assert finding["severity"] == "low"


def test_every_act_has_its_words_and_technique() -> None:
    assert set(EXECUTION) <= set(WORDS) == set(TECHNIQUE)
