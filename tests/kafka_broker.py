"""A real Apache Kafka for tests: one broker in KRaft mode, on loopback, in a folder of the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

JARS = Path(__file__).resolve().parent.parent / "build" / "kafka"
"""Where `make` puts the jars of Apache Kafka."""

JAVA = ("-Xmx256m", "-Xms64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
PATIENCE_S = 90.0

SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={folder}/log
num.partitions=1
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.enable=false
"""


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def broker(folder: Path) -> Iterator[str]:
    """Runs a broker whose files are in a folder; gives its address."""
    port, controller = _free_port(), _free_port()
    settings = folder / "kafka.properties"
    text = SETTINGS.format(port=port, controller=controller, folder=folder)
    settings.write_text(text, encoding="utf-8")
    java = ["java", *JAVA, "-cp", str(JARS / "*")]
    identity = "MkU3OEVBNTcwNTJENDM2Qk"
    subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", identity, "-c", settings],
                   check=True, capture_output=True)  # fmt: skip
    with (folder / "kafka.log").open("wb") as log:
        process = subprocess.Popen([*java, "kafka.Kafka", settings], stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE_S
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "kafka.log").read_text(errors="replace")[-2000:])
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a broker that all tests of a process share."""
    pytest.importorskip("confluent_kafka", reason="the extra `kafka` is not installed")
    if shutil.which("java") is None or not any(JARS.glob("kafka_*.jar")):
        pytest.skip("no Java or no jars of Apache Kafka: `make build/kafka.stamp` gets them")
    with broker(tmp_path_factory.mktemp("kafka")) as address:
        yield address


if __name__ == "__main__":
    home = Path(os.environ.get("KAFKA_FOLDER", JARS.parent / "kafka-broker"))
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with broker(home) as bootstrap:
        print(f"Apache Kafka listens at {bootstrap}; Ctrl-C ends it", flush=True)
        try:
            while True:
                time.sleep(1)
        except KeyboardInterrupt:
            pass
