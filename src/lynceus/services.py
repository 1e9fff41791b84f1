"""Names that people use for services, from what a flow says of them."""

from __future__ import annotations

import polars as pl

PORTS: dict[int, str] = {
    20: "ftp-data",
    21: "ftp",
    22: "ssh",
    23: "telnet",
    25: "smtp",
    53: "dns",
    67: "dhcp",
    69: "tftp",
    80: "http",
    88: "kerberos",
    110: "pop3",
    111: "rpcbind",
    123: "ntp",
    135: "msrpc",
    137: "netbios-ns",
    139: "netbios",
    143: "imap",
    161: "snmp",
    389: "ldap",
    443: "https",
    445: "smb",
    465: "smtps",
    514: "syslog",
    587: "submission",
    636: "ldaps",
    853: "dns-over-tls",
    873: "rsync",
    993: "imaps",
    995: "pop3s",
    1080: "socks",
    1433: "mssql",
    1521: "oracle",
    1723: "pptp",
    1883: "mqtt",
    2049: "nfs",
    2323: "telnet",
    3306: "mysql",
    3389: "rdp",
    5060: "sip",
    5432: "postgresql",
    5555: "adb",
    5900: "vnc",
    5985: "winrm",
    5986: "winrm",
    6379: "redis",
    8080: "http",
    8443: "https",
    9200: "elasticsearch",
    11211: "memcached",
    27017: "mongodb",
}
"""Usual services by port: names for texts and for telling services apart, never evidence."""

_SAME = {"ssl": "https", "tls": "https", "gssapi,smb": "smb", "smb2": "smb", "ms-wbt-server": "rdp"}
"""Names that sources give to one service."""

_LONG = {
    "ftp-data": "FTP data",
    "kerberos": "Kerberos",
    "telnet": "Telnet",
    "netbios": "NetBIOS",
    "netbios-ns": "NetBIOS name service",
    "submission": "mail submission",
    "dns-over-tls": "DNS over TLS",
    "oracle": "Oracle database",
    "mysql": "MySQL",
    "postgresql": "PostgreSQL",
    "winrm": "WinRM",
    "redis": "Redis",
    "elasticsearch": "Elasticsearch",
    "memcached": "memcached",
    "mongodb": "MongoDB",
    "rsync": "rsync",
    "syslog": "syslog",
    "rpcbind": "rpcbind",
    "smb": "SMB file sharing",
    "rdp": "RDP remote desktop",
}


def service_key() -> pl.Expr:
    """One text per service: its usual name, else `443/tcp`, else null."""
    named = pl.col("service").str.to_lowercase()
    port = pl.col("resp_p").cast(pl.Int64)
    return pl.coalesce(
        named.replace(_SAME),
        port.replace_strict(PORTS, default=None, return_dtype=pl.String),
        pl.concat_str(port.cast(pl.String), pl.lit("/"), pl.col("proto").fill_null("?")),
    )


def service_label(service: str | None, port: int | None, proto: str | None) -> str | None:
    """How a text names a service: `SSH (22/tcp)`, `SMB file sharing (445/tcp)`, `4444/tcp`."""
    named = _SAME.get((service or "").lower(), (service or "").lower()) or None
    name = named or PORTS.get(port if port is not None else -1)
    shown = _LONG.get(name, name.upper() if len(name) <= 6 else name) if name else None
    place = None if port is None else f"{port}/{proto}" if proto else f"port {port}"
    if shown and place:
        return f"{shown} ({place})"
    return shown or place


ENCRYPTED = ("tls", "quic", "dtls", "ssh", "openvpn", "wireguard", "ipsec", "rdp")
"""What the meter calls a conversation whose payload is encrypted."""


def unreadable(service: str = "service") -> pl.Expr:
    """Whether nothing but the shape of a flow can be read: it is encrypted, or its payload is in no
    language that is known."""
    return pl.col(service).is_null() | pl.col(service).is_in(ENCRYPTED)
