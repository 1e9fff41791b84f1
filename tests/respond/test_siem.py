"""Queries hold what they should, and nothing that hostile traffic would like: siem and scope."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.respond.scope import Hosts, address, scope
from lynceus.respond.siem import kql_text, sigma_text, spl_text, yaml_text


@pytest.fixture(name="load")
def _load() -> Any:
    """Reads YAML; the test is skipped where PyYAML is not installed."""
    return pytest.importorskip("yaml").safe_load


HOSTILE = (
    '" OR 1=1 | delete index=* | search "',
    'a\\" | outputlookup x.csv "',
    "x`drop_all`y",
    '"\nlevel: critical\n- "',
    "a: b # c\t\x1b[31m\u2028\u202e",
    "evil.example') or (_exists_:*",
    "\U0001f600.example",
    "*",
    "\\",
    "[subsearch]",
    "$token$",
)


def one(*rows: dict[str, Any], **more: Any) -> Incident:
    inside = ["10.0.0.5", "10.0.0.9", "2001:db8::5"]
    [incident] = incidents(frame(*rows), facts=facts(inside, ["203.0.113.9"], **more))
    return incident


def spl_outside_quotes(query: str) -> str:
    return re.sub(r'"(?:[^"\\]|\\.)*"', "Q", query)


def test_queries_name_hosts_ports_and_times() -> None:
    incident = one(
        finding("lateral_movement", "10.0.0.5", "10.0.0.9", at_s=7_200, lasts_s=60, resp_p=445)
    )
    assert set(incident.queries) == {"splunk_spl", "elastic_kql", "sigma", "nftables", "iptables"}
    spl, kql = incident.queries["splunk_spl"], incident.queries["elastic_kql"]
    assert 'src IN ("10.0.0.5") dest IN ("10.0.0.9") dest_port IN (445)' in spl
    assert "earliest=1714525200 latest=1714532460" in spl  # 01:00:00 to 03:01:00
    assert kql == (
        '(source.ip: ("10.0.0.5") and destination.ip: ("10.0.0.9") and destination.port: (445))'
        ' and @timestamp >= "2024-05-01T01:00:00Z" and @timestamp <= "2024-05-01T03:01:00Z"'
    )


def test_undated_queries_look_back_a_day() -> None:
    incident = one(finding("horizontal_scan", "10.0.0.5", at_s=None, resp_p=22))
    assert "earliest=-24h" in incident.queries["splunk_spl"]
    assert incident.queries["elastic_kql"] == 'source.ip: ("10.0.0.5") and destination.port: (22)'


def test_names_are_asked_for_beside_addresses() -> None:
    incident = one(finding("beacon", "10.0.0.5", "203.0.113.9", domain="c2.example", resp_p=443))
    assert 'dns.question.name: ("c2.example")' in incident.queries["elastic_kql"]
    assert 'query="*.c2.example"' in incident.queries["splunk_spl"]
    assert 'dest IN ("203.0.113.9")' in incident.queries["splunk_spl"]


def test_a_tunnel_is_sought_in_the_names(load: Any) -> None:
    incident = one(finding("dns_tunnel", "10.0.0.5", "10.0.0.9", domain="t.example", resp_p=53))
    rule = load(incident.queries["sigma"])
    assert rule["logsource"] == {"category": "dns"}
    assert rule["detection"]["selection"]["query|endswith"] == ["t.example"]


def test_sigma_is_valid_and_complete(load: Any) -> None:
    incident = one(finding("brute_force", "10.0.0.5", "10.0.0.9", resp_p=22))
    rule = load(incident.queries["sigma"])
    assert rule["title"] == incident.title
    assert rule["level"] == "high"
    assert rule["tags"] == ["attack.credential-access", "attack.t1110"]
    assert rule["detection"] == {
        "selection": {"src_ip": ["10.0.0.5"], "dst_ip": ["10.0.0.9"], "dst_port": [22]},
        "condition": "selection",
    }
    assert uuid.UUID(rule["id"]).version == 5


def test_a_value_that_not_every_finding_names_is_left_open() -> None:
    rows = [
        finding("horizontal_scan", "10.0.0.5", None, resp_p=22),
        finding("brute_force", "10.0.0.5", "10.0.0.9", resp_p=22),
    ]
    assert scope(one(*rows)).resps == ()
    assert scope(one(*rows)).ports == (22,)


def test_too_many_values_are_left_open_not_cut() -> None:
    rows = [
        finding("brute_force", f"198.51.100.{n}", "10.0.0.9", at_s=n, resp_p=22)
        for n in range(1, 120)
    ]
    known = facts(["10.0.0.9"], [f"198.51.100.{n}" for n in range(1, 120)])
    [incident] = incidents(frame(*rows), facts=known)
    assert scope(incident).origs == ()
    assert "198.51.100" not in incident.queries["splunk_spl"]
    assert 'dest IN ("10.0.0.9")' in incident.queries["splunk_spl"]


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_stay_values_in_the_query_languages(evil: str) -> None:
    for detector in ("beacon", "dns_tunnel"):
        plain = one(finding(detector, "10.0.0.5", "203.0.113.9", domain="plain", resp_p=443))
        incident = one(finding(detector, "10.0.0.5", "203.0.113.9", domain=evil, resp_p=443))
        for language in ("splunk_spl", "elastic_kql"):
            query = incident.queries[language]
            assert spl_outside_quotes(query) == spl_outside_quotes(plain.queries[language])
            assert "\n" not in query
        assert "`" not in incident.queries["splunk_spl"]
        for name in ("nftables", "iptables"):
            same = incident.queries[name].replace(incident.id, plain.id)
            assert rules(same) == rules(plain.queries[name])


@pytest.mark.parametrize("evil", HOSTILE)
def test_hostile_names_stay_values_in_sigma(evil: str, load: Any) -> None:
    for detector in ("beacon", "dns_tunnel"):
        plain = one(finding(detector, "10.0.0.5", "203.0.113.9", domain="plain", resp_p=443))
        incident = one(finding(detector, "10.0.0.5", "203.0.113.9", domain=evil, resp_p=443))
        rule, expected = load(incident.queries["sigma"]), load(plain.queries["sigma"])
        assert set(rule) == set(expected)
        assert rule["title"] == incident.title[:256]
        assert rule["level"] == expected["level"]


def rules(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


@given(st.text())
@example('a"b\\')
@example("\x85\x00\ud800")
def test_quoting_closes_where_it_should(value: str) -> None:
    for quoted in (spl_text(value), kql_text(value)):
        assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', quoted)
        assert not re.search(r"[\x00-\x1f]", quoted)


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("\U0001f600\u2028\x85\x1b")
def test_yaml_text_is_read_back_as_it_was(value: str) -> None:
    load = pytest.importorskip("yaml").safe_load
    assert load(yaml_text(value)) == value
    assert re.sub(r"\\([\\*?])", r"\1", load(sigma_text(value))) == value
    assert yaml_text(value).isascii()


@given(st.text())
def test_only_an_address_is_an_address(value: str) -> None:
    parsed = address(value)
    assert parsed is None or re.fullmatch(r"[0-9a-f.:]+", str(parsed))


def test_a_zone_is_no_part_of_an_address() -> None:
    assert address("fe80::1%eth0;reboot") is None
    assert address("10.0.0.1/8") is None
    assert str(address("2001:DB8::1")) == "2001:db8::1"
    assert address(None) is None


def test_what_is_known_of_hosts() -> None:
    incident = one(
        finding("beacon", "10.0.0.5", "203.0.113.9"),
        **{"203.0.113.9": {"network": "example", "network_kind": "cdn"}},
    )
    hosts = Hosts(incident)
    assert (hosts.inside("10.0.0.5"), hosts.inside("203.0.113.9")) == (True, False)
    assert hosts.inside("192.0.2.1") is None
    assert hosts.network_kind("203.0.113.9") == "cdn"
    assert hosts.network_kind(None) == ""
