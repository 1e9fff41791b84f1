"""The service that the meter names, beside what Debian's ndpiReader says of the same flows.

Both see the capture alone: ndpiReader is told not to guess by ports. They are compared per
conversation (transport and two endpoints), because the two programs cut flows by other timeouts
and may take the other end for the originator. Every conversation counts that nDPI gives to one of
the protocols named here, those of damaged captures too; each one that the meter calls otherwise is
a row with the reason, where a person has looked for it.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lynceus import _core
from lynceus.learn import ndpi
from oracles import AbsentError, OracleTable

LEAST_SHARE = 0.9
"""The share of conversations that must agree."""

SAME: dict[str, tuple[str, ...]] = {
    "DNS": ("dns",), "TLS": ("tls",), "QUIC": ("quic",), "HTTP": ("http",), "SSH": ("ssh",),
    "SMBv1": ("smb",), "SMBv23": ("smb",), "Kerberos": ("kerberos",), "LDAP": ("ldap",),
    "RDP": ("rdp",), "FTP_CONTROL": ("ftp",), "SMTP": ("smtp",), "POP3": ("pop3",),
    "IMAP": ("imap",), "SNMP": ("snmp",), "NTP": ("ntp",), "SIP": ("sip",), "MQTT": ("mqtt",),
    "Modbus": ("modbus",), "MDNS": ("mdns",), "LLMNR": ("llmnr",), "SSDP": ("ssdp",),
    "NetBIOS": ("netbios-ns", "netbios-dgm", "netbios-ssn"), "DHCP": ("dhcp",),
    "BitTorrent": ("bittorrent",), "STUN": ("stun",), "WireGuard": ("wireguard",),
    "OpenVPN": ("openvpn",), "IPsec": ("ipsec",), "H323": ("h323",), "IAX": ("iax",),
    "CiscoSkinny": ("skinny",), "MGCP": ("mgcp",), "Megaco": ("megaco",), "DTLS": ("dtls",),
    "DCE_RPC": ("dce_rpc",), "Telnet": ("telnet",), "SOCKS": ("socks",), "IRC": ("irc",),
    "DNP3": ("dnp3",), "Radius": ("radius",), "Syslog": ("syslog",), "Mining": ("stratum",),
}  # fmt: skip
"""The protocols compared: nDPI's name for one, and those of the column `service`."""

SECURED = {"SMTPS": "TLS", "IMAPS": "TLS", "POPS": "TLS", "LDAPS": "TLS", "FTPS": "TLS"}
"""nDPI's names for mail and others inside TLS, known by the port alone: the flow speaks TLS."""

REASONS: dict[tuple[str, str], str] = {
    ("bt-http.pcapng", "BitTorrent"): "a tracker asked over HTTP: HTTP by content",
    ("fuzz-2006-06-26-2594.pcap", "DNS"): "bytes changed at random: no message can be read",
    ("stun.pcap", "DTLS"): "STUN comes first and names the flow; the handshake is told too",
    (
        "stun_dtls_unidirectional_server.pcap",
        "DTLS",
    ): "STUN comes first and names the flow; the handshake is told too",
    (
        "stun_google_meet.pcapng",
        "DTLS",
    ): "STUN comes first and names the flow; the handshake is told too",
    ("ftp-start-tls.pcap", "FTP_CONTROL"): "turns to TLS, which is the innermost",
    ("fuzz-2006-09-29-28586.pcap", "HTTP"): "the version in the first line is damaged: HTTP\\x11.1",
    ("kerberos_fuzz.pcapng", "Kerberos"): "a TCP header shorter than any may be",
    ("jsonrpc.pcap", "Mining"): "a test program that speaks JSON-RPC, no miner",
    ("fuzz-2006-06-26-2594.pcap", "NetBIOS"): "bytes changed at random: no message can be read",
    ("smb_deletefile.pcap", "NetBIOS"): "SMB by content; nDPI names what carries it",
    ("smbv1.pcap", "NetBIOS"): "SMB by content; nDPI names what carries it",
    ("telegram.pcap", "OpenVPN"): "two encrypted datagrams, neither of which begins an OpenVPN",
    (
        "http_guessed_host_and_guessed.pcapng",
        "POP3",
    ): "the end of an HTTP request in a SYN, nothing of POP3",
    (
        "fuzz-2020-02-16-11740.pcap",
        "Radius",
    ): "bytes changed at random: code, length or IP header do not fit",
    ("rdp2.pcap", "RDP"): "begins in the middle, behind the opening that is recognised",
    ("fuzz-2006-06-26-2594.pcap", "SIP"): "the version in the first line is damaged: SIP/a.0",
    ("http_on_sip_port.pcap", "SIP"): "HTTP by content on the port of SIP",
    ("rsh-syslog-false-positive.pcap", "Syslog"): "a remote shell on port 514, no syslog",
    ("syslog.pcap", "Syslog"): "syslog over TCP, which is not recognised",
    ("fuzz-2021-10-13.pcap", "TLS"): "a frame whose lengths do not fit",
    ("lustre.pcapng", "TLS"): "Lustre: no record of TLS in it",
    ("mongo_false_positive.pcapng", "TLS"): "no record of TLS in it",
    ("tls_false_positives.pcapng", "TLS"): "no record of TLS in it",
    ("tls_invalid_reads.pcap", "TLS"): "ten bytes, no record of TLS among them",
}
"""Why the two differ, as looked up in the packets; by capture and nDPI's name."""


