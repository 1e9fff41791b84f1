"""Firewall rules in nftables and iptables form: a proposal for a person, nothing is applied.

What is blocked, by direction:

- from outside to inside: the attacker's address, towards everything;
- from inside to outside: the far end for everybody, or, where the far end is a network that many
  share (cloud, content network, resolver ...), only for the host in question;
- inside to inside: the one host towards the one service, never a host as a whole and never a
  server for everybody;
- nothing for what calls for no action (info), and below medium only attackers outside.

Only texts that parse as an address become part of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lynceus.incident import FindingRecord, Incident
from lynceus.records import SEVERITIES
from lynceus.respond.scope import Address, Hosts, address

SHARED = ("cdn", "cloud", "saas", "hosting", "resolver", "open_resolver", "crawler", "parking")
"""Kinds of networks whose addresses many services share."""

MOST = 100
"""Most rules of an incident; the rest is counted in a comment."""

_NOT_ASCII = re.compile(r"[^ -~]")
_PORTED = ("tcp", "udp", "sctp")


@dataclass(frozen=True, order=True)
class Drop:
    """Traffic to drop; what is empty is any."""

    version: int
    src: str = ""
    dst: str = ""
    proto: str = ""
    port: int = -1


def drops(incident: Incident) -> list[Drop]:
    """What to drop, without repetition, in a fixed order."""
    if incident.severity == "info":
        return []
    hosts = Hosts(incident)
    weak = SEVERITIES.index(incident.severity) < SEVERITIES.index("medium")
    found = {drop for f in incident.findings if (drop := _drop(f, hosts, weak)) is not None}
    broad = {d for d in found if d.port < 0 and not (d.src and d.dst)}
    sources, targets = {d.src for d in broad if d.src}, {d.dst for d in broad if d.dst}
    pairs = {(d.src, d.dst) for d in found if d.port < 0}
    narrow = {
        d
        for d in found - broad
        if d.src not in sources
        and d.dst not in targets
        and (d.port < 0 or (d.src, d.dst) not in pairs)
    }
    return sorted(broad | narrow)


def _drop(finding: FindingRecord, hosts: Hosts, weak: bool) -> Drop | None:
    if finding.severity == "info":
        return None
    src, dst = address(finding.orig_h), address(finding.resp_h)
    src_inside, dst_inside = hosts.inside(finding.orig_h), hosts.inside(finding.resp_h)
    if src is not None and src_inside is False:
        return Drop(src.version, src=str(src)) if dst_inside is not False else None
    if weak or src is None or _to_many(dst):
        return None
    if dst is not None and dst_inside is False:
        shared = hosts.network_kind(finding.resp_h) in SHARED
        return _narrow(finding, src, dst) if shared else Drop(dst.version, dst=str(dst))
    if finding.detector == "dns_tunnel":
        return None  # the resolver in between is needed by everybody; the domain is to be blocked
    return _narrow(finding, src, dst)


def _to_many(dst: Address | None) -> bool:
    return dst is not None and (dst.is_multicast or str(dst) == "255.255.255.255")


def _narrow(finding: FindingRecord, src: Address, dst: Address | None) -> Drop | None:
    """One host towards one host or service; never a host as a whole."""
    proto = finding.proto if finding.proto in _PORTED else ""
    port = finding.resp_p if finding.resp_p is not None and proto else -1
    if dst is None and port < 0:
        return None
    return Drop(src.version, str(src), str(dst or ""), proto if port >= 0 else "", port)


def _comment(text: str) -> str:
    """Text of a comment line: printable ASCII, one line."""
    return _NOT_ASCII.sub("?", text)[:160]


def _heading(incident: Incident, rules: int) -> list[str]:
    lines = [f"# Lynceus incident {incident.id}: {_comment(incident.title)}"]
    if rules > MOST:
        lines.append(f"# {rules - MOST} further addresses are left out; see the findings.")
    return lines


def _nothing(incident: Incident) -> str:
    reason = (
        "nothing here calls for blocking"
        if SEVERITIES.index(incident.severity) < SEVERITIES.index("medium")
        else "no single address or service can be blocked without harm; see the actions"
    )
    return "\n".join([*_heading(incident, 0), f"# No rule: {reason}."]) + "\n"


def nftables(incident: Incident, rules: Sequence[Drop]) -> str:
    """A table of its own for `nft -f`; deleting the table undoes it."""
    if not rules:
        return _nothing(incident)
    table = f"lynceus_{_word(incident.id)}"
    body = [f"        {_nft(drop)}" for drop in rules[:MOST]]
    return (
        "\n".join(
            [
                *_heading(incident, len(rules)),
                f"# undo: nft delete table inet {table}",
                f"table inet {table} {{",
                "    chain forward {",
                "        type filter hook forward priority -10; policy accept;",
                *body,
                "    }",
                "}",
            ]
        )
        + "\n"
    )


def _word(text: str) -> str:
    return "".join(c for c in text if c.isascii() and c.isalnum())[:32]


def _nft(drop: Drop) -> str:
    family = "ip" if drop.version == 4 else "ip6"
    parts = [f"{family} saddr {drop.src}" if drop.src else ""]
    parts.append(f"{family} daddr {drop.dst}" if drop.dst else "")
    parts.append(f"{drop.proto} dport {drop.port}" if drop.port >= 0 else "")
    parts.append("counter drop")
    return " ".join(part for part in parts if part)


def iptables(incident: Incident, rules: Sequence[Drop]) -> str:
    """Commands for iptables and ip6tables; with `-D` instead of `-I` they undo it."""
    if not rules:
        return _nothing(incident)
    lines = [*_heading(incident, len(rules)), "# undo: the same lines with -D instead of -I"]
    return "\n".join([*lines, *_iptables_lines(rules[:MOST], incident)]) + "\n"


def _iptables_lines(rules: Iterable[Drop], incident: Incident) -> Iterable[str]:
    for drop in rules:
        parts = ["iptables" if drop.version == 4 else "ip6tables", "-I FORWARD"]
        parts += [f"-s {drop.src}"] if drop.src else []
        parts += [f"-d {drop.dst}"] if drop.dst else []
        parts += [f"-p {drop.proto} --dport {drop.port}"] if drop.port >= 0 else []
        yield " ".join(parts) + " \\"
        yield f'    -m comment --comment "lynceus {_word(incident.id)}" -j DROP'
