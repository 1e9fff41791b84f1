"""Ports by what is spoken there, where content does not tell."""

from __future__ import annotations

import polars as pl

from lynceus.language.columns import sentence

LOGIN: dict[int, str] = {
    21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 110: "pop3", 139: "smb", 143: "imap",
    445: "smb", 465: "smtp", 512: "rexec", 513: "rlogin", 587: "smtp", 990: "ftp", 993: "imap",
    995: "pop3", 1433: "mssql", 1521: "oracle", 2222: "ssh", 2323: "telnet", 3306: "mysql",
    3389: "rdp", 5432: "postgresql", 5900: "vnc", 5901: "vnc", 5985: "winrm", 5986: "winrm",
    6379: "redis", 27017: "mongodb",
}  # fmt: skip
"""Ports of services that ask for a login."""

ADMIN: dict[int, str] = {
    22: "ssh", 135: "dce_rpc", 139: "smb", 445: "smb", 3389: "rdp", 5900: "vnc", 5901: "vnc",
    5985: "winrm", 5986: "winrm",
}  # fmt: skip
"""Ports through which one host is administered from another."""

OTHER: dict[int, str] = {
    53: "dns", 67: "dhcp", 68: "dhcp", 80: "http", 123: "ntp", 137: "netbios-ns", 161: "snmp",
    389: "ldap", 443: "https", 853: "dns over tls", 1194: "openvpn", 1900: "ssdp",
    1935: "rtmp", 3478: "stun", 4500: "ipsec", 5060: "sip", 5061: "sip", 5222: "xmpp",
    5223: "push", 5228: "push", 5353: "mdns", 8000: "http", 8080: "http", 8443: "https",
    8883: "mqtt", 1883: "mqtt", 500: "ipsec", 51820: "wireguard", 7680: "windows update",
}  # fmt: skip
"""Ports of other services, for words only."""

NAMES: dict[int, str] = {**OTHER, **LOGIN, **ADMIN}
"""A word for a port."""


def named(table: dict[int, str], port: str = "resp_p") -> pl.Expr:
    """The word of a port column in one of these tables, null where it has none."""
    return pl.col(port).replace_strict(
        list(table), list(table.values()), default=None, return_dtype=pl.String
    )


def port_text(port: str = "resp_p") -> pl.Expr:
    """`port 22 (ssh)`, `port 40000`."""
    number = pl.col(port).cast(pl.String)
    name = named(NAMES, port)
    return (
        pl.when(name.is_null())
        .then(sentence("port {number}", number=number))
        .otherwise(sentence("port {number} ({name})", number=number, name=name))
    )
