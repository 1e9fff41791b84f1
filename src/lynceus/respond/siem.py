"""Queries that find the traffic of an incident again: Splunk SPL, Elastic KQL, Sigma.

Field names are those of Splunk's Common Information Model, the Elastic Common Schema and Sigma's
`firewall` and `dns` categories. Values come from hostile traffic: each is quoted by the rules of
its language.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence

from lynceus.incident import Incident
from lynceus.respond.scope import Scope

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NAMESPACE = uuid.UUID("6c796e63-6575-5000-8000-696e63696465")
_LEVEL = {"info": "informational"}


def spl_text(value: str) -> str:
    """A value in Splunk quotes. Backticks (macros) and control characters become a wildcard."""
    plain = _CONTROL.sub("*", value).replace("`", "*")
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def splunk_spl(wanted: Scope) -> str:
    """Splunk search over the Common Information Model's fields."""
    times = (
        f"earliest={int(wanted.first.timestamp())} latest={int(wanted.last.timestamp())}"
        if wanted.first and wanted.last
        else "earliest=-24h"
    )
    hosts = _all_of(
        (
            _spl_in("src", wanted.origs),
            _spl_in("dest", wanted.resps),
            f"dest_port IN ({', '.join(str(p) for p in wanted.ports)})" if wanted.ports else "",
        )
    )
    names = ""
    if wanted.domains and (wanted.resps or wanted.ports or not wanted.origs):
        either = [f"{f}={spl_text(d)}" for d in wanted.domains for f in ("query", "url_domain")]
        below = [f"query={spl_text('*.' + d)}" for d in wanted.domains]
        names = _all_of((_spl_in("src", wanted.origs), f"({' OR '.join(either + below)})"))
    return (
        f"index=* {times} {_any_of((hosts, names), 'OR')}"
        " | stats count, sum(bytes) AS bytes, dc(dest) AS hosts, min(_time) AS first,"
        " max(_time) AS last BY src, dest_port | sort - count"
    )


def _spl_in(field: str, values: Sequence[str]) -> str:
    return f"{field} IN ({', '.join(spl_text(v) for v in values)})" if values else ""


def _all_of(parts: Iterable[str], word: str = " ") -> str:
    return word.join(part for part in parts if part)


def _any_of(parts: Iterable[str], word: str) -> str:
    some = [part for part in parts if part]
    return some[0] if len(some) == 1 else f" {word} ".join(f"({part})" for part in some)


def kql_text(value: str) -> str:
    """A value in KQL quotes, where only the backslash and the quote have a meaning."""
    plain = _CONTROL.sub(" ", value)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def elastic_kql(wanted: Scope) -> str:
    """KQL over the Elastic Common Schema."""
    origs = _kql_in("source.ip", wanted.origs)
    hosts = _all_of(
        (
            origs,
            _kql_in("destination.ip", wanted.resps),
            f"destination.port: ({' or '.join(str(p) for p in wanted.ports)})"
            if wanted.ports
            else "",
        ),
        " and ",
    )
    fields = (
        "dns.question.name",
        "dns.question.registered_domain",
        "tls.client.server_name",
        "url.domain",
    )
    names = ""
    if wanted.domains and (wanted.resps or wanted.ports or not wanted.origs):
        asked = " or ".join(_kql_in(field, wanted.domains) for field in fields)
        names = _all_of((origs, f"({asked})"), " and ")
    either = _any_of((hosts, names), "or")
    if not wanted.first or not wanted.last:
        return either
    start, end = (t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in (wanted.first, wanted.last))
    times = f'@timestamp >= "{start}" and @timestamp <= "{end}"'
    return f"({either}) and {times}" if either else times


def _kql_in(field: str, values: Sequence[str]) -> str:
    return f"{field}: ({' or '.join(kql_text(v) for v in values)})" if values else ""


def yaml_text(value: str) -> str:
    """A YAML double-quoted scalar in ASCII."""
    if value.isascii() and value.isprintable():
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    out = []
    for character in value:
        code = ord(character)
        if character in '"\\':
            out.append("\\" + character)
        elif 0x20 <= code < 0x7F:
            out.append(character)
        elif 0xD800 <= code <= 0xDFFF:
            out.append("\\uFFFD")
        else:
            out.append(f"\\U{code:08X}" if code > 0xFFFF else f"\\u{code:04X}")
    return '"' + "".join(out) + '"'


def sigma_text(value: str) -> str:
    """A Sigma value without wildcards, as a YAML scalar."""
    return yaml_text(re.sub(r"([\\*?])", r"\\\1", value))


def sigma(incident: Incident, wanted: Scope) -> str:
    """A Sigma rule over firewall logs, or over DNS logs where the names say more."""
    by_name = bool(wanted.domains) and (
        not wanted.names_a_host or any(f.detector == "dns_tunnel" for f in incident.findings)
    )
    tags = [*(f"attack.{t}" for t in incident.tactics)]
    tags += [f"attack.{t.lower()}" for t in incident.techniques]
    lines = [
        f"title: {yaml_text(incident.title[:256])}",
        f"id: {uuid.uuid5(_NAMESPACE, incident.id)}",
        "status: experimental",
        f"description: {yaml_text(f'Traffic of Lynceus incident {incident.id}')}",
        "logsource:",
        f"    category: {'dns' if by_name else 'firewall'}",
        "detection:",
        "    selection:",
        *(_sigma_names(wanted) if by_name else _sigma_hosts(wanted)),
        "    condition: selection",
    ]
    if tags:
        lines += ["tags:", *(f"    - {yaml_text(tag)}" for tag in tags)]
    lines += [
        "falsepositives:",
        *(f"    - {yaml_text(text)}" for text in _harmless(incident)),
        f"level: {_LEVEL.get(incident.severity, incident.severity)}",
    ]
    return "\n".join(lines) + "\n"


def _harmless(incident: Incident) -> list[str]:
    less = [t.split(": ", 1)[1] for t in incident.confidence_changes if t.startswith("Less sure")]
    return less or ["Unknown"]


def _sigma_hosts(wanted: Scope) -> list[str]:
    lines: list[str] = []
    for field, values in (("src_ip", wanted.origs), ("dst_ip", wanted.resps)):
        if values:
            lines += [f"        {field}:", *(f"            - {sigma_text(v)}" for v in values)]
    if wanted.ports:
        lines += ["        dst_port:", *(f"            - {port}" for port in wanted.ports)]
    return lines or ["        src_ip|exists: true"]


def _sigma_names(wanted: Scope) -> list[str]:
    lines = ["        query|endswith:"]
    lines += [f"            - {sigma_text(domain)}" for domain in wanted.domains]
    if wanted.origs:
        lines += ["        src_ip:", *(f"            - {sigma_text(v)}" for v in wanted.origs)]
    return lines
