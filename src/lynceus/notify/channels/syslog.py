"""Syslog after RFC 5424: what is known as structured data, one sentence as text.

Source: RFC 5424, 6.3 (structured data) and 6.4 (message).
"""

from __future__ import annotations

from pydantic import Field

from lynceus.notify.flat import Value, flat
from lynceus.notify.notice import Notice
from lynceus.notify.syslog_line import SyslogChannel

EXAMPLE_NUMBER = 32473
"""The enterprise number that RFC 5612 keeps for examples; Lynceus has none of its own."""


class Syslog(SyslogChannel):
    """A receiver of syslog."""

    enterprise: int = Field(default=EXAMPLE_NUMBER, ge=1, strict=True)
    """The number in the name of the structured data: `lynceus@32473`."""

    def content(self, notice: Notice) -> tuple[str, str]:
        """All that is known, and the title."""
        told = {name: value for name, value in flat(notice).items() if name != "title"}
        return structured(f"lynceus@{self.enterprise}", told), notice.line


def structured(name: str, values: dict[str, Value]) -> str:
    """An element of structured data; of the characters of a value three are escaped."""
    return f"[{name}{''.join(f' {key}={_quoted(str(v))}' for key, v in values.items())}]"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")
    return f'"{escaped}"'
