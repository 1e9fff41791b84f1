"""Mail by SMTP: text and HTML, with a chart of when the findings were; one thread an incident.

Texts from traffic reach headers without control characters, and HTML escaped. Source: RFC 5321,
RFC 5322, RFC 2392 (the picture inside).
"""

from __future__ import annotations

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, Template
from pydantic import Field, field_validator

from lynceus.language import say
from lynceus.moments import moment
from lynceus.notify.channel import (
    Channel,
    ChannelError,
    Locked,
    PemFile,
    Refused,
    Unavailable,
)
from lynceus.notify.chart import COLOURS, chart
from lynceus.notify.notice import Notice, Reference, Said, cut
from lynceus.secret import Secret, without_secrets
from lynceus.shown import shown

SUBJECT = 200
PORTS = {"starttls": 587, "tls": 465, "none": 25}
OF_THE_SETTINGS = {530, 534, 535, 538}
"""Replies that ask for another login."""


class Email(Channel):
    """People by their mail addresses."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=0, ge=0, le=65535, strict=True)
    """0: 587 with STARTTLS, 465 with TLS, 25 with neither."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca: PemFile | None = None
    user: str | None = None
    password: Secret | None = None
    sender: str
    to: tuple[str, ...] = Field(min_length=1, max_length=100)
    timeout_s: float = Field(default=20.0, gt=0, le=60, allow_inf_nan=False)

    @field_validator("sender", "to")
    @classmethod
    def _is_an_address(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for one in (value,) if isinstance(value, str) else value:
            try:
                parsed = Address(addr_spec=one)
            except Exception:  # noqa: BLE001 - whatever the parser of addresses trips over
                raise ValueError(f"{one!r}: expected an address such as soc@example.org") from None
            if not parsed.domain or not one.isascii() or not one.isprintable():
                raise ValueError(f"{one!r}: expected an address such as soc@example.org")
        return value

    def send(self, notice: Notice) -> Said:
        """One mail to all."""
        return self._sent(notice, {})

    def update(self, notice: Notice, before: Reference) -> Said:
        """An answer to the first mail, so that both stand in one thread."""
        return self._sent(notice, before)

    acknowledge = update
    resolve = update

    def _sent(self, notice: Notice, before: Reference) -> Said:
        message = self.message(notice, before)
        try:
            refused, answer = self._handed_over(message)
        except ChannelError as error:
            error.args = (without_secrets(str(error), self.secrets()),)
            raise
        first = before.get("message_id", str(message["Message-ID"]))
        told = f"{answer}; refused: {', '.join(sorted(refused))}" if refused else answer
        return Said(told, {"message_id": first})

    def message(self, notice: Notice, before: Reference) -> EmailMessage:
        """The mail."""
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = cut(f"[{notice.severity.upper()}] {_one_line(notice.title)}", SUBJECT)
        mail["From"] = Address("Lynceus", addr_spec=self.sender)
        mail["To"] = ", ".join(self.to)
        mail["Message-ID"] = f"<{notice.key}@{self.sender.partition('@')[2]}>"
        if "message_id" in before:
            mail["In-Reply-To"] = before["message_id"]
            mail["References"] = before["message_id"]
        when = moment(notice.at_ns)
        if when:
            mail["Date"] = format_datetime(when)
        mail["X-Lynceus-Incident"] = notice.id
        mail["X-Lynceus-Key"] = notice.key
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes come back
        mail.set_content(notice.text)
        picture = chart(notice.incident) if notice.incident else None
        name = f"chart-{notice.key}@lynceus"
        colour = "#{:02x}{:02x}{:02x}".format(*COLOURS[notice.severity])
        html = _template().render(n=notice, picture=name if picture else None, colour=colour)
        mail.add_alternative(html, subtype="html")
        if picture:
            parts: Any = mail.get_payload()
            parts[1].add_related(picture, "image", "png", cid=f"<{name}>")
        return mail

    def _handed_over(self, mail: EmailMessage) -> tuple[list[str], str]:
        """Who was refused, and the server's answer. Raises `ChannelError`."""
        try:
            with self._server() as server:
                if self.user and self.password:
                    server.login(self.user, self.revealed(self.password))
                refused = server.send_message(mail, self.sender, self.to)
                return list(refused), f"taken for {len(self.to) - len(refused)} of {len(self.to)}"
        except smtplib.SMTPRecipientsRefused as error:
            codes = {code for code, _ in error.recipients.values()}
            told = "; ".join(f"{who}: {_reply(*said)}" for who, said in error.recipients.items())
            raise (Unavailable if min(codes) < 500 else Refused)(told) from None
        except (smtplib.SMTPNotSupportedError, smtplib.SMTPAuthenticationError) as error:
            raise Locked(f"{self.host}: {_why(error)}") from None
        except smtplib.SMTPResponseException as error:
            told = f"{self.host}: {_reply(error.smtp_code, error.smtp_error)}"
            if error.smtp_code in OF_THE_SETTINGS:
                raise Locked(told) from None
            raise (Refused if error.smtp_code >= 500 else Unavailable)(told) from None
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate cannot be trusted: {error.verify_message}"
            raise Locked(f"{self.host}: {why}") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"{self.host}: {_why(error)}") from None

    def _server(self) -> smtplib.SMTP:
        context = None
        if self.security != "none":
            context = ssl.create_default_context(cafile=str(self.ca) if self.ca else None)
        port = self.port or PORTS[self.security]
        if self.security == "tls":
            return smtplib.SMTP_SSL(self.host, port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(self.host, port, timeout=self.timeout_s)
        if self.security == "starttls":
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server


@cache
def _template() -> Template:
    places = PackageLoader("lynceus.notify", "channels")
    environment = Environment(loader=places, autoescape=True)
    environment.globals["say"] = say
    return environment.get_template("email.html.j2")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _reply(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {shown(_one_line(text))}"


def _why(error: Exception) -> str:
    return shown(_one_line(str(error))) or type(error).__name__
