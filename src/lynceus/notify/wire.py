"""One message to a receiver that answers nothing: by UDP, by TCP or TLS with its length before it.

Octet counting is RFC 6587 3.4.1 and RFC 5425. Over a stream the receiver is asked to close by
closing our half; that it does so in order is the only receipt there is.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lynceus.notify.channel import Locked, Unavailable
from lynceus.shown import shown

RECEIPT_S = 2.0
"""So long the receiver has to close; not every one does."""


@dataclass(frozen=True)
class Wire:
    """A way to a receiver."""

    host: str
    port: int
    by: Literal["udp", "tcp", "tls"]
    timeout_s: float = 10.0
    ca: Path | None = None
    certificate: Path | None = None

    def send(self, line: bytes) -> str:
        """Sends a line and gives what can be said of it. Raises `ChannelError`."""
        place = f"{self.host}:{self.port}"
        try:
            return self._datagram(line) if self.by == "udp" else self._stream(line)
        except ssl.SSLCertVerificationError as error:
            reason = f"{place}: its certificate cannot be trusted: {error.verify_message}"
            raise Locked(reason) from None
        except ssl.SSLError as error:
            raise Unavailable(f"{place}: no TLS: {shown(str(error.reason or error))}") from None
        except TimeoutError:
            raise Unavailable(f"{place}: no answer within {self.timeout_s:g} s") from None
        except OSError as error:
            raise Unavailable(f"{place}: {error.strerror or shown(str(error))}") from None

    def _datagram(self, line: bytes) -> str:
        family, kind, protocol, _, address = socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_DGRAM
        )[0]
        with socket.socket(family, kind, protocol) as wire:
            wire.connect(address)
            wire.send(line)
        return f"{len(line)} bytes sent; by UDP nobody says that they came"

    def _stream(self, line: bytes) -> str:
        with socket.create_connection((self.host, self.port), self.timeout_s) as plain:
            if self.by == "tcp":
                return self._counted(plain, line)
            with self._context().wrap_socket(plain, server_hostname=self.host) as wire:
                return self._counted(wire, line)

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
            if self.certificate:
                context.load_cert_chain(self.certificate)
        except (OSError, ssl.SSLError) as error:
            reason = f"{self.ca or self.certificate}: holds no certificate: {error}"
            raise Locked(shown(reason)) from None
        return context

    def _counted(self, wire: socket.socket, line: bytes) -> str:
        wire.sendall(b"%d %b" % (len(line), line))
        wire.settimeout(min(self.timeout_s, RECEIPT_S))
        try:
            if isinstance(wire, ssl.SSLSocket):
                wire.unwrap()
            else:
                wire.shutdown(socket.SHUT_WR)
                while wire.recv(4096):
                    pass
        except TimeoutError:
            return f"{len(line)} bytes sent; the receiver keeps the connection open"
        except ssl.SSLEOFError:
            return f"{len(line)} bytes sent; the receiver closed"
        return f"{len(line)} bytes sent; the receiver closed in order"
