"""What is read of each kind of Suricata's EVE records, its leaves as text. Data, no code.

A key that a version of Suricata does not write is null.
"""

from __future__ import annotations

import polars as pl

TEXT = pl.String()
TEXTS = pl.List(TEXT)


def _struct(*names: str, **nested: pl.DataType) -> pl.Struct:
    return pl.Struct({**dict.fromkeys(names, TEXT), **nested})


TCP = _struct("tcp_flags", "tcp_flags_ts", "tcp_flags_tc", "state", "ts_gap", "tc_gap")
ETHER = _struct("src_mac", "dest_mac", src_macs=TEXTS, dest_macs=TEXTS)
RECORD = _struct("rrname", "rrtype", "ttl", "rdata",
    soa=_struct("mname", "rname", "serial", "refresh", "retry", "expire", "minimum"),
    srv=_struct("priority", "weight", "port", "name"))  # fmt: skip
HASH = _struct("hash")
BANNER = _struct("proto_version", "software_version", hassh=HASH)
CALL = _struct("opnum", "stub_data_size")
INTERFACES = pl.List(_struct("uuid", "ack_result"))
CALLS = _struct("request", "response", "opnum", req=CALL, res=CALL, interfaces=INTERFACES)
LDAP_RESULT = _struct("result_code", "message")
LDAP_DONE = ("bind_response", "modify_response", "add_response", "del_response",
    "mod_dn_response", "compare_response", "extended_response", "search_result_done")  # fmt: skip

GROUPED = ("A", "AAAA", "CNAME", "MX", "NS", "NULL", "PTR", "TXT")
"""Types of DNS answers that are told by type, where the answers themselves are not."""

ENDS = ("ts_ns", "source_uid", "orig_h", "orig_p", "resp_h", "resp_p", "proto", "app_proto")
"""What a record has of its flow once it is typed; of an event the source counts as originator
until its flow tells."""

COMMON: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("timestamp", "flow_id", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "app_proto",
         "community_id", "tx_id", "host", "direction", "icmp_type", "icmp_code"), TEXT),
}  # fmt: skip
"""What every record may carry beside the part that is named like its kind."""

KINDS: dict[str, dict[str, pl.DataType]] = {
    "flow": {
        "app_proto_ts": TEXT, "app_proto_tc": TEXT, "vlan": TEXTS, "ether": ETHER, "tcp": TCP,
        "flow": _struct("pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient",
            "start", "end", "state", "reason"),
    },
    "netflow": {
        "vlan": TEXTS, "ether": ETHER, "tcp": TCP,
        "netflow": _struct("pkts", "bytes", "start", "end"),
    },
    "alert": {
        "alert": _struct("action", "signature_id", "signature", "category", "severity",
            source=_struct("ip"), target=_struct("ip"),
            metadata=pl.Struct({"mitre_tactic_name": TEXTS, "mitre_technique_id": TEXTS})),
        "flow": _struct("src_ip", "src_port", "dest_ip", "dest_port", "bytes_toserver",
            "bytes_toclient"),
    },
    "anomaly": {"anomaly": _struct("type", "event", "layer", "app_proto")},
    "dns": {
        "dns": _struct("version", "type", "id", "rrname", "rrtype", "rcode", "ttl", "rdata",
            queries=pl.List(_struct("rrname", "rrtype")), answers=pl.List(RECORD),
            grouped=pl.Struct(dict.fromkeys(GROUPED, TEXTS))),
    },
    "tls": {
        "tls": _struct("version", "sni", "subject", "issuerdn", "notbefore", "notafter", "ja4",
            "fingerprint", "session_resumed", ja3=HASH, ja3s=HASH, chain=TEXTS,
            subjectaltname=TEXTS, client_alpns=TEXTS, server_alpns=TEXTS),
    },
    "http": {
        "http": _struct("hostname", "url", "http_user_agent", "http_content_type", "http_refer",
            "http_method", "protocol", "status", "length"),
    },
    "ssh": {"ssh": _struct(client=BANNER, server=BANNER)},
    "ftp": {
        "ftp": _struct("command", "command_data", "mode", "dynamic_port", reply=TEXTS,
            completion_code=TEXTS),
    },
    "dhcp": {
        "dhcp": _struct("type", "dhcp_type", "client_mac", "assigned_ip", "client_ip", "hostname",
            "requested_ip", "lease_time", "vendor_class_identifier"),
    },
    "quic": {
        "quic": _struct("version", "sni", "ua", "ja4", ja3=HASH,
            extensions=pl.List(pl.Struct({"name": TEXT, "values": TEXTS}))),
    },
    "krb5": {
        "krb5": _struct("msg_type", "failed_request", "error_code", "cname", "realm", "sname",
            "encryption", "ticket_encryption"),
    },
    "ldap": {
        "ldap": _struct(
            request=_struct("operation", "message_id",
                search_request=_struct("base_object", "scope", "deref_alias", attributes=TEXTS),
                bind_request=_struct("version", "name", sasl=_struct("mechanism")),
                modify_request=_struct("object", changes=pl.List(_struct(
                    "operation", modification=_struct("attribute_type")))),
                add_request=_struct("entry", attributes=pl.List(_struct("name"))),
                del_request=_struct("dn"),
                mod_dn_request=_struct("entry", "new_rdn"),
                compare_request=_struct("entry",
                    attribute_value_assertion=_struct("description")),
                extended_request=_struct("name")),
            responses=pl.List(_struct(
                "operation", "message_id", **dict.fromkeys(LDAP_DONE, LDAP_RESULT)))),
    },
    "rdp": {
        "rdp": _struct("event_type", "cookie", "protocol", "reason", flags=TEXTS, channels=TEXTS,
            client=_struct("build", "client_name", "keyboard_layout", "desktop_width",
                "desktop_height", "id", "product_id")),
    },
    "snmp": {"snmp": _struct("version", "pdu_type", "community", "usm", "error", vars=TEXTS)},
    "mqtt": {
        "mqtt": _struct(
            connect=_struct("protocol_version", "client_id", "username", "password",
                flags=_struct("username", "password"), will=_struct("topic")),
            connack=_struct("return_code"), publish=_struct("topic"),
            subscribe=pl.Struct({"topics": pl.List(_struct("topic"))})),
    },
    "smb": {
        "smb": _struct("dialect", "command", "status", "session_id", "tree_id", "filename",
            "directory", "disposition", "access", "size", "share", "named_pipe", "share_type",
            ntlmssp=_struct("host", "domain", "user"),
            kerberos=_struct("realm"), response=_struct("native_os"),
            service=_struct("request", "response"), rename=_struct("from", "to"), dcerpc=CALLS),
    },
    "dcerpc": {"dcerpc": CALLS},
    "arp": {
        "arp": _struct("opcode", "src_mac", "dest_mac", "src_ip", "dest_ip"),
    },
    "stats": {
        "stats": _struct("uptime", capture=_struct("kernel_packets", "kernel_drops"),
            tcp=_struct("reassembly_gap", "segment_memcap_drop"), flow=_struct("memcap")),
    },
}  # fmt: skip
"""The kinds of records that are read, by `event_type`."""

