"""What would be blocked, and what never: lynceus.respond.firewall."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.respond.firewall import Drop, drops

INSIDE = ["10.0.0.5", "10.0.0.9", "2001:db8:1::5", "2001:db8:1::9"]
OUTSIDE = ["203.0.113.9", "2001:db8:2::1"]


def one(*rows: dict[str, Any], **more: Any) -> Incident:
    [incident] = incidents(frame(*rows), facts=facts(INSIDE, OUTSIDE, **more))
    return incident


def test_an_attacker_outside_is_blocked_as_a_whole() -> None:
    incident = one(finding("brute_force", "203.0.113.9", "10.0.0.9", resp_p=22))
    assert drops(incident) == [Drop(4, src="203.0.113.9")]
    assert "        ip saddr 203.0.113.9 counter drop\n" in incident.queries["nftables"]


def test_a_controller_outside_is_blocked_for_everybody() -> None:
    incident = one(finding("beacon", "10.0.0.5", "203.0.113.9", resp_p=443))
    assert drops(incident) == [Drop(4, dst="203.0.113.9")]


@pytest.mark.parametrize("kind", ["cdn", "cloud", "saas", "resolver"])
def test_a_network_that_many_share_is_cut_off_for_the_one_host_only(kind: str) -> None:
    incident = one(
        finding("exfiltration", "10.0.0.5", "203.0.113.9", resp_p=443),
        **{"203.0.113.9": {"network": "big", "network_kind": kind}},
    )
    assert drops(incident) == [Drop(4, "10.0.0.5", "203.0.113.9", "tcp", 443)]


def test_between_inside_hosts_only_the_one_conversation_is_cut() -> None:
    incident = one(finding("lateral_movement", "10.0.0.5", "10.0.0.9", resp_p=445))
    assert drops(incident) == [Drop(4, "10.0.0.5", "10.0.0.9", "tcp", 445)]
    assert "ip saddr 10.0.0.5 ip daddr 10.0.0.9 tcp dport 445" in incident.queries["nftables"]
    assert "-s 10.0.0.5 -d 10.0.0.9 -p tcp --dport 445" in incident.queries["iptables"]


@pytest.mark.parametrize(
    "row",
    [
        finding("flood", None, "10.0.0.9", resp_p=80),
        finding("arp_scan", "10.0.0.5", None, proto="arp"),
        finding("icmp_sweep", "10.0.0.5", None, proto="icmp", severity="high"),
        finding("dns_tunnel", "10.0.0.5", "10.0.0.9", domain="t.example", resp_p=53),
        finding("unremarkable", "10.0.0.5", "203.0.113.9", resp_p=443),
        finding("beacon", "10.0.0.5", "203.0.113.9", severity="low"),
        finding("horizontal_scan", "10.0.0.5; reboot", None, resp_p=22),
        finding("horizontal_scan", "fe80::1%a{}", None, resp_p=22),
        finding("dhcp_scan", "10.0.0.5", "255.255.255.255", resp_p=67, proto="udp"),
    ],
    ids=lambda row: f"{row['detector']} {row['severity']}",
)
def test_nothing_is_blocked_that_would_harm_or_cannot_be_named(row: dict[str, Any]) -> None:
    incident = one(row)
    assert drops(incident) == []
    for language in ("nftables", "iptables"):
        lines = incident.queries[language].splitlines()
        assert all(line.startswith("#") for line in lines)
        assert "# No rule: " in lines[-1]
        assert incident.id in lines[0]


def test_a_narrower_rule_is_left_out_beside_a_wider_one() -> None:
    rows = [
        finding("lateral_movement", "10.0.0.5", "10.0.0.9", resp_p=445),
        finding("exfiltration", "10.0.0.5", "10.0.0.9", resp_p=None),
    ]
    assert drops(one(*rows)) == [Drop(4, "10.0.0.5", "10.0.0.9")]


def test_both_families_have_their_own_words() -> None:
    rows = [
        finding("lateral_movement", "2001:db8:1::5", "2001:db8:1::9", resp_p=22),
        finding("beacon", "2001:db8:1::5", "2001:db8:2::1"),
    ]
    incident = one(*rows)
    nft, ipt = incident.queries["nftables"], incident.queries["iptables"]
    assert "ip6 saddr 2001:db8:1::5 ip6 daddr 2001:db8:1::9 tcp dport 22" in nft
    assert "ip6 daddr 2001:db8:2::1 counter drop" in nft
    assert "ip6tables -I FORWARD -d 2001:db8:2::1" in ipt
    assert "\niptables" not in ipt


def test_the_rules_are_bounded_and_say_what_they_leave_out() -> None:
    attackers = [f"198.51.{n // 200}.{n % 200}" for n in range(1, 151)]
    rows = [finding("brute_force", a, "10.0.0.9", at_s=n) for n, a in enumerate(attackers)]
    [incident] = incidents(frame(*rows), facts=facts(INSIDE, attackers))
    assert incident.queries["nftables"].count(" drop\n") == 100
    assert "# 50 further addresses are left out" in incident.queries["nftables"]


def test_rules_have_one_grammar() -> None:
    rows = [
        finding("lateral_movement", "10.0.0.5", "10.0.0.9", resp_p=445),
        finding("beacon", "10.0.0.5", "203.0.113.9"),
    ]
    incident = one(*rows)
    rule = re.compile(
        r"        (?:ip6? [sd]addr [0-9a-f.:]+ ){1,2}(?:(?:tcp|udp|sctp) dport \d+ )?counter drop"
    )
    body = [s for s in incident.queries["nftables"].splitlines() if s.startswith("        ")][1:]
    assert body
    assert all(rule.fullmatch(line) for line in body)
    command = re.compile(
        r"ip6?tables -I FORWARD(?: -s [0-9a-f.:]+)?(?: -d [0-9a-f.:]+)?"
        r"(?: -p (?:tcp|udp|sctp) --dport \d+)? \\"
    )
    comment = re.compile(r'    -m comment --comment "lynceus [0-9a-f]{16}" -j DROP')
    lines = [s for s in incident.queries["iptables"].splitlines() if not s.startswith("#")]
    assert all(command.fullmatch(s) for s in lines[::2])
    assert all(comment.fullmatch(s) for s in lines[1::2])


def test_a_hostile_title_stays_within_its_comment() -> None:
    row = finding("beacon", "10.0.0.5", "203.0.113.9", domain="x\nflush ruleset\r\x85; reboot")
    incident = one(row)
    for language in ("nftables", "iptables"):
        assert "\nflush" not in incident.queries[language]
        assert incident.queries[language].isascii()


def test_nft_takes_the_rules(tmp_path: Path) -> None:
    nft = shutil.which("nft")
    if nft is None:
        pytest.skip("nft is not installed")
    incident = one(finding("lateral_movement", "10.0.0.5", "10.0.0.9", resp_p=445))
    rules = tmp_path / "rules"
    rules.write_text(incident.queries["nftables"])
    command = [nft, "-c", "-f", str(rules)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Operation not permitted" in checked.stderr:
        pytest.skip("nft may not be asked here")
    assert checked.returncode == 0, checked.stderr
