"""Topics of a real Apache Kafka: rows arrive, places hold, the group knows what is kept."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.taking import at_least, nothing_more, room, rows, same, take, whole
from lynceus.ingest import arrow_rows
from lynceus.ingest.feeds import kinds
from lynceus.ingest.feeds.feed import FeedError
from lynceus.ingest.feeds.kafka import Consuming, Held, Kafka
from lynceus.ingest.feeds.kafka_client import library, reached_by
from lynceus.testing import START_S, events, flow, flows


def conn(number: int) -> bytes:
    return json.dumps(
        {"ts": START_S + number, "uid": f"C{number}", "id.orig_h": "10.0.0.1",
         "id.orig_p": 4000 + number, "id.resp_h": "192.0.2.1", "id.resp_p": 443, "proto": "tcp",
         "duration": 0.5, "conn_state": "SF", "orig_bytes": 10, "resp_bytes": 20, "_path": "conn"}
    ).encode()  # fmt: skip


def topic_of(kafka: str, partitions: int = 1) -> str:
    from confluent_kafka.admin import AdminClient, NewTopic

    name = f"t-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": kafka})
    for made in admin.create_topics([NewTopic(name, partitions, 1)]).values():
        made.result(20)
    return name


def send(
    kafka: str, topic: str, values: Iterable[bytes], partition: int = 0, **headers: Any
) -> None:
    producer = library().Producer({"bootstrap.servers": kafka, "linger.ms": 1})
    for value in values:
        producer.produce(topic, value, partition=partition, headers=dict(headers))
    assert producer.flush(20) == 0


def consuming(
    kafka: str, folder: Path, *topics: str, said: list[str] | None = None, **more: Any
) -> Consuming:
    options = Kafka(topics, brokers=kafka, group=more.pop("group", f"g-{uuid.uuid4().hex}"), **more)
    return options.open(room(folder, said))


def test_it_is_a_kind_of_source() -> None:
    assert kinds()["kafka"] is Kafka


def test_json_and_arrow_arrive_and_go_on_where_they_were_kept(kafka: str, tmp_path: Path) -> None:
    logs, rows_of_ours = topic_of(kafka, 2), topic_of(kafka)
    group = uuid.uuid4().hex
    send(kafka, logs, map(conn, range(5)), 0)
    send(kafka, logs, [*map(conn, range(5, 8)), b"no json", b'{"hello":1}'], 1)
    ours = flows([flow(30.0), flow(31.0)])
    dns = events("dns", [{"at_s": 32.0, "query": "a.example", "resp_h": "10.0.0.53"}])
    send(kafka, rows_of_ours, [arrow_rows.written(ours)])
    send(kafka, rows_of_ours, [arrow_rows.written(dns), arrow_rows.MAGIC + b"noise"], table="dns")
    reading = consuming(kafka, tmp_path, logs, rows_of_ours, group=group)
    past_ns = (START_S + 32 - 330) * 10**9
    first = take(reading, until=lambda chunks: chunks[-1].batch.watermark_ns == past_ns)
    batch, account = whole(first)
    assert sorted(batch.flows["source"].value_counts().rows()) == [("capture", 2), ("zeek", 8)]
    assert batch.events["dns"]["query"].to_list() == ["a.example"]
    assert account.balanced
    assert account.dropped == {"line_of_no_known_device": 2, "message_of_no_rows": 1}
    send(kafka, logs, map(conn, range(8, 10)), 0)
    more = take(reading, first[-1].place, until=at_least(2))
    reading.close()
    resumed = consuming(kafka, tmp_path, logs, rows_of_ours, group=group)
    count = len(more)
    assert same(take(resumed, first[-1].place, until=lambda chunks: len(chunks) == count), more)
    last = take(resumed, more[-1].place, until=at_least(1),
                meanwhile=lambda: send(kafka, logs, [conn(10)]))  # fmt: skip
    assert rows(last) == 1
    resumed.kept(more[-1].place)
    resumed.close()
    client = library().Consumer({"bootstrap.servers": kafka, "group.id": group})
    kept = client.committed([library().TopicPartition(logs, n) for n in (0, 1)], timeout=10)
    assert [one.offset for one in kept] == [7, 5]
    client.close()


def test_a_broker_that_is_not_there_is_said_and_waited_for(tmp_path: Path) -> None:
    pytest.importorskip("confluent_kafka")
    said: list[str] = []
    reading = consuming("127.0.0.1:1", tmp_path, "t", said=said)
    assert not nothing_more(reading, None, 1.0)
    reading.close()
    assert said
    assert all(line.startswith("source: ") and "\n" not in line for line in said)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"topics": ()}, "no topics"),
        ({"brokers": ""}, "no brokers"),
        ({"username": "me"}, "over TLS alone"),
        ({"username": "me", "tls": True}, "no password"),
        ({"username": "me", "tls": True, "password_file": "nowhere"}, "cannot be read"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    pytest.importorskip("confluent_kafka")
    with pytest.raises(FeedError, match=said):
        Kafka(**{"topics": ("t",), **options}).open(room(tmp_path))


def test_the_secret_comes_from_a_file_or_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("open sesame\n", encoding="utf-8")
    options = Kafka(("t",), username="me", tls=True, password_file=str(tmp_path / "secret"))
    assert reached_by(options, {})["sasl.password"] == "open sesame"
    assert "sesame" not in repr(options)
    named = Kafka(("t",), username="me", tls=True, password_env="SECRET")  # noqa: S106 - a name
    told = reached_by(named, {"SECRET": "open"})
    assert (told["sasl.password"], told["security.protocol"]) == ("open", "SASL_SSL")


class _Message:
    def __init__(self, value: bytes | None, offset: int) -> None:
        self._value, self._offset = value, offset

    def value(self) -> bytes | None:
        return self._value

    def offset(self) -> int:
        return self._offset

    def partition(self) -> int:
        return 0

    def topic(self) -> str:
        return "t"

    def headers(self) -> list[tuple[str, bytes]]:
        return [("table", b"dns")]

    def error(self) -> None:
        return None


NOISE = [conn(1), b"{", b'{"a":1}', arrow_rows.MAGIC, arrow_rows.MAGIC + b"\x00\x00\xff\x7f"]


@settings(max_examples=30)
@given(st.lists(st.one_of(st.none(), st.binary(max_size=40), st.sampled_from(NOISE)), max_size=6))
def test_no_message_breaks_it(
    tmp_path_factory: pytest.TempPathFactory, values: list[bytes | None]
) -> None:
    pytest.importorskip("confluent_kafka")
    reading = consuming("127.0.0.1:1", tmp_path_factory.mktemp("room"), "t")
    reading._held["t:0"] = held = Held()
    for offset, value in enumerate(values):
        reading._take_in(_Message(value, offset))
    taken = reading._taken(None)
    chunk = reading._given(taken, None)
    assert chunk.account.balanced
    assert rows([chunk]) <= len(values)
    assert held.following == len(values)
