"""Windows over calls of remote procedures (DCE/RPC), and what the operations do to a host.

The operations are named as the protocol documents of Microsoft name them, without the leading R.
Only operations that somebody can be asked about are counted: the mass (opening, closing, looking
up one name) is left where it is.
"""

from __future__ import annotations

import polars as pl

from lynceus.features.window import Count, Distinct, Max, Min, Values, Window

SERVICE_CREATE = [
    "CreateServiceA", "CreateServiceW", "CreateServiceWOW64A", "CreateServiceWOW64W",
    "CreateWowService",
]  # fmt: skip
SERVICE_START = ["StartServiceA", "StartServiceW"]
SERVICE_CONTROL = ["ControlService", "ControlServiceExA", "ControlServiceExW"]
SERVICE_CHANGE = ["ChangeServiceConfigA", "ChangeServiceConfigW"]
SERVICE_DELETE = ["DeleteService"]
TASK_REGISTER = ["SchRpcRegisterTask", "NetrJobAdd", "JobAdd"]
TASK_RUN = ["SchRpcRun"]
TASK_DELETE = ["SchRpcDelete", "NetrJobDel", "JobDel"]
WMI_EXECUTE = ["ExecMethod", "ExecMethodAsync", "PutClass", "PutClassAsync", "PutInstance",
               "PutInstanceAsync"]  # fmt: skip
"""Run a method of a class (Win32_Process.Create), define one, or subscribe it to an event."""
DCOM_INVOKE = ["Invoke"]
"""IDispatch: a method of an object is called by its name, as scripts do."""
REGISTRY_WRITE = ["BaseRegCreateKey", "BaseRegSetValue", "BaseRegDeleteKey", "BaseRegDeleteValue",
                  "BaseRegLoadKey", "BaseRegReplaceKey", "BaseRegRestoreKey"]  # fmt: skip
DRIVER_ADD = ["RpcAddPrinterDriver", "RpcAddPrinterDriverEx", "RpcAsyncAddPrinterDriver"]
"""Loads a library into the print spooler of the server."""

EXECUTION = {
    "service_created": SERVICE_CREATE,
    "service_started": SERVICE_START,
    "service_controlled": SERVICE_CONTROL,
    "service_changed": SERVICE_CHANGE,
    "service_deleted": SERVICE_DELETE,
    "task_registered": TASK_REGISTER,
    "task_run": TASK_RUN,
    "task_deleted": TASK_DELETE,
    "wmi_executed": WMI_EXECUTE,
    "dcom_invoked": DCOM_INVOKE,
    "registry_written": REGISTRY_WRITE,
    "driver_added": DRIVER_ADD,
}
"""Acts by which a host is made to run something, and the operations that do them."""

COERCION = [
    "RpcRemoteFindFirstPrinterChangeNotification", "RpcRemoteFindFirstPrinterChangeNotificationEx",
    "EfsRpcOpenFileRaw", "EfsRpcEncryptFileSrv", "EfsRpcDecryptFileSrv", "EfsRpcQueryUsersOnFile",
    "EfsRpcQueryRecoveryAgents", "EfsRpcRemoveUsersFromFile", "EfsRpcAddUsersToFile",
    "EfsRpcAddUsersToFileEx", "EfsRpcFileKeyInfo", "EfsRpcFileKeyInfoEx",
    "EfsRpcDuplicateEncryptionInfoFile", "EfsRpcEncryptFileExSrv", "NetrDfsAddStdRoot",
    "NetrDfsRemoveStdRoot", "NetrDfsAddStdRootForced", "IsPathSupported", "IsPathShadowCopied",
]  # fmt: skip
"""Take the path of a file or listener elsewhere, to which the server then logs in as itself."""

SECRETS = ["LsarRetrievePrivateData", "LsarQuerySecret", "NetrServerPasswordGet",
           "NetrServerTrustPasswordsGet", "BaseRegSaveKey", "BaseRegSaveKeyEx"]  # fmt: skip
"""Hand out secrets: of the local security authority, passwords of machines, a registry hive."""

PRINTING = ["RpcStartDocPrinter", "RpcEnumPrinters", "RpcGetPrinter", "RpcGetPrinterDriver",
            "RpcGetPrinterDriver2", "RpcGetPrinterData", "RpcGetPrinterDataEx", "RpcEnumForms",
            "RpcSetJob", "RpcEnumJobs", "RpcAddJob"]  # fmt: skip
"""What a client that prints asks of its print server."""

SHADOW_COPY = ["StartShadowCopySet", "AddToShadowCopySet", "CommitShadowCopySet"]
"""What a backup asks for, after it has asked whether a path can be copied."""

REPLICATION = ["DRSGetNCChanges"]
MACHINE_LOGIN = ["NetrServerAuthenticate", "NetrServerAuthenticate2", "NetrServerAuthenticate3"]
MACHINE_PASSWORD = ["NetrServerPasswordSet", "NetrServerPasswordSet2"]
LOG_CLEARING = ["ElfrClearELFW", "ElfrClearELFA", "EvtRpcClearLog"]

