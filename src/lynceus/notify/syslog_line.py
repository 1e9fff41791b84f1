"""Lines of syslog after RFC 5424, and the channel that sends them by UDP, TCP or TLS."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field

from lynceus.notify.channel import Channel, PemFile
from lynceus.notify.notice import Notice, Said
from lynceus.notify.wire import Wire

SEVERITY = {"critical": 2, "high": 3, "medium": 4, "low": 5, "info": 6}
"""Of the eight that syslog has."""
APP = "lynceus"


class SyslogChannel(Channel):
    """A receiver of syslog lines; what stands in a line is the channel's own."""

    for_people: ClassVar[bool] = False
    most: int = 0
    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=0, ge=0, le=65535, strict=True)
    """0: 514 by UDP and TCP, 6514 by TLS."""
    by: Literal["udp", "tcp", "tls"] = "tls"
    ca: PemFile | None = None
    """Certificates of authorities to trust instead of the usual ones, in PEM."""
    certificate: PemFile | None = None
    """With its key in one PEM file, where the receiver wants to know who sends."""
    timeout_s: float = Field(default=10.0, gt=0, le=60, allow_inf_nan=False)
    facility: int = Field(default=13, ge=0, le=23, strict=True)
    """13 is the log of security."""
    hostname: str = Field(default="-", pattern=r"^[!-~]{1,255}$")
    """Who the lines say they are from."""
    most_bytes: int = Field(default=8192, ge=480, le=65_000, strict=True)
    """A longer line is cut: receivers do so, too, or drop it."""

    @abstractmethod
    def content(self, notice: Notice) -> tuple[str, str]:
        """Structured data and text of the line."""

    def send(self, notice: Notice) -> Said:
        """One line."""
        wire = Wire(
            self.host, self.port or (6514 if self.by == "tls" else 514), self.by,
            timeout_s=self.timeout_s, ca=self.ca, certificate=self.certificate,
        )  # fmt: skip
        return Said(wire.send(self.line(notice)))

    def line(self, notice: Notice) -> bytes:
        """A message as a line without its end."""
        data, text = self.content(notice)
        priority = self.facility * 8 + SEVERITY[notice.severity]
        head = f"<{priority}>1 {notice.at or '-'} {self.hostname} {APP} - {notice.kind} {data} "
        whole = (head + text).encode("utf-8", "replace")
        return whole[: self.most_bytes].decode("utf-8", "ignore").encode()
