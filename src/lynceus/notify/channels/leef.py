"""LEEF 2.0, the Log Event Extended Format of IBM QRadar, in lines of syslog.

Attributes are parted by tabs. LEEF has no way to escape one, so what would part becomes a blank.
Source: IBM QRadar, "LEEF event components" and "Predefined LEEF event attributes".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lynceus.moments import moment
from lynceus.notify.flat import Value, address, flat
from lynceus.notify.notice import Notice
from lynceus.notify.syslog_line import SyslogChannel

SEVERITY = {"info": 1, "low": 3, "medium": 6, "high": 8, "critical": 10}
TIME_FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSSZ"
_PARTS = re.compile(r"[\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]")
OWN = ("key", "kind", "incident", "site", "title", "status", "score", "confidence", "summary",
       "techniques", "tactics", "hosts", "domain", "service", "action", "incidents",
       "first_seen", "last_seen")  # fmt: skip
"""What LEEF has no name for."""


class Leef(SyslogChannel):
    """A receiver of LEEF: QRadar."""

    def content(self, notice: Notice) -> tuple[str, str]:
        """The line's text alone."""
        return "-", leef(notice)


def leef(notice: Notice) -> str:
    """A message as one line of LEEF."""
    told = flat(notice)
    event = _NOT_PLAIN.sub("_", str(told.get("detector", notice.kind)))
    return f"LEEF:2.0|Lynceus|Lynceus|1|{event}|x09|{attributes(_fields(notice, told))}"


def _fields(notice: Notice, told: Mapping[str, Value]) -> dict[str, Value | None]:
    when = moment(notice.at_ns)
    stamp = f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}+0000" if when else None
    return {
        "devTime": stamp,
        "devTimeFormat": TIME_FORMAT if stamp else None,
        "cat": told.get("tactics", told["kind"]),
        "sev": SEVERITY[notice.severity],
        "src": address(told.get("orig_h")),
        "dst": address(told.get("resp_h")),
        "dstPort": told.get("resp_p"),
        "proto": str(told["proto"]).upper() if "proto" in told else None,
        "usrName": told.get("said_by"),
        **{f"lynceus_{name}": told.get(name) for name in OWN},
    }


def attributes(fields: Mapping[str, Value | None]) -> str:
    """Names and values, parted by tabs."""
    known = {name: value for name, value in fields.items() if value not in (None, "")}
    return "\t".join(f"{name}={_PARTS.sub(' ', str(value))}" for name, value in known.items())
