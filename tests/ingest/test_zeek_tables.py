from __future__ import annotations

import pytest

from lynceus.ingest.zeek_application_tables import MESSAGES
from lynceus.ingest.zeek_certificates import NAMED, X509
from lynceus.ingest.zeek_columns import _CONVERT as CONVERTERS
from lynceus.ingest.zeek_log import Log
from lynceus.ingest.zeek_tables import BY_NAME, LOGS
from lynceus.records import EVENT_SCHEMAS, FLOW_SCHEMA

NOT_KEPT = {"ip_proto", "command", "outcome"}
"""Columns that only help to fill another."""
JOINED = {"source_uid"}
"""Columns by which an event finds its flow."""


@pytest.mark.parametrize("log", LOGS, ids=lambda log: log.name)
def test_every_column_is_one_of_ours_and_can_be_read(log: Log) -> None:
    schema = FLOW_SCHEMA if log.table == "flows" else EVENT_SCHEMAS[log.table]
    ours = [column.ours for column in log.columns]
    assert len(ours) == len(set(ours))
    if log in MESSAGES:  # rows are made of them; tests/ingest/test_zeek_messages.py
        assert set(ours) - {*schema}
        return
    assert set(ours) <= {*schema, *NOT_KEPT, *JOINED, NAMED}
    assert {column.how for column in log.columns} <= set(CONVERTERS)
    assert "ts_ns" in ours or log is X509, "a certificate has no time of its own"


def test_the_name_is_zeeks() -> None:
    assert set(BY_NAME) == {
        "arp", "conn", "dce_rpc", "dhcp", "dns", "http", "kerberos", "ldap", "ldap_search",
        "mqtt_connect", "ntlm", "quic", "rdp", "smb_files", "smb_mapping", "snmp", "ssh", "ssl",
        "x509", "dnp3", "ftp", "irc", "modbus", "notice", "ntp", "sip", "smtp", "radius", "mysql",
        "rfb",
    }  # fmt: skip
