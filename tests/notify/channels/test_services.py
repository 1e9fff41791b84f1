"""Every channel that speaks HTTP against a local service that checks what it is sent.

slack, teams, pagerduty, opsgenie, jira_service_management, webhook, splunk_hec, elasticsearch,
ocsf, sentinel, xsoar, thehive, jira, servicenow and alertmanager, each with failures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from lynceus.notify.channel import Channel, ChannelError, Locked, Refused, Unavailable
from lynceus.notify.channels import classes
from lynceus.notify.notice import KINDS
from notify.channels.services import SERVICES
from notify.channels.specification import TOKEN, Service
from notify.doubles import Double, Reply
from notify.made import HOSTILE, hostile, incident, notice

QUICK_S = 0.4
"""The patience of channels that are to lose it; of all others it is as usual."""


def channel(kind: str, service: Double, **more: Any) -> tuple[Channel, Service]:
    """A channel, and what stands behind it."""
    behind = SERVICES[kind]()
    service.answer = behind.answer
    url: Any = service.url + behind.path
    settings = {**behind.settings, "name": kind, **more}
    if kind == "teams":
        settings["url"] = {"env": "TEAMS_URL"}
    else:
        settings["url"] = url
    if kind == "sentinel":
        settings["login"] = service.url
    return classes()[kind].model_validate(settings), behind


@pytest.fixture(params=SERVICES)
def kind(request: pytest.FixtureRequest, service: Double, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TEAMS_URL", service.url + SERVICES["teams"].path)
    return str(request.param)


def test_what_is_sent_is_what_the_service_takes(kind: str, service: Double) -> None:
    made, _ = channel(kind, service)
    for what in KINDS:
        said = made.tell(notice(what), {})
        assert said.text
        assert TOKEN not in said.text
    assert service.complaints == []


def test_an_incident_is_told_grows_is_taken_on_and_ends(kind: str, service: Double) -> None:
    made, behind = channel(kind, service)
    before = made.tell(notice("open"), {}).reference
    first = len(behind.made)
    worse = incident(severity="critical", score=95.0)
    for what in ("update", "escalate", "acknowledge", "resolve"):
        before = made.tell(notice(what, worse), before).reference or before
    assert service.complaints == []
    if kind not in ("teams", "webhook", "splunk_hec", "elasticsearch", "ocsf", "sentinel", "slack",
                    "alertmanager"):  # fmt: skip
        assert first == len(behind.made) == 1, "one thing there for one incident here"
    if behind.state and kind not in ("splunk_hec", "webhook"):
        assert set(behind.state.values()) <= {"resolved", "Ignored", "6"}


def test_hostile_texts_are_taken_as_texts(kind: str, service: Double) -> None:
    made, _ = channel(kind, service)
    before = made.tell(notice("open", hostile()), {}).reference
    for what in ("update", "acknowledge", "resolve"):
        made.tell(notice(what, hostile(), said_by=HOSTILE, why=HOSTILE), before)
    assert service.complaints == []
    if kind != "webhook":  # it carries the incident as it is, to a program
        assert not {"\u202e", "\u200b", "\x00", "\x1b"} & set("".join(_texts(service)))


def _texts(service: Double) -> Iterator[str]:
    """All texts that were sent, out of their JSON."""
    for request in service.requests:
        if request.headers.get("content-type") != "application/x-www-form-urlencoded":
            for line in request.content.decode().splitlines():
                yield from _leaves(json.loads(line))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value


FAILURES: dict[str, tuple[type[ChannelError], str]] = {
    "429": (Unavailable, "429"),
    "500": (Unavailable, "500"),
    "503": (Unavailable, "503"),
    "slow": (Unavailable, "no answer within 0.4 s"),
    "half-closed": (Unavailable, "the connection was lost"),
    "401": (Locked, "401|code"),
    "403": (Locked, "403|code"),
    "302": (Locked, "sends elsewhere"),
    "422": (Refused, "422"),
}


OF_THE_WIRE = ("503", "slow", "half-closed", "403", "302")
"""What `service.py` sorts for all channels alike: tried with some of them."""
TRIED_WITH_ALL = ("slack", "splunk_hec", "jira", "sentinel")


@pytest.mark.parametrize(
    ("kind", "failure"),
    [
        (kind, failure)
        for kind in SERVICES
        for failure in FAILURES
        if failure not in OF_THE_WIRE or kind in TRIED_WITH_ALL
    ],
    indirect=["kind"],
)
def test_a_failure_says_what_helps(kind: str, failure: str, service: Double) -> None:
    made, _ = channel(kind, service, **({"timeout_s": QUICK_S} if failure == "slow" else {}))
    service.failures.append(failure)
    wanted, reason = FAILURES[failure]
    with pytest.raises(wanted, match=reason) as failed:
        made.tell(notice(), {})
    assert TOKEN not in str(failed.value)
    if isinstance(failed.value, Unavailable) and failure == "429":
        assert failed.value.after_s == 7
    patient, _ = channel(kind, service)
    assert patient.tell(notice(), {}).text, "and afterwards it is taken"


def test_what_was_taken_but_not_answered_is_there_once(kind: str, service: Double) -> None:
    if kind == "slack":
        pytest.skip("Slack has no key of its own: the message is there twice, with one key")
    made, behind = channel(kind, service)
    if kind in ("xsoar", "jira", "servicenow", "sentinel"):
        made.tell(notice(), {})  # what they ask first would be what fails
    service.failures.append("accepted")
    with pytest.raises(Unavailable):
        made.tell(notice(), {})
    made.tell(notice(), {})
    assert len(behind.made) == 1
    assert service.complaints == []


def test_a_secret_that_is_not_there(
    kind: str, service: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "alertmanager":
        pytest.skip("it has none")
    made, _ = channel(kind, service)
    monkeypatch.delenv("TEAMS_URL" if kind == "teams" else "CHANNEL_TOKEN")
    with pytest.raises(Locked, match="holds no secret"):
        made.tell(notice(), {})
    assert not [r for r in service.requests if TOKEN in str(r)]


def test_nothing_shows_the_secret(kind: str, service: Double) -> None:
    made, _ = channel(kind, service)
    assert TOKEN not in repr(made) + str(made) + made.model_dump_json()
    service.answer = lambda request: Reply(418, {"you sent": str(request)})
    with pytest.raises(ChannelError) as failed:
        made.tell(notice(), {})
    assert TOKEN not in str(failed.value)


def test_slack_says_what_is_wrong_with_status_200(service: Double) -> None:
    made, _ = channel("slack", service)
    for error, wanted in (
        ("invalid_auth", Locked), ("channel_not_found", Locked), ("msg_too_long", Refused),
        ("ratelimited", Unavailable),
    ):  # fmt: skip
        service.answer = lambda _, error=error: Reply(200, {"ok": False, "error": error})
        with pytest.raises(wanted, match=error):
            made.tell(notice(), {})


def test_slack_keeps_an_incident_in_one_thread(service: Double) -> None:
    made, behind = channel("slack", service)
    before = made.tell(notice("open"), {}).reference
    made.tell(notice("update", incident(title="It is worse")), before)
    made.tell(notice("resolve"), before)
    first, *replies = behind.made.items()
    assert "It is worse" in json.dumps(first[1]), "the message is brought up to date"
    assert [reply["thread_ts"] for _, reply in replies] == [first[0]] * 2


def test_splunk_waits_until_it_is_written(service: Double) -> None:
    made, behind = channel("splunk_hec", service, acknowledged_within_s=0.1)
    with pytest.raises(Unavailable, match="not acknowledged within"):
        made.tell(notice(), {})
    made, behind = channel("splunk_hec", service, acknowledged=False)
    assert made.tell(notice(), {}).text.startswith("200")
    assert behind.state == {}
    service.answer = lambda _: Reply(403, {"text": "Invalid token", "code": 4})
    with pytest.raises(Locked, match="Invalid token"):
        made.tell(notice(), {})
    service.answer = lambda _: Reply(400, {"text": "Invalid data format", "code": 6})
    with pytest.raises(Refused, match="Invalid data format"):
        made.tell(notice(), {})


def test_elasticsearch_looks_into_the_answer(service: Double) -> None:
    made, _ = channel("elasticsearch", service)
    for status, wanted in ((429, Unavailable), (503, Unavailable), (400, Refused), (404, Locked)):
        item = {"create": {"status": status, "error": {"type": "why"}}}
        service.answer = lambda _, item=item: Reply(200, {"errors": True, "items": [item]})
        with pytest.raises(wanted, match=f"{status}.*why"):
            made.tell(notice(), {})
    service.answer = lambda _: Reply(200, {"took": 1})
    with pytest.raises(Unavailable, match="none of the bulk API"):
        made.tell(notice(), {})


def test_jira_of_the_data_center_takes_fenced_wiki_text(service: Double) -> None:
    sent: list[Any] = []

    def answer(request: Any) -> Reply:
        if request.method == "GET":
            return Reply(200, {"issues": []})
        sent.append(request.json)
        return Reply(201, {"key": "SOC-1"})

    made, _ = channel("jira", service, version=2, user=None)
    service.answer = answer
    made.tell(notice("open", hostile()), {})
    text = sent[0]["fields"]["description"]
    assert text.startswith("{noformat}\n")
    assert text.count("{noformat}") == 2
    assert text.endswith("{noformat}")


def test_jira_without_the_transition_that_is_named(service: Double) -> None:
    made, _ = channel("jira", service, resolved="Closed")
    before = made.tell(notice(), {}).reference
    with pytest.raises(Refused, match="no transition 'Closed'; it has done"):
        made.tell(notice("resolve"), before)


def test_alertmanager_ends_what_has_another_severity_now(service: Double) -> None:
    made, behind = channel("alertmanager", service)
    before = made.tell(notice(), {}).reference
    made.tell(notice("update", incident(severity="critical")), before)
    assert sorted(behind.state.values()) == ["open", "resolved"]
