"""`channels/apprise.py` with the library itself, to a local service."""

from __future__ import annotations

import sys

import pytest

from lynceus.notify.channel import Locked, Unavailable
from lynceus.notify.channels.apprise import Apprise
from lynceus.secret import Secret
from notify.doubles import Double, Reply
from notify.made import incident, notice

SOC = Apprise(name="soc", url=Secret(env="APPRISE_URL"))


@pytest.mark.long
def test_a_service_of_the_long_tail(service: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("apprise", reason="the extra apprise is absent")
    monkeypatch.setenv("APPRISE_URL", service.url.replace("http://", "json://"))
    assert SOC.tell(notice(), {}).text == "apprise delivered it"
    [request] = service.requests
    assert request.json["title"] == incident().title
    assert "Isolate 10.0.0.5." in request.json["message"]
    service.answer = lambda _: Reply(500)
    with pytest.raises(Unavailable):
        SOC.tell(notice(), {})


@pytest.mark.long
def test_an_address_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("apprise", reason="the extra apprise is absent")
    monkeypatch.setenv("APPRISE_URL", "nosuch://secret-part")
    with pytest.raises(Locked) as failed:
        SOC.tell(notice(), {})
    assert "secret-part" not in str(failed.value)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(Locked, match="install lynceus with the extra 'apprise'"):
        SOC.tell(notice(), {})
