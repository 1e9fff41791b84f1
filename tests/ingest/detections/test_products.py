"""Detections of other products: `darktrace`, `vectra`, `guardduty`, `qradar`, `cylance`."""

from __future__ import annotations

import json
from typing import Any

import pytest

AT_NS = 1_714_557_600 * 10**9
AT_MS = AT_NS // 10**6

BREACH = {
    "pbid": 4711, "time": AT_MS, "creationTime": AT_MS + 5000, "score": 0.87,
    "model": {
        "then": {"name": "Device::Old Name", "uuid": "u1", "priority": 4, "category": "Suspicious"},
        "now": {"name": "Device::Attack Tools", "uuid": "u1", "priority": 4,
                "category": "Suspicious", "description": "A device uses tools.",
                "mitre": {"tactics": ["discovery"], "techniques": ["T1046", "T1018"]}},
    },
    "triggeredComponents": [{"ip": "198.51.100.7/32", "port": 443, "protocol": "TCP"}],
    "device": {"did": 16, "ip": "10.0.0.5", "hostname": "desk-12"}, "log_type": "modelbreaches",
}  # fmt: skip
ANALYST = {
    "summariser": "BruteforceSummary", "createdAt": AT_MS, "title": "Possible bruteforce",
    "id": "dc5f", "aiaScore": 85.5, "groupCategory": "suspicious", "summary": "Many attempts.",
    "mitreTactics": ["credential-access"],
    "breachDevices": [{"hostname": "SaaS::AzureAD: ann@example.com", "ip": None, "did": 2635}],
}  # fmt: skip
VECTRA = {
    "version": "6.12", "detection_id": 13281, "category": "COMMAND & CONTROL", "severity": 6.0,
    "threat": 60, "certainty": 72, "d_type": "hidden_http_tunnel_cnc",
    "d_type_vname": "Hidden HTTP Tunnel", "headend_addr": "192.0.2.1", "dvchost": "brain-1",
    "dd_dst_ip": "198.51.100.7", "dd_dst_port": 8002, "dd_dst_dns": "", "dd_bytes_sent": 1476677,
    "dd_bytes_rcvd": 8269214038, "host_name": "desk-12", "host_ip": "10.0.0.5", "dd_proto": "tcp",
    "vectra_timestamp": str(AT_NS // 10**9), "mitre": ["T1071"],
}  # fmt: skip
GUARDDUTY = {
    "schemaVersion": "2.0", "region": "eu-west-2", "id": "ae7f", "severity": 8,
    "type": "Backdoor:EC2/C&CActivity.B", "title": "Talks to a command and control server.",
    "description": "The instance talks to one.", "updatedAt": "2024-05-01T10:00:00.000Z",
    "resource": {"instanceDetails": {"instanceId": "i-99", "networkInterfaces": [
        {"privateIpAddress": "10.0.0.5"}]}},
    "service": {
        "detectorId": "4b85", "resourceRole": "ACTOR",
        "action": {"actionType": "NETWORK_CONNECTION", "networkConnectionAction": {
            "connectionDirection": "OUTBOUND", "protocol": "TCP", "blocked": False,
            "localIpDetails": {"ipAddressV4": "10.0.0.5"}, "localPortDetails": {"port": 39677},
            "remoteIpDetails": {"ipAddressV4": "198.51.100.7"},
            "remotePortDetails": {"port": 443}}},
    },
}  # fmt: skip
OFFENCE = {
    "id": 77, "description": "Multiple login failures\n preceded by a scan\n", "severity": 7,
    "magnitude": 5, "status": "OPEN", "start_time": AT_MS - 9000, "last_updated_time": AT_MS,
    "offense_type": 0, "offense_source": "203.0.113.9", "event_count": 412,
    "categories": ["Authentication"], "rules": [{"id": 100205, "type": "CRE_RULE"}],
    "log_sources": [{"name": "fw-1", "type_name": "x", "id": 1}],
}  # fmt: skip
THREAT = (
    "May  1 10:00:00 sysloghost CylancePROTECT: Event Type: Threat, Event Name: threat_found, "
    "Device Name: desk-12, IP Address: (10.0.0.5), File Name: bad.exe, Path: c:\\x, SHA256: AB12, "
    "Status: Quarantined, Cylance Score: 100, Found Date: 5/1/2024 10:00:00 PM, "
    "Threat Classification: Malware - Virus"
)
API = {
    "PhoneticId": "CAFE-01", "DetectionDescription": "Office starts a shell", "Severity": "High",
    "OccurrenceTime": "2024-05-01T10:00:00Z", "Device": {"Name": "desk-12"}, "Status": "New",
}  # fmt: skip


def alert(whole: Any, line: str) -> dict[str, Any]:
    batch, account = whole(line + "\n")
    assert account.dropped == {}
    (told,) = batch.events["alert"].to_dicts()
    assert batch.flows.is_empty()
    return dict(told)


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "darktrace breach": (json.dumps(BREACH), {
        "product": "darktrace", "ts_ns": AT_NS, "alert_id": "4711",
        "signature": "Device::Attack Tools", "severity": "4", "score": 0.87,
        "category": "Suspicious", "orig_h": "10.0.0.5", "resp_h": "198.51.100.7", "resp_p": 443,
        "proto": "tcp", "hostname": "desk-12", "tactic": "discovery",
        "techniques": ["T1046", "T1018"]}),
    "darktrace analyst": (json.dumps(ANALYST), {
        "product": "darktrace", "ts_ns": AT_NS, "signature": "Possible bruteforce", "score": 85.5,
        "severity": "suspicious", "username": "ann@example.com", "hostname": None,
        "tactic": "credential-access"}),
    "vectra by syslog": ("May  1 10:00:00 brain -: " + json.dumps(VECTRA), {
        "product": "vectra", "ts_ns": AT_NS, "signature": "Hidden HTTP Tunnel", "severity": "6",
        "signature_id": "hidden_http_tunnel_cnc", "score": 60.0, "orig_h": "10.0.0.5",
        "resp_h": "198.51.100.7", "resp_p": 8002, "proto": "tcp", "orig_bytes": 1476677,
        "resp_bytes": 8269214038, "hostname": "desk-12", "sensor": "brain-1",
        "tactic": "command-and-control", "techniques": ["T1071"]}),
    "guardduty": (json.dumps(GUARDDUTY), {
        "product": "guardduty", "ts_ns": AT_NS, "signature": "Backdoor:EC2/C&CActivity.B",
        "severity": "8", "orig_h": "10.0.0.5", "orig_p": 39677, "resp_h": "198.51.100.7",
        "resp_p": 443, "action": "allowed", "attacker_h": "10.0.0.5", "victim_h": None,
        "tactic": "command-and-control", "hostname": "i-99"}),
    "guardduty by eventbridge": (
        json.dumps({"source": "aws.guardduty", "id": "other", "region": "x", "detail": GUARDDUTY}),
        {"alert_id": "ae7f", "signature": "Backdoor:EC2/C&CActivity.B", "sensor": "eu-west-2"}),
    "qradar": (json.dumps(OFFENCE), {
        "product": "qradar", "ts_ns": AT_NS, "alert_id": "77", "severity": "7", "score": 5.0,
        "signature": "Multiple login failures preceded by a scan", "orig_h": "203.0.113.9",
        "resp_h": None, "category": "Authentication", "action": "OPEN", "sensor": "fw-1"}),
    "qradar user": (json.dumps(OFFENCE | {"offense_type": 3, "offense_source": "ann"}), {
        "orig_h": None, "username": "ann"}),
    "cylance by syslog": (THREAT, {
        "product": "cylance", "ts_ns": AT_NS + 12 * 3600 * 10**9,
        "signature": "Malware - Virus", "signature_id": "threat_found", "orig_h": "10.0.0.5",
        "hostname": "desk-12", "score": 100.0, "action": "Quarantined", "message": "bad.exe"}),
    "cylance api": (json.dumps(API), {
        "product": "cylance", "ts_ns": AT_NS, "signature": "Office starts a shell",
        "severity": "High", "hostname": "desk-12", "alert_id": "CAFE-01"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_reads(whole: Any, name: str) -> None:
    line, expected = CASES[name]
    told = alert(whole, line)
    assert {key: told[key] for key in expected} == expected


def test_a_page_of_the_api_is_several_lines_and_all_are_read(whole: Any) -> None:
    pages = json.dumps([OFFENCE, OFFENCE | {"id": 78}], indent=2)
    batch, _ = whole(pages)
    assert batch.events["alert"]["alert_id"].to_list() == ["77", "78"]


def test_a_port_probe_is_named_by_its_far_end(whole: Any) -> None:
    probe = {"portProbeDetails": [{
        "localPortDetails": {"port": 80}, "localIpDetails": {"ipAddressV4": "10.0.0.5"},
        "remoteIpDetails": {"ipAddressV4": "203.0.113.9"}}], "blocked": False}  # fmt: skip
    service = {"detectorId": "x", "resourceRole": "TARGET",
               "action": {"actionType": "PORT_PROBE", "portProbeAction": probe}}  # fmt: skip
    told = alert(whole, json.dumps(GUARDDUTY | {"service": service}))
    assert (told["orig_h"], told["resp_h"], told["resp_p"]) == ("203.0.113.9", "10.0.0.5", 80)
    assert (told["attacker_h"], told["victim_h"]) == ("203.0.113.9", "10.0.0.5")


def test_what_the_products_tell_of_themselves_is_no_alert(whole: Any) -> None:
    audit = {"user": "admin", "role": "Super Admin", "source_ip": "192.0.2.9", "result": "success",
             "headend_addr": "192.0.2.1", "message": "edit triage filter",
             "vectra_timestamp": "1714557600"}  # fmt: skip
    console = THREAT.replace("Event Type: Threat, Event Name: threat_found",
                             "Event Type: AuditLog, Event Name: LoginSuccess")  # fmt: skip
    batch, _ = whole(f"-: {json.dumps(audit)}\n{console}\n")
    assert "alert" not in batch.events
    assert batch.events["device_log"]["username"].to_list()[0] == "admin"


def test_all_products_in_one_stream_and_broken_json(whole: Any) -> None:
    lines = [line for line, _ in CASES.values()]
    batch, account = whole("\n".join([*lines, '{"pbid": 1, "score": 0.5, "device": ', ""]))
    assert batch.events["alert"].height == len(lines)
    assert account.balanced
