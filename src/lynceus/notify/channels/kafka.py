"""Apache Kafka: a message a topic, keyed by the incident so that one partition keeps its order.

Needs the extra `kafka` (confluent-kafka).
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, ClassVar

from pydantic import Field

from lynceus.notify.channel import Channel, Locked, Refused, Unavailable
from lynceus.notify.channels.webhook import content
from lynceus.notify.notice import Notice, Said
from lynceus.secret import Secret


class Kafka(Channel):
    """A topic of a cluster."""

    for_people: ClassVar[bool] = False
    most: int = 0
    servers: tuple[str, ...] = Field(min_length=1)
    """`host:port`, a few of the brokers."""
    topic: str = Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")
    timeout_s: float = Field(default=10.0, gt=0, le=60, allow_inf_nan=False)
    settings: dict[str, str | int | bool | Secret] = Field(default_factory=dict)
    """Settings of librdkafka such as `security.protocol`; a password is a secret."""

    def send(self, notice: Notice) -> Said:
        """One message, acknowledged by all replicas that are in step."""
        told: list[Any] = []
        body = json.dumps(content(notice), ensure_ascii=False, sort_keys=True).encode()
        producer = self._producer
        producer.produce(
            self.topic, value=body, key=notice.id.encode(),
            headers={"key": notice.key.encode(), "kind": notice.kind.encode()},
            on_delivery=lambda error, message: told.append((error, message)),
        )  # fmt: skip
        producer.flush(self.timeout_s)
        if not told:
            producer.purge()
            raise Unavailable(f"{self.name}: not taken within {self.timeout_s:g} s")
        error, message = told[0]
        if error is None:
            return Said(f"partition {message.partition()}, offset {message.offset()}")
        if error.name() in ("MSG_SIZE_TOO_LARGE", "INVALID_MSG"):
            raise Refused(f"{self.name}: {error.str()}")
        if "AUTH" in error.name():
            raise Locked(f"{self.name}: {error.str()}")
        raise Unavailable(f"{self.name}: {error.str()}")

    @cached_property
    def _producer(self) -> Any:
        try:
            from confluent_kafka import KafkaException, Producer
        except ImportError:
            raise Locked(
                "kafka needs confluent-kafka: install lynceus with the extra 'kafka'"
            ) from None
        given = {
            name: self.revealed(value) if isinstance(value, Secret) else value
            for name, value in self.settings.items()
        }
        fixed = {
            "bootstrap.servers": ",".join(self.servers),
            "client.id": "lynceus",
            "enable.idempotence": True,
            "message.timeout.ms": int(self.timeout_s * 1000),
        }
        try:
            return Producer({**given, **fixed}, logger=_silent())
        except (KafkaException, ValueError, TypeError) as error:
            raise Locked(f"{self.name}: {error}") from None


def _silent() -> Any:
    """librdkafka writes to stderr where nobody listens."""
    import logging

    logger = logging.getLogger("lynceus.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