SERVICES: dict[str, str | None] = {
    "failed": None, "unknown": None, "krb5": "kerberos", "dcerpc": "dce_rpc", "http2": "http",
    "http1": "http", "http_any": "http", "ikev2": "ike", "pgsql": "postgres", "jabber": "xmpp",
    "bittorrent-dht": "bittorrent", "doh2": "doh", "rfb": "vnc",
}  # fmt: skip
"""Suricata's word for a service and ours, where they differ."""

OF_EVENTS = {
    "dns": "dns", "tls": "tls", "http": "http", "ssh": "ssh", "ftp": "ftp", "quic": "quic",
    "kerberos": "kerberos", "ldap": "ldap", "ldap_search": "ldap", "rdp": "rdp", "snmp": "snmp",
    "mqtt": "mqtt", "smb": "smb", "smb_mapping": "smb", "smb_files": "smb",
    "dce_rpc": "dce_rpc", "dhcp": "dhcp",
}  # fmt: skip
"""Service of a flow that is known by an event of a table alone."""

TLS_VERSIONS = {
    "SSLv2": "SSL2", "SSLv3": "SSL3", "TLSv1": "TLS1.0", "TLS 1.0": "TLS1.0", "TLS 1.1": "TLS1.1",
    "TLS 1.2": "TLS1.2", "TLS 1.3": "TLS1.3", "UNDETERMINED": None,
}  # fmt: skip

DIALECTS = {
    "2.02": "2.0.2", "2.10": "2.1", "3.00": "3.0", "3.02": "3.0.2", "3.10": "3.1",
    "3.11": "3.1.1", "unknown": None, "2.??": None, "invalid": None,
}  # fmt: skip

CIPHERS = {
    "arcfour-hmac-md5": "rc4-hmac", "rc4-hmac-md5": "rc4-hmac",
    "arcfour-hmac-md5-56": "rc4-hmac-exp", "rc4-hmac-md5-56": "rc4-hmac-exp",
    "des3-cbc-sha1-kd": "des3-cbc-sha1-kd", "-none-": None, "none": None,
}  # fmt: skip
"""Encryption types of Kerberos, Suricata's words in lower case with hyphens, and ours."""

MQTT_VERSIONS = {"3": "3.1", "4": "3.1.1", "5": "5.0"}

MQTT_ANSWERS = {
    "0": "Connection Accepted", "1": "Refused: unacceptable protocol version",
    "2": "Refused: identifier rejected", "3": "Refused: server unavailable",
    "4": "Refused: bad user name or password", "5": "Refused: not authorized",
    "132": "Refused: unacceptable protocol version", "133": "Refused: identifier rejected",
    "134": "Refused: bad user name or password", "135": "Refused: not authorized",
    "136": "Refused: server unavailable", "137": "Refused: server busy", "138": "Refused: banned",
}  # fmt: skip

LDAP_OPERATIONS = {
    "bind_request": "bind", "modify_request": "modify", "add_request": "add",
    "del_request": "delete", "mod_dn_request": "modify DN", "compare_request": "compare",
    "extended_request": "extended",
}  # fmt: skip

LDAP_SCOPES = {
    "base_object": "base", "single_level": "single", "whole_subtree": "tree",
    "subordinate_subtree": "children",
}  # fmt: skip

LDAP_ALIASES = {
    "never_deref_aliases": "never", "never": "never", "deref_in_searching": "searching",
    "deref_finding_base_obj": "finding", "deref_always": "always",
}  # fmt: skip

EXTENDED = {
    "1.3.6.1.4.1.1466.20037": "StartTLS", "1.3.6.1.4.1.4203.1.11.1": "password modify",
    "1.3.6.1.4.1.4203.1.11.3": "whoami", "1.3.6.1.1.8": "cancel",
}  # fmt: skip
