"""Which Zeek logs are read, and which of their columns is which of ours. Data, no code.

A new log is one more entry here. `theirs` are the names a column has had over Zeek's versions and
packages; the first one present is taken.
"""

from __future__ import annotations

from lynceus.ingest.zeek_application_tables import APPLICATION_LOGS, SPOKEN_OF
from lynceus.ingest.zeek_certificates import NAMED, X509
from lynceus.ingest.zeek_log import ENDS, Column, Log
from lynceus.ingest.zeek_logins import LOGIN_LOGS
from lynceus.ingest.zeek_losses import LOSS_COLUMNS
from lynceus.ingest.zeek_oddities import ODDITY_COLUMNS
from lynceus.ingest.zeek_windows_tables import MORE_LOGS

CONN = Log(
    "conn",
    "flows",
    (("conn_state",), ("proto", "orig_pkts"), ("proto", "orig_bytes"), ("proto", "duration")),
    (
        *ENDS,
        Column("proto", ("proto",), "transport"),
        Column("service", ("service",), "service"),
        Column("duration_s", ("duration",), "seconds"),
        Column("orig_bytes", ("orig_bytes",), "number"),
        Column("resp_bytes", ("resp_bytes",), "number"),
        Column("conn_state", ("conn_state",)),
        Column("missed_bytes", ("missed_bytes",), "number"),
        Column("history", ("history",)),
        Column("orig_packets", ("orig_pkts",), "number"),
        Column("resp_packets", ("resp_pkts",), "number"),
        Column("orig_ip_bytes", ("orig_ip_bytes",), "number"),
        Column("resp_ip_bytes", ("resp_ip_bytes",), "number"),
        Column("orig_l2_addr", ("orig_l2_addr",)),
        Column("resp_l2_addr", ("resp_l2_addr",)),
        Column("vlan", ("vlan",), "number"),
        Column("ip_proto", ("ip_proto",)),
        Column("label", ("label", "Label"), "label"),
        Column(
            "label_detail",
            ("detailedlabel", "detailed-label", "detailed_label", "DetailedLabel"),
            "label",
        ),
    ),
)

DNS = Log(
    "dns",
    "dns",
    (("query", "qtype_name"), ("query", "qtype"), ("query", "trans_id"), ("qclass_name",)),
    (
        *ENDS,
        Column("proto", ("proto",), "transport"),
        Column("trans_id", ("trans_id",), "number"),
        Column("query", ("query",), "query"),
        Column("qtype", ("qtype_name", "qtype"), "qtype"),
        Column("rcode", ("rcode_name", "rcode"), "rcode"),
        Column("answers", ("answers",), "list"),
        Column("ttls_s", ("TTLs",), "seconds_list"),
        Column("rtt_s", ("rtt",), "seconds"),
        Column("rejected", ("rejected",), "flag"),
    ),
    service="dns",
)

SSL = Log(
    "ssl",
    "tls",
    (("cipher",), ("server_name", "established"), ("cert_chain_fps",), ("ssl_history",)),
    (
        *ENDS,
        Column("version", ("version",), "tls_version"),
        Column("cipher", ("cipher",), "cipher"),
        Column("server_name", ("server_name",), "lower"),
        Column("alpn", ("next_protocol",)),
        Column("alpn_offered", ("orig_alpn",), "list"),
        Column("client_ciphers", ("client_ciphers",), "hello_ciphers"),
        Column("resumed", ("resumed",), "flag"),
        Column("established", ("established",), "flag"),
        Column("ja3", ("ja3",)),
        Column("ja3s", ("ja3s",)),
        Column("ja4", ("ja4",)),
        Column("subject", ("subject",)),
        Column("issuer", ("issuer",)),
        Column("cert_sha256", ("cert_chain_fps",), "first"),
        Column("certs", ("cert_chain_fps", "cert_chain_fuids"), "length"),
        Column(NAMED, ("cert_chain_fps", "cert_chain_fuids"), "first"),
    ),
    service="tls",
)

HTTP = Log(
    "http",
    "http",
    (("method", "host"), ("host", "status_code"), ("host", "trans_depth")),
    (
        *ENDS,
        Column("trans_depth", ("trans_depth",), "number"),
        Column("method", ("method",)),
        Column("host", ("host",), "lower"),
        Column("uri", ("uri",)),
        Column("referrer", ("referrer",)),
        Column("version", ("version",)),
        Column("user_agent", ("user_agent",)),
        Column("username", ("username",)),
        Column("request_body_bytes", ("request_body_len",), "number"),
        Column("response_body_bytes", ("response_body_len",), "number"),
        Column("request_mime_type", ("orig_mime_types",), "first"),
        Column("response_mime_type", ("resp_mime_types",), "first"),
        Column("status_code", ("status_code",), "number"),
        Column("status_msg", ("status_msg",)),
    ),
    service="http",
    proto="tcp",
)

SSH = Log(
    "ssh",
    "ssh",
    (("auth_attempts",), ("auth_success", "client"), ("host_key_alg", "kex_alg"), ("hassh",)),
    (
        *ENDS,
        Column("version", ("server", "version"), "ssh_version"),
        Column("client", ("client",), "banner"),
        Column("server", ("server",), "banner"),
        Column("hassh", ("hassh",)),
        Column("hassh_server", ("hasshServer", "hassh_server")),
        Column("auth_success", ("auth_success",), "flag"),
        Column("auth_attempts", ("auth_attempts",), "number"),
    ),
    service="ssh",
    proto="tcp",
)

