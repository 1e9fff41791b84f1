"""`channels/kafka.py` against Apache Kafka, and the cluster that librdkafka itself can be."""

from __future__ import annotations

import json
import sys
import time
import uuid
from typing import Any

import pytest

from lynceus.notify.channel import Locked, Unavailable
from lynceus.notify.channels.kafka import Kafka
from notify.made import incident, notice


def made(**settings: Any) -> Kafka:
    return Kafka.model_validate({
        "name": "k", "servers": ["127.0.0.1:9"], "topic": "alerts", "timeout_s": 5.0,
        "settings": settings,
    })  # fmt: skip


def test_a_message_is_acknowledged_by_the_brokers() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is absent")
    soc = made(**{"test.mock.num.brokers": 3})
    assert soc.tell(notice(), {}).text.startswith("partition ")


@pytest.mark.long
def test_what_a_real_broker_keeps(kafka: str) -> None:
    library = pytest.importorskip("confluent_kafka")
    topic = f"alerts-{uuid.uuid4().hex}"
    soc = Kafka(name="k", servers=(kafka,), topic=topic, timeout_s=30.0)
    for kind in ("open", "update", "resolve", "resolve"):
        assert soc.tell(notice(kind), {}).text.startswith("partition ")  # type: ignore[arg-type]
    reader = library.Consumer(
        {"bootstrap.servers": kafka, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    reader.subscribe([topic])
    came = []
    deadline = time.monotonic() + 60
    while len(came) < 4 and time.monotonic() < deadline:
        came += [one for one in reader.consume(10, 1.0) if one.error() is None]
    reader.close()
    assert {one.key().decode() for one in came} == {incident().id}
    assert [dict(one.headers())["kind"] for one in came] == [
        b"open", b"update", b"resolve", b"resolve",
    ]  # fmt: skip
    keys = [dict(one.headers())["key"] for one in came]
    assert keys[2] == keys[3] != keys[1]
    assert json.loads(came[0].value())["incidents"][0]["id"] == incident().id


def test_a_cluster_that_is_not_there() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is absent")
    with pytest.raises(Unavailable, match="k: "):
        Kafka(name="k", servers=("127.0.0.1:9",), topic="alerts", timeout_s=0.5).tell(notice(), {})


def test_a_setting_that_there_is_none_of() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is absent")
    with pytest.raises(Locked, match=r"no\.such\.setting"):
        made(**{"no.such.setting": "1"}).tell(notice(), {})


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "confluent_kafka", None)
    with pytest.raises(Locked, match="install lynceus with the extra 'kafka'"):
        made().tell(notice(), {})
