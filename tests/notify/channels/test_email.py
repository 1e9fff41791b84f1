"""`channels/email.py` against a real SMTP server."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lynceus.notify.channel import Locked, Refused, Unavailable
from lynceus.notify.channels.email import Email
from notify.made import HOSTILE, hostile, notice
from notify.test_wire import certificates

smtp = pytest.importorskip("aiosmtpd.smtp", reason="aiosmtpd absent")
controller = pytest.importorskip("aiosmtpd.controller")

PASSWORD = "s3cret-token-of-the-channel"  # noqa: S105 - of no service


class Postbox:
    """Keeps mails; answers as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.rcpt: dict[str, str] = {}
        self.data = "250 OK"

    async def handle_RCPT(  # noqa: N802 - named by the library
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return self.data


def _allowed(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
    good = data.login == b"soc" and data.password == PASSWORD.encode()
    return smtp.AuthResult(success=good, handled=good)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(files: Any) -> Iterator[tuple[Postbox, int]]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files.server, files.key)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Postbox()
    running = controller.Controller(
        box, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=True,
        auth_required=True, authenticator=_allowed,
    )  # fmt: skip
    running.start()
    yield box, port
    running.stop()


@pytest.fixture
def box(server: tuple[Postbox, int], monkeypatch: pytest.MonkeyPatch) -> Postbox:
    monkeypatch.setenv("CHANNEL_TOKEN", PASSWORD)
    server[0].__init__()  # type: ignore[misc]
    return server[0]


@pytest.fixture
def soc(server: tuple[Postbox, int], files: Any) -> Email:
    return made(server[1], files.ca)


def made(port: int, ca: Path | None, **more: Any) -> Email:
    return Email.model_validate({
        "name": "mail", "host": "localhost", "port": port, "ca": ca, "user": "soc",
        "password": {"env": "CHANNEL_TOKEN"}, "sender": "lynceus@example.org",
        "to": ["soc@example.org", "boss@example.org"], **more,
    })  # fmt: skip


def test_a_mail_has_text_html_and_a_chart(box: Postbox, soc: Email) -> None:
    said = soc.tell(notice(), {})
    assert "taken for 2 of 2" in said.text
    [mail] = box.mails
    assert mail["Subject"] == "[HIGH] 10.0.0.5 calls c2.example.net every minute (1)"
    assert mail["Message-ID"] == "<open-0123456789abcdef@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "Isolate 10.0.0.5." in text.get_content()
    assert "Isolate 10.0.0.5." in html.get_content()
    [picture] = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html.get_content()
    assert picture.get_content().startswith(b"\x89PNG")


def test_what_follows_stands_in_one_thread(box: Postbox, soc: Email) -> None:
    before = soc.tell(notice(), {}).reference
    for kind in ("update", "acknowledge", "resolve"):
        before = soc.tell(notice(kind), before).reference  # type: ignore[arg-type]
    first, *others = box.mails
    assert {mail["In-Reply-To"] for mail in others} == {first["Message-ID"]}
    assert others[-1]["Subject"].strip().startswith("[HIGH] Resolved by ada: ")


def test_hostile_texts_are_no_headers_and_no_html(box: Postbox, soc: Email) -> None:
    soc.tell(notice("acknowledge", hostile(), said_by=HOSTILE, why=HOSTILE), {})
    soc.tell(notice("open", hostile()), {})
    for mail in box.mails:
        assert mail["Bcc"] is None
        assert mail["To"] == "soc@example.org, boss@example.org"
        html = mail.get_body(("html",))
        assert html is not None
        assert re.findall(r"<(?!/?(?:html|body|table|tr|td|div|p|img|b|ol|li|!doctype)\b)",
                          html.get_content()) == []  # fmt: skip
        assert "\u202e" not in html.get_content() + str(mail["Subject"])


def test_a_digest_and_a_test_are_mails_too(box: Postbox, soc: Email) -> None:
    soc.tell(notice("digest"), {})
    soc.tell(notice("test"), {})
    assert [m["Subject"] for m in box.mails] == [
        "[HIGH] 42 incidents: 2 high, 40 low",
        "[INFO] Test message of Lynceus: the channel works",
    ]


def test_one_of_several_people_is_refused(box: Postbox, soc: Email) -> None:
    box.rcpt["boss@example.org"] = "550 no such user"
    assert soc.tell(notice(), {}).text == "taken for 1 of 2; refused: boss@example.org"


def test_what_the_server_says_is_sorted(box: Postbox, soc: Email) -> None:
    for answer, wanted in (("451 later", Unavailable), ("554 no", Refused)):
        box.data = answer
        with pytest.raises(wanted, match=answer):
            soc.tell(notice(), {})
    box.rcpt = dict.fromkeys(("soc@example.org", "boss@example.org"), "450 busy")
    with pytest.raises(Unavailable, match="450 busy"):
        soc.tell(notice(), {})


def test_wrong_settings(box: Postbox, server: tuple[Postbox, int], files: Any,
                        monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    with pytest.raises(Locked, match="its certificate cannot be trusted"):
        made(server[1], None).tell(notice(), {})
    monkeypatch.setenv("CHANNEL_TOKEN", "another-password")
    with pytest.raises(Locked) as failed:
        made(server[1], files.ca).tell(notice(), {})
    assert "another-password" not in str(failed.value)
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unavailable, match="refused"):
        made(port, files.ca).tell(notice(), {})
    assert box.mails == []


@pytest.mark.parametrize(
    "wrong", ["nobody", "a@b\r\nBcc: c@d", "a b@c", "ä@example.org", "", "a@", '"a\\"@b'.strip()]
)
def test_what_is_no_address(wrong: str) -> None:
    with pytest.raises(ValidationError, match="expected an address"):
        made(25, None, to=[wrong])
    with pytest.raises(ValidationError, match="expected an address"):
        made(25, None, sender=wrong)