DHCP = Log(
    "dhcp",
    "dhcp",
    (("msg_types", "mac"), ("mac", "lease_time"), ("client_addr", "server_addr")),
    (
        Column("ts_ns", ("ts",), "time"),
        Column("source_uid", ("uids", "uid"), "first"),
        Column("orig_h", ("client_addr", "id.orig_h"), "address"),
        Column("orig_p", ("id.orig_p",), "number"),
        Column("resp_h", ("server_addr", "id.resp_h"), "address"),
        Column("resp_p", ("id.resp_p",), "number"),
        Column("mac", ("mac",), "lower"),
        Column("msg_types", ("msg_types",), "list"),
        Column("requested_addr", ("requested_addr",), "address"),
        Column("assigned_addr", ("assigned_addr", "assigned_ip"), "address"),
        Column("client_addr", ("client_addr",), "address"),
        Column("server_addr", ("server_addr",), "address"),
        Column("host_name", ("host_name",)),
        Column("domain", ("domain",)),
        Column("vendor_class", ("client_software",)),
        Column("lease_s", ("lease_time",), "seconds"),
    ),
    proto="udp",
    one_end=True,
)

ARP = Log(
    "arp",
    "arp",
    (("operation", "orig_hw"), ("operation", "src_mac"), ("operation", "resp_hw")),
    (
        Column("ts_ns", ("ts",), "time"),
        Column("orig_h", ("orig_h", "id.orig_h"), "address"),
        Column("resp_h", ("resp_h", "id.resp_h"), "address"),
        Column("operation", ("operation",), "lower"),
        Column("src_mac", ("src_mac",), "lower"),
        Column("dst_mac", ("dst_mac",), "lower"),
        Column("orig_mac", ("orig_hw",), "lower"),
        Column("resp_mac", ("resp_hw",), "lower"),
    ),
)

QUIC = Log(
    "quic",
    "quic",
    (("client_initial_dcid",), ("client_scid", "server_scid")),
    (
        *ENDS,
        Column("version", ("version",)),
        Column("server_name", ("server_name",), "lower"),
        Column("alpn_offered", ("client_protocol",), "list"),
    ),
    service="quic",
    proto="udp",
)

LOGS = (
    ARP,
    DHCP,
    QUIC,
    *MORE_LOGS,
    *LOGIN_LOGS,
    *APPLICATION_LOGS,
    X509,
    SSH,
    DNS,
    HTTP,
    SSL,
    CONN,
)
"""All logs that are read; the most telling marks first, where a log's name says nothing."""

BY_NAME = {log.name: log for log in LOGS}

COLUMNS = tuple(
    dict.fromkeys(
        (
            *(theirs for log in LOGS for column in log.columns for theirs in column.theirs),
            *LOSS_COLUMNS,
            *ODDITY_COLUMNS,
            *SPOKEN_OF.values(),
        )
    )
)
"""Every column of any log that is read."""

SERVICES = {
    "ssl": "tls", "krb": "kerberos", "krb_tcp": "kerberos", "spicy_ldap_tcp": "ldap",
    "spicy_ldap_udp": "ldap", "ldap_tcp": "ldap", "ldap_udp": "ldap", "postgresql": "postgres",
    "spicy_ntp": "ntp", "spicy_stun": "stun", "openvpn_udp": "openvpn", "openvpn_tcp": "openvpn",
}  # fmt: skip
"""Zeek's word for a service and ours, where they differ or only a suffix tells the transport."""

CARRIED = ("gssapi", "ntlm", "spnego", "tls")
"""What authenticates or wraps another service; named only where it stands alone."""

QTYPES = {
    "1": "A", "2": "NS", "5": "CNAME", "6": "SOA", "10": "NULL", "12": "PTR", "13": "HINFO",
    "15": "MX", "16": "TXT", "28": "AAAA", "33": "SRV", "35": "NAPTR", "39": "DNAME", "41": "OPT",
    "43": "DS", "46": "RRSIG", "47": "NSEC", "48": "DNSKEY", "50": "NSEC3", "52": "TLSA",
    "64": "SVCB", "65": "HTTPS", "99": "SPF", "252": "AXFR", "255": "ANY", "257": "CAA",
    "*": "ANY",
}  # fmt: skip
"""Types asked for, by number or by a word that differs from ours."""

RCODES = {
    "0": "NOERROR", "1": "FORMERR", "2": "SERVFAIL", "3": "NXDOMAIN", "4": "NOTIMP",
    "5": "REFUSED", "6": "YXDOMAIN", "7": "YXRRSET", "8": "NXRRSET", "9": "NOTAUTH",
    "10": "NOTZONE",
}  # fmt: skip
"""Answer codes by number."""

TLS_VERSIONS = {
    "SSLv2": "SSL2", "SSLv20": "SSL2", "SSLv3": "SSL3", "TLSv10": "TLS1.0", "TLSv11": "TLS1.1",
    "TLSv12": "TLS1.2", "TLSv13": "TLS1.3", "DTLSv10": "DTLS1.0", "DTLSv12": "DTLS1.2",
    "DTLSv13": "DTLS1.3",
}  # fmt: skip
"""Versions of TLS, Zeek's words and ours."""
