"""Zeek's logs of Windows and of management protocols, column by column. Data, no code."""

from __future__ import annotations

from lynceus.ingest.zeek_log import ENDS, Column, Log

KERBEROS = Log(
    "kerberos",
    "kerberos",
    (("request_type", "client"), ("request_type", "service"), ("till", "forwardable")),
    (
        *ENDS,
        Column("request_type", ("request_type",)),
        Column("client", ("client",), "principal"),
        Column("realm", ("client",), "realm"),
        Column("service", ("service",)),
        Column("success", ("success",), "flag"),
        Column("error_msg", ("error_msg",)),
        Column("error_code", ("error_code",), "number"),
        Column("cipher", ("cipher",), "lower"),
        Column("forwardable", ("forwardable",), "flag"),
        Column("renewable", ("renewable",), "flag"),
        Column("till_ns", ("till",), "time"),
    ),
    service="kerberos",
)

NTLM = Log(
    "ntlm",
    "ntlm",
    (
        ("server_nb_computer_name",),
        ("server_dns_computer_name",),
        ("username", "hostname", "domainname"),
    ),
    (
        *ENDS,
        Column("username", ("username",)),
        Column("hostname", ("hostname",)),
        Column("domainname", ("domainname",)),
        Column("server_nb_computer_name", ("server_nb_computer_name",)),
        Column("server_dns_computer_name", ("server_dns_computer_name",)),
        Column("server_tree_name", ("server_tree_name",)),
        Column("success", ("success",), "flag"),
        Column("status", ("status",)),
    ),
    proto="tcp",
)

DCE_RPC = Log(
    "dce_rpc",
    "dce_rpc",
    (("endpoint", "operation"), ("named_pipe", "operation")),
    (
        *ENDS,
        Column("rtt_s", ("rtt",), "seconds"),
        Column("named_pipe", ("named_pipe",), "pipe"),
        Column("endpoint", ("endpoint",)),
        Column("operation", ("operation",), "unless_unknown"),
        Column("opnum", ("operation",), "unknown_number"),
    ),
    service="dce_rpc",
)

SMB_MAPPING = Log(
    "smb_mapping",
    "smb_mapping",
    (("share_type",), ("native_file_system",)),
    (
        *ENDS,
        Column("path", ("path",)),
        Column("service", ("service",)),
        Column("native_file_system", ("native_file_system",)),
        Column("share_type", ("share_type",)),
    ),
    service="smb",
    proto="tcp",
)

SMB_FILES = Log(
    "smb_files",
    "smb_files",
    (("action", "name", "size"), ("action", "prev_name"), ("action", "times.modified")),
    (
        *ENDS,
        Column("action", ("action",)),
        Column("path", ("path",)),
        Column("name", ("name",)),
        Column("prev_name", ("prev_name",)),
        Column("size_bytes", ("size",), "number"),
    ),
    service="smb",
    proto="tcp",
)

RDP = Log(
    "rdp",
    "rdp",
    (("security_protocol",), ("client_build",), ("result", "cert_count")),
    (
        *ENDS,
        Column("cookie", ("cookie",)),
        Column("result", ("result",)),
        Column("security_protocol", ("security_protocol",)),
        Column("client_channels", ("client_channels",), "list"),
        Column("keyboard_layout", ("keyboard_layout",), "layout"),
        Column("client_build", ("client_build",)),
        Column("client_name", ("client_name",)),
        Column("client_dig_product_id", ("client_dig_product_id",)),
        Column("desktop_width", ("desktop_width",), "number"),
        Column("desktop_height", ("desktop_height",), "number"),
        Column("encryption_level", ("encryption_level",)),
        Column("encryption_method", ("encryption_method",)),
    ),
    service="rdp",
    proto="tcp",
)

SNMP = Log(
    "snmp",
    "snmp",
    (("get_requests",), ("get_bulk_requests",)),
    (
        *ENDS,
        Column("version", ("version",)),
        Column("community", ("community",), "community"),
        Column("get_requests", ("get_requests",), "number"),
        Column("get_bulk_requests", ("get_bulk_requests",), "number"),
        Column("get_responses", ("get_responses",), "number"),
        Column("set_requests", ("set_requests",), "number"),
        Column("display_string", ("display_string",)),
    ),
    service="snmp",
    proto="udp",
)

MQTT = Log(
    "mqtt_connect",
    "mqtt",
    (("connect_status",), ("proto_name", "proto_version")),
    (
        *ENDS,
        Column("proto_version", ("proto_version",)),
        Column("client_id", ("client_id",)),
        Column("will_topic", ("will_topic",)),
        Column("connect_status", ("connect_status",)),
    ),
    service="mqtt",
    proto="tcp",
)

LDAP_SEARCH = Log(
    "ldap_search",
    "ldap_search",
    (("message_id", "scope"), ("deref_aliases",), ("message_id", "result_count")),
    (
        *ENDS,
        Column("message_id", ("message_id",), "number"),
        Column("scope", ("scope",)),
        Column("deref_aliases", ("deref_aliases", "deref")),
        Column("base_object", ("base_object", "base_objects")),
        Column("result_count", ("result_count",), "number"),
        Column("result", ("result",)),
        Column("diagnostic_message", ("diagnostic_message",)),
        Column("filter", ("filter",)),
        Column("attributes", ("attributes",), "list"),
    ),
    service="ldap",
)

LDAP = Log(
    "ldap",
    "ldap",
    (("message_id", "opcode"), ("message_id", "argument")),
    (
        *ENDS,
        Column("message_id", ("message_id",), "number"),
        Column("version", ("version",), "number"),
        Column("opcode", ("opcode",)),
        Column("result", ("result",)),
        Column("diagnostic_message", ("diagnostic_message",)),
        Column("object", ("object",)),
        Column("argument", ("argument",), "ldap_argument"),
        Column("password_seen", ("opcode",), "ldap_password"),
    ),
    service="ldap",
)

MORE_LOGS = (
    KERBEROS, NTLM, DCE_RPC, SMB_MAPPING, SMB_FILES, RDP, SNMP, MQTT, LDAP_SEARCH, LDAP,
)  # fmt: skip
"""The most telling marks first."""
