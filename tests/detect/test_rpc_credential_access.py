"""`rpc_credential_access`: secrets asked for or forced out by remote procedure call."""

from __future__ import annotations

from detect.domain import ATTACKER, CONTROLLER, TARGET, call, change, row
from detect.traffic import findings_of
from lynceus.detect.rpc_credential_access import RpcCredentialAccess

NOTICE = "RpcRemoteFindFirstPrinterChangeNotificationEx"


def test_secrets_of_the_authority_and_hives() -> None:
    calls = [call("LsarRetrievePrivateData"), call("BaseRegSaveKey", 1)]
    (finding,) = findings_of(RpcCredentialAccess(), dce_rpc=calls)
    assert (finding["severity"], finding["tactic"]) == ("high", "credential-access")
    assert finding["techniques"] == ["T1003.002", "T1003.004"]
    assert finding["because"] == (
        "10.0.0.66 asked 10.0.0.70 for secrets (BaseRegSaveKey, LsarRetrievePrivateData): 2 calls, "
        "0 of them refused."
    )


def test_a_number_that_only_private_data_has_on_a_pipe() -> None:
    rows = [row(n, 445, opnum=43) for n in range(3)]
    (finding,) = findings_of(RpcCredentialAccess(), dce_rpc=rows)
    assert (finding["severity"], finding["evidence"]["unbound_calls"]) == ("medium", 3)
    others = [row(0, 49_670, opnum=43), row(1, 445, opnum=44)]
    others += [row(2, 445, opnum=43, endpoint="netlogon")]
    assert findings_of(RpcCredentialAccess(), dce_rpc=others) == []


def test_a_forced_login_by_print_notification() -> None:
    asked = [call(NOTICE, status="ERROR_ACCESS_DENIED", arguments=[r"\\10.0.0.66"])]
    (finding,) = findings_of(RpcCredentialAccess(), dce_rpc=asked)
    assert (finding["severity"], finding["techniques"]) == ("medium", ["T1187"])


def test_who_prints_is_silent() -> None:
    prints = [call("RpcGetPrinter"), call(NOTICE, 1), call("RpcStartDocPrinter", 2)]
    assert findings_of(RpcCredentialAccess(), dce_rpc=prints) == []


def test_a_forced_login_by_file_encryption() -> None:
    asked = [call("EfsRpcOpenFileRaw", status="ERROR_BAD_NETPATH", arguments=[r"\\10.0.0.66\x\y"])]
    (finding,) = findings_of(RpcCredentialAccess(), dce_rpc=asked)
    assert finding["severity"] == "high"
    denied = [call("EfsRpcOpenFileRaw", fault=True, status="nca_s_fault_access_denied")]
    assert [f["severity"] for f in findings_of(RpcCredentialAccess(), dce_rpc=denied)] == ["low"]


def test_shadow_copies_by_who_makes_them_are_silent() -> None:
    asked = [call("IsPathSupported", arguments=[r"\\FS\data"])]
    assert findings_of(RpcCredentialAccess(), dce_rpc=asked)[0]["severity"] == "medium"
    backup = [*asked, call("StartShadowCopySet", 1), call("AddToShadowCopySet", 2)]
    assert findings_of(RpcCredentialAccess(), dce_rpc=backup) == []


def test_a_false_domain_controller() -> None:
    server = "CN=WS1,CN=Servers,CN=Berlin,CN=Sites,CN=Configuration,DC=example,DC=org"
    rows = [change("add", server, 1), change("delete", server, 60)]
    (finding,) = findings_of(RpcCredentialAccess(), ldap=rows)
    assert (finding["orig_h"], finding["resp_h"]) == (ATTACKER, CONTROLLER)
    assert (finding["severity"], finding["techniques"]) == ("high", ["T1207"])
    assert findings_of(RpcCredentialAccess(), ldap=rows[:1]) == []
    assert TARGET not in finding["because"]


def test_ordinary_calls_of_a_client_are_silent() -> None:
    usual = ("BackuprKey", "LsarLookupSids3", "LsarOpenPolicy2", "BaseRegQueryValue", "RpcGetJob")
    assert findings_of(RpcCredentialAccess(), dce_rpc=[call(name) for name in usual]) == []
