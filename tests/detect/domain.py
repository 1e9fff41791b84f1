"""Logins, Windows domains and file shares in a few words, for tests and the contract checks."""

from __future__ import annotations

from typing import Any

from lynceus.testing import flow

ATTACKER, TARGET, CONTROLLER = "10.0.0.66", "10.0.0.70", "10.0.0.71"
Rows = list[dict[str, Any]]
AES = ["aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96", "rc4-hmac"]


def row(at_s: float, resp_p: int, **columns: Any) -> dict[str, Any]:
    """A row of any table from the attacker to the target."""
    usual = {"orig_h": ATTACKER, "orig_p": 50_123, "resp_h": TARGET, "proto": "tcp"}
    return {"at_s": at_s, "resp_p": resp_p, **usual, **columns}


def call(operation: str, at_s: float = 0.0, resp_p: int = 445, **columns: Any) -> dict[str, Any]:
    """A remote procedure call that was answered."""
    usual = {"operation": operation, "endpoint": "rpc", "status": "SUCCESS", "fault": False}
    return row(at_s, resp_p, **{**usual, **columns})


def file(action: str, name: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """Something done with a file of a share."""
    usual = {"path": r"\\SERVER\data", "status": "STATUS_SUCCESS"}
    return row(at_s, 445, action=f"SMB::FILE_{action}", name=name, **{**usual, **columns})


def ticket(service: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """A ticket for a service, given under RC4."""
    usual = {
        "request_type": "TGS",
        "service": service,
        "success": True,
        "ciphers": AES,
        "cipher": "rc4-hmac",
        "presented_cipher": AES[0],
        "resp_h": CONTROLLER,
    }
    return row(at_s, 88, **{**usual, **columns})


def login(client: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """A Kerberos login that was given a ticket."""
    usual = {
        "request_type": "AS",
        "client": client,
        "service": "krbtgt/EXAMPLE",
        "success": True,
        "preauth": True,
        "ciphers": AES,
        "cipher": AES[0],
        "reply_cipher": AES[0],
        "resp_h": CONTROLLER,
    }
    return row(at_s, 88, **{**usual, **columns})


def refused(client: str, at_s: float = 0.0, error: str = "PREAUTH_FAILED") -> dict[str, Any]:
    """A Kerberos login that was refused."""
    return login(client, at_s, success=False, error_msg=f"KDC_ERR_{error}", cipher=None)


def search(filter_text: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """An LDAP search of a whole tree."""
    usual = {"scope": "tree", "filter": filter_text, "result_count": 40, "resp_h": CONTROLLER}
    return row(at_s, 389, **{**usual, **columns})


def change(opcode: str, obj: str, at_s: float = 0.0, **columns: Any) -> dict[str, Any]:
    """An LDAP operation that changes a directory."""
    usual = {"opcode": opcode, "object": obj, "result": "success", "resp_h": CONTROLLER}
    return row(at_s, 389, **{**usual, **columns})


def encrypted(count: int, at_s: float = 0.0) -> Rows:
    """Files of several kinds that get one new suffix."""
    kinds = ("docx", "xlsx", "pdf", "jpg")
    names = [rf"dep\{n}\plan-{n}.{kinds[n % 4]}" for n in range(count)]
    return [
        file("RENAME", f"{name}.locked", at_s + n / 10, prev_name=name)
        for n, name in enumerate(names)
    ]


def event_tables() -> dict[str, Rows]:
    """Something of every phenomenon, spread over three hours."""
    started = 9100.0
    calls = [call("CreateServiceW", 300), call("StartServiceW", 4000), call("ElfrClearELFW", 4100)]
    calls += [call("LsarRetrievePrivateData", 5000), call("DRSGetNCChanges", 5100)]
    calls += [call("NetrServerAuthenticate3", 7000 + n / 4) for n in range(60)]
    calls += [call("NetrShareEnum", 100 + n, resp_h=f"10.0.3.{n}") for n in range(5)]
    calls += [call("SamrEnumerateUsersInDomain", 8000)]
    kerberos = [ticket(f"sql/host{n}", 600 + 2 * n) for n in range(6)]
    kerberos += [login(f"user{n}", 900 + n, preauth=False) for n in range(3)]
    kerberos += [login("anna", 1200, ciphers=["rc4-hmac"])]
    kerberos += [refused(f"name{n}", 3500 + 20 * n, "C_PRINCIPAL_UNKNOWN") for n in range(30)]
    kerberos += [refused(f"person{n}", started + n) for n in range(12)]
    ftp = [row(7300 + n, 21, user="root", auth_success=False, password_seen=True) for n in range(9)]
    ftp += [row(7400, 21, user="root", auth_success=True, password_seen=True)]
    head = "DC=example,DC=org"
    program = file("WRITE", r"Windows\tool.exe", 4500, path=r"\\SERVER\C$", bytes=9000)
    return {
        "dce_rpc": calls,
        "kerberos": kerberos,
        "ftp": ftp,
        "ldap": [change("modify", head, 2000, attributes=["replace nTSecurityDescriptor"])],
        "ldap_search": [search("(servicePrincipalName=*)", 2200)],
        "smb_files": [program, *encrypted(40, 10_000)],
        "dns": [row(6000, 53, qtype="SIG", query="9.example.net", answer_bytes=65_000)],
    }


def flow_rows() -> Rows:
    """The flows of these events, one in five minutes for each pair and service."""
    pairs = {
        (line["orig_h"], line["resp_h"], line["resp_p"], int(line["at_s"] // 300))
        for rows in event_tables().values()
        for line in rows
    }
    return [
        flow(300.0 * slot + 150, orig_h=orig, resp_h=resp, resp_p=port)
        for orig, resp, port, slot in sorted(pairs)
    ]