def table(data: Path) -> OracleTable:
    """Compares all captures of the folder `ndpi-apps`."""
    folder = data / "ndpi-apps"
    if not folder.is_dir():
        raise AbsentError("no ndpi-apps in the data")
    if not ndpi.present():
        raise AbsentError("no ndpiReader (Debian package libndpi-bin)")
    both = compare(sorted(path for path in folder.iterdir() if ".pcap" in path.name))
    if both.is_empty():
        raise AbsentError("no flow of a protocol that both know")
    per_protocol = both.group_by(protocol="ndpi").agg(
        capture=pl.format("all {}", pl.col("capture").n_unique()),
        flows=pl.len(),
        agree=pl.col("agree").sum(),
    )
    per_protocol = per_protocol.with_columns(
        called=pl.lit(""),
        reason=pl.format("{} %", (100 * pl.col("agree") / pl.col("flows")).round(1)),
    ).sort("protocol")
    others = (
        both.filter(~pl.col("agree"))
        .group_by("capture", "called", protocol="ndpi")
        .agg(flows=pl.len(), agree=pl.col("agree").sum())
        .sort("protocol", "capture", "called")
    )
    reasons = [REASONS.get(key, "") for key in others.select("capture", "protocol").iter_rows()]
    others = others.with_columns(reason=pl.Series(reasons, dtype=pl.String))
    agree, flows = int(both["agree"].sum()), both.height
    low = both.group_by("ndpi").agg(pl.col("agree").mean()).filter(pl.col("agree") < LEAST_SHARE)
    names = ", ".join(low["ndpi"].sort())
    return OracleTable(
        title="Protocols as nDPI sees them",
        must_show="at least 90 % of the flows agree, the others listed and explained",
        rows=pl.concat([per_protocol, others.select(per_protocol.columns)]),
        verdict=agree >= LEAST_SHARE * flows,
        summary=f"{agree} of {flows} flows ({100 * agree / flows:.1f} %) of "
        f"{both['ndpi'].n_unique()} protocols agree; single protocols below: {names or 'none'}",
    )


def compare(captures: list[Path]) -> pl.DataFrame:
    """Each conversation of a compared protocol: `capture`, `ndpi`, `called`, `agree`."""
    names = pl.DataFrame({"ndpi": list(SAME), "wanted": [list(s) for s in SAME.values()]})
    parts = []
    for capture in captures:
        said = of_ndpi(capture).unique().join(names, on="ndpi")
        both = said.join(of_meter(capture), on=ndpi.KEY, how="left")
        parts.append(both.with_columns(capture=pl.lit(capture.name.removesuffix(".gz"))))
    agree = pl.col("services").list.set_intersection("wanted").list.len() > 0
    called = (
        pl.when(pl.col("services").is_null())
        .then(pl.lit("no such flow"))
        .otherwise(pl.col("services").list.join(", ").replace("", "nothing"))
    )
    return pl.concat(parts).select(
        "capture", "ndpi", called=called, agree=agree.fill_null(value=False)
    )


def of_ndpi(capture: Path) -> pl.DataFrame:
    """Key and `ndpi` of each conversation, by the outermost protocol."""
    name = pl.col("ndpi").str.split(".").list.first().replace(SECURED)
    return ndpi.said(capture).with_columns(ndpi=name)


def of_meter(capture: Path) -> pl.DataFrame:
    """Key and `services` of each conversation, all that the meter names in it."""
    parts = []
    try:
        for batch in _core.CaptureReader(capture, threads=1, events=False):
            if batch.flows is not None:
                ends = ["proto", "orig_h", "orig_p", "resp_h", "resp_p", "service"]
                parts.append(pl.DataFrame(batch.flows.select(ends)))
    except ValueError:
        # What came before the damage counts.
        pass
    if not parts:
        schema = dict.fromkeys(ndpi.KEY, pl.String) | {"services": pl.List(pl.String)}
        return pl.DataFrame(schema=schema)
    flows = pl.concat(parts)
    return (
        ndpi.keyed_flows(flows)
        .group_by(ndpi.KEY)
        .agg(services=pl.col("service").drop_nulls().unique().sort())
    )