LISTING = {
    "users": ["SamrEnumerateUsersInDomain", "SamrQueryDisplayInformation",
              "SamrQueryDisplayInformation2", "SamrQueryDisplayInformation3"],
    "groups": ["SamrEnumerateGroupsInDomain", "SamrEnumerateAliasesInDomain"],
    "members of groups": ["SamrGetMembersInGroup", "SamrGetMembersInAlias"],
    "accounts and rights": ["LsarEnumerateAccounts", "LsarEnumerateAccountsWithUserRight"],
    "trusts": ["LsarEnumerateTrustedDomains", "LsarEnumerateTrustedDomainsEx"],
    "sessions": ["NetrSessionEnum", "NetrConnectionEnum", "NetrFileEnum"],
    "logged-on users": ["NetrWkstaUserEnum"],
    "services": ["EnumServicesStatusA", "EnumServicesStatusW", "EnumServicesStatusExA",
                 "EnumServicesStatusExW"],
    "RPC endpoints": ["ept_lookup", "inq_if_ids"],
    "domain controllers": ["DRSDomainControllerInfo"],
}  # fmt: skip
"""What lists a directory or a host, by what is listed."""

SHARE_LISTING = ["NetrShareEnum", "NetrShareEnumSticky"]
NAME_LOOKUP = ["SamrLookupNamesInDomain"]

PRIVILEGED = (
    r"(?i)\b(domain admins|enterprise admins|schema admins|administrators|account operators|"
    r"backup operators|server operators|key admins|dnsadmins|group policy creator owners)\b"
)
"""Groups that command a domain, by the names that Windows gives them in English."""

_WATCHED = sorted(
    {
        *(operation for group in EXECUTION.values() for operation in group),
        *(operation for group in LISTING.values() for operation in group),
        *(
            *COERCION,
            *SECRETS,
            *PRINTING,
            *SHADOW_COPY,
            *REPLICATION,
            *MACHINE_LOGIN,
            *MACHINE_PASSWORD,
        ),
        *(*LOG_CLEARING, *SHARE_LISTING, *NAME_LOOKUP),
    }
)

_status = pl.col("status")
_refused = pl.col("fault").fill_null(False) | _status.str.contains(
    r"(?i)DENIED|NOT_SUPPORTED|PRIVILEGE_NOT_HELD|^nca_s|LOGON_FAILURE"
).fill_null(False)

_unbound = (
    pl.col("operation").is_null()
    & pl.col("endpoint").is_null()
    & (pl.col("resp_p") == 445)
    & (pl.col("opnum") == 43)
).fill_null(False)
"""A call within a pipe that was bound before the capture began, of a number that only one interface
in use on pipes has: private data of the local security authority."""

RPC_CALLS = Window(
    "rpc_calls_1h",
    "dce_rpc",
    ("orig_h", "resp_h", "operation"),
    (
        Count("calls"),
        Count("refused_calls", _refused),
        Count("unbound_calls", pl.col("endpoint").is_null()),
        Values("arguments_sample", pl.col("arguments").list.join(" "), k=5),
        Values("users", "username", k=3),
        Max("endpoint", "endpoint"),
        Max("rpc_port", "resp_p"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Max("orig_role_of_asset", "orig_asset_role"),
        Max("resp_role_of_asset", "resp_asset_role"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    derive={"operation": pl.coalesce("operation", pl.lit("LsarRetrievePrivateData"))},
    only=pl.col("operation").is_in(_WATCHED).fill_null(False) | _unbound,
)
"""Calls of watched operations from one host to another."""

_drs = pl.col("endpoint").is_in(["drsuapi", "netlogon"]).fill_null(False)

DIRECTORY_BY_RPC = Window(
    "directory_by_rpc_1h",
    "dce_rpc",
    ("resp_h",),
    (Distinct("clients", "orig_h", k=16), Min("first_seen_ns", "ts_ns")),
    "1h",
    only=_drs,
)
"""Hosts that answer as domain controllers: replication and machine logins."""

DIRECTORY_BY_KERBEROS = Window(
    "directory_by_kerberos_1h",
    "kerberos",
    ("resp_h",),
    (Distinct("clients", "orig_h", k=16), Min("first_seen_ns", "ts_ns")),
    "1h",
    only=pl.col("request_type").is_not_null(),
)
"""Hosts that give Kerberos tickets."""

WINRM_OF_PAIR = Window(
    "winrm_of_pair_1h",
    "http",
    ("orig_h", "resp_h"),
    (
        Count("requests"),
        Count(
            "shell_requests",
            pl.col("uri").str.contains("PSVersion", literal=True)
            | ~pl.col("user_agent").str.contains("Microsoft WinRM", literal=True),
        ),
        Count("refused_requests", pl.col("status_code").is_in([401, 403])),
        Count("answered_requests", pl.col("status_code").is_between(200, 299)),
        Values("users", "username", k=3),
        Max("rpc_port", "resp_p"),
        Max("orig_in", "orig_in"),
        Max("resp_in", "resp_in"),
        Max("orig_role_of_asset", "orig_asset_role"),
        Max("resp_role_of_asset", "resp_asset_role"),
        Min("first_seen_ns", "ts_ns"),
        Max("last_seen_ns", "ts_ns"),
    ),
    "1h",
    only=pl.col("uri").str.contains(r"(?i)^/wsman(\?|$)").fill_null(False),
    worth=pl.col("shell_requests") > 0,
)
"""Windows Remote Management of one host from another; event forwarding has other paths.

A session of PowerShell names its version; a program that is not of Windows is there for a shell.
"""

DIRECTORY_BY_LDAP = Window(
    "directory_by_ldap_1h",
    "ldap_search",
    ("resp_h",),
    (Distinct("clients", "orig_h", k=16), Min("first_seen_ns", "ts_ns")),
    "1h",
)
"""Hosts that answer searches of a directory."""

DIRECTORY_SERVERS = (DIRECTORY_BY_RPC, DIRECTORY_BY_KERBEROS, DIRECTORY_BY_LDAP)
"""Hosts that are turned to as domain controllers, each table by one of their services."""
