"""Zeek's logs of applications, clocks and controllers, and its notices. Data, no code."""

from __future__ import annotations

from lynceus.ingest.zeek_log import ENDS, Column, Log

FTP = Log(
    "ftp",
    "ftp",
    (("data_channel.passive",), ("reply_code", "reply_msg", "command")),
    (
        *ENDS,
        Column("user", ("user",)),
        Column("password_seen", ("password",), "told_once"),
        Column("command", ("command",)),
        Column("arg", ("arg",)),
        Column("reply_code", ("reply_code",), "number"),
        Column("reply_msg", ("reply_msg",)),
        Column("cwd", ("cwd",)),
        Column("file_size_bytes", ("file_size",), "number"),
        Column("data_channel_passive", ("data_channel.passive",), "flag"),
        Column("data_channel_resp_h", ("data_channel.resp_h",), "address"),
        Column("data_channel_resp_p", ("data_channel.resp_p",), "number"),
    ),
    service="ftp",
    proto="tcp",
)

SMTP = Log(
    "smtp",
    "smtp",
    (("helo", "mailfrom"), ("helo", "last_reply")),
    (
        *ENDS,
        Column("trans_depth", ("trans_depth",), "number"),
        Column("helo", ("helo",)),
        Column("mailfrom", ("mailfrom",), "mailbox"),
        Column("rcptto", ("rcptto",), "mailboxes"),
        Column("date", ("date",)),
        Column("from", ("from",)),
        Column("to", ("to",), "mailboxes"),
        Column("cc", ("cc",), "mailboxes"),
        Column("reply_to", ("reply_to",)),
        Column("msg_id", ("msg_id",)),
        Column("subject", ("subject",)),
        Column("x_originating_ip", ("x_originating_ip",)),
        Column("user_agent", ("user_agent",)),
        Column("last_reply", ("last_reply",)),
        Column("tls", ("tls",), "flag"),
    ),
    service="smtp",
    proto="tcp",
)

SIP = Log(
    "sip",
    "sip",
    (("call_id", "request_from"), ("call_id", "seq")),
    (
        *ENDS,
        Column("method", ("method",)),
        Column("uri", ("uri",)),
        Column("request_from", ("request_from",)),
        Column("request_to", ("request_to",)),
        Column("response_to", ("response_to",)),
        Column("call_id", ("call_id",)),
        Column("seq", ("seq",)),
        Column("subject", ("subject",)),
        Column("user_agent", ("user_agent",)),
        Column("status_code", ("status_code",), "number"),
        Column("status_msg", ("status_msg",)),
        Column("content_type", ("content_type",)),
        Column("request_body_bytes", ("request_body_len",), "number"),
        Column("response_body_bytes", ("response_body_len",), "number"),
    ),
    service="sip",
    proto="udp",
)

NTP = Log(
    "ntp",
    "ntp",
    (("stratum", "ref_id"), ("root_delay", "xmt_time")),
    (
        *ENDS,
        Column("version", ("version",), "number"),
        Column("mode", ("mode",)),
        Column("stratum", ("stratum",), "number"),
        Column("ref_id", ("ref_id",)),
        Column("asked_ns", ("org_time",), "time"),
        Column("told_ns", ("xmt_time",), "time"),
    ),
    service="ntp",
    proto="udp",
)

IRC = Log(
    "irc",
    "irc",
    (("nick", "command"), ("nick", "dcc_file_name")),
    (
        *ENDS,
        Column("nick", ("nick",)),
        Column("user", ("user",)),
        Column("command", ("command",)),
        Column("value", ("value",)),
        Column("file", ("dcc_file_name",)),
    ),
    service="irc",
    proto="tcp",
)

MODBUS = Log(
    "modbus",
    "modbus",
    (("unit", "func", "tid"), ("func", "exception"), ("func", "pdu_type")),
    (
        *ENDS,
        Column("unit", ("unit",), "number"),
        Column("func", ("func",)),
        Column("kind", ("pdu_type",)),
        Column("fault", ("exception",)),
    ),
    service="modbus",
    proto="tcp",
)

DNP3 = Log(
    "dnp3",
    "dnp3",
    (("fc_request",), ("fc_reply",)),
    (
        *ENDS,
        Column("asked", ("fc_request",)),
        Column("answered", ("fc_reply",)),
        Column("indications", ("iin",)),
    ),
    service="dnp3",
)

NOTICE = Log(
    "notice",
    "alert",
    (("note",),),
    (
        *ENDS,
        Column("proto", ("proto",), "transport"),
        Column("product", ("note",), "by_zeek"),
        Column("signature", ("note",)),
        Column("category", ("note",), "module"),
        Column("severity", ("note",), "weight"),
        Column("message", ("msg",)),
    ),
    one_end=True,
)
"""What Zeek's policies report; which of it, and between whom, `zeek_notices.py` says."""

SPOKEN_OF = {"id.orig_h": "src", "id.resp_h": "dst", "id.resp_p": "p"}
"""Where a notice names its ends that is of no single connection."""

MESSAGES = (IRC, MODBUS, DNP3, NTP)
"""Logs of single messages, of which `zeek_messages.py` makes our rows."""

APPLICATION_LOGS = (FTP, SIP, *MESSAGES, SMTP, NOTICE)
"""The most telling marks first."""
