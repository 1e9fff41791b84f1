"""`channels/kafka.py` against the cluster that librdkafka itself can be."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from lynceus.notify.channel import Locked, Unavailable
from lynceus.notify.channels.kafka import Kafka
from notify.made import notice


def made(**settings: Any) -> Kafka:
    return Kafka.model_validate({
        "name": "k", "servers": ["127.0.0.1:9"], "topic": "alerts", "timeout_s": 5.0,
        "settings": settings,
    })  # fmt: skip


def test_a_message_is_acknowledged_by_the_brokers() -> None:
    pytest.importorskip("confluent_kafka", reason="the extra kafka is absent")
    soc = made(**{"test.mock.num.brokers": 3})
    assert soc.tell(notice(), {}).text.startswith("partition ")


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
