"""CEF, the Common Event Format of ArcSight, in lines of syslog.

In the header `\\` and `|` are escaped, in the extension `\\`, `=` and the ends of lines. Source:
Micro Focus Security ArcSight Common Event Format, implementation standard, version 26.
"""

from __future__ import annotations

from collections.abc import Mapping

from lynceus.notify.flat import Value, address, flat, milliseconds
from lynceus.notify.notice import Notice, cut
from lynceus.notify.syslog_line import SyslogChannel

SEVERITY = {"info": 1, "low": 3, "medium": 6, "high": 8, "critical": 10}
NAME, MESSAGE, TEXT = 512, 1023, 4000
"""Most characters of the name, of `msg` and of a text of one's own."""


class Cef(SyslogChannel):
    """A receiver of CEF: ArcSight and others."""

    def content(self, notice: Notice) -> tuple[str, str]:
        """The line's text alone."""
        return "-", cef(notice)


def cef(notice: Notice) -> str:
    """A message as one line of CEF."""
    told = flat(notice)
    event = str(told.get("detector", notice.kind))
    header = ("Lynceus", "Lynceus", "1", event, cut(notice.title, NAME))
    escaped = "|".join(_header(part) for part in header)
    return f"CEF:0|{escaped}|{SEVERITY[notice.severity]}|{extension(_fields(notice, told))}"


def _fields(notice: Notice, told: Mapping[str, Value]) -> dict[str, Value]:
    fields: dict[str, Value | None] = {
        "rt": notice.at_ns // 1_000_000,
        "externalId": told["incident"],
        "cat": told.get("tactics"),
        "msg": cut(str(told.get("summary", notice.title)), MESSAGE),
        "outcome": told["status"],
        "cnt": told["incidents"],
        "start": milliseconds(told.get("first_seen")),
        "end": milliseconds(told.get("last_seen")),
        **_end(told.get("orig_h"), "src", "shost", "c6a2", "Source IPv6 Address"),
        **_end(told.get("resp_h"), "dst", "dhost", "c6a3", "Destination IPv6 Address"),
        "dpt": told.get("resp_p"),
        "proto": str(told.get("proto", "")).upper(),
        "app": told.get("service"),
        "destinationDnsDomain": told.get("domain"),
        "suser": told.get("said_by"),
        "cs1Label": "key", "cs1": told["key"],
        "cs2Label": "site", "cs2": told["site"],
        "cs3Label": "techniques", "cs3": told.get("techniques"),
        "cs4Label": "hosts", "cs4": cut(str(told.get("hosts", "")), TEXT),
        "cs5Label": "action", "cs5": cut(str(told.get("action", "")), TEXT),
        "cs6Label": "kind", "cs6": told["kind"],
        "cfp1Label": "score", "cfp1": told["score"],
        "cfp2Label": "confidence", "cfp2": told.get("confidence"),
    }  # fmt: skip
    known = {name: value for name, value in fields.items() if value not in (None, "")}
    return {n: v for n, v in known.items() if not n.endswith("Label") or n[:-5] in known}


def _end(host: object, ipv4: str, other: str, ipv6: str, label: str) -> dict[str, Value | None]:
    """A host in the field that its kind has."""
    known = address(host)
    if known is None:
        return {other: str(host) if host else None}
    if ":" in known:
        return {f"{ipv6}Label": label, ipv6: known}
    return {ipv4: known}


def extension(fields: Mapping[str, Value]) -> str:
    """The part after the header: names and escaped values."""
    return " ".join(f"{name}={_value(str(value))}" for name, value in fields.items())


def _header(text: str) -> str:
    one_line = text.replace("\r", " ").replace("\n", " ")
    return one_line.replace("\\", "\\\\").replace("|", "\\|")


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r", "\\r").replace("\n", "\\n")
