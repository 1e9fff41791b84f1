"""A cable for tests: two ends of a veth pair, one of them in a network namespace of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from lynceus.ingest import open_inputs
from lynceus.ingest.feeds import Chunk
from lynceus.ingest.feeds.interface import Watching

PATIENCE_S = 20.0
MTU = 65_000


@dataclass(frozen=True)
class Cable:
    """What is sent at the far end is seen at the near one."""

    near: str
    far: str
    namespace: str

    def send(self, capture: Path, *options: str) -> None:
        """Plays a capture at the far end, as fast as it goes where no pace is given."""
        pace = options or ("--topspeed",)
        self.run("tcpreplay", "-q", "--stats=0", *pace, "-i", self.far, str(capture))

    def run(self, *command: str) -> None:
        """Runs a command in the far namespace."""
        ip("netns", "exec", self.namespace, *command)


def ip(*arguments: str) -> None:
    """The command `ip`; says what it complained of."""
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def cable(letter: str = "a") -> Iterator[Cable]:
    """Lays a cable. Raises OSError where the machine forbids it."""
    name = f"ly{os.getpid() % 1_000_000}{letter}"
    laid = Cable(f"{name}0", f"{name}1", f"{name}-far")
    ip("netns", "add", laid.namespace)
    try:
        ip("link", "add", laid.near, "type", "veth", "peer", laid.far, "netns", laid.namespace)
        for enter, end in (((), laid.near), (("-n", laid.namespace), laid.far)):
            # Nothing of its own on the wire, and no packet cut to pieces or put together.
            ip(*enter, "link", "set", end, "mtu", str(MTU), "addrgenmode", "none", "arp", "off")
            ip(*enter, "link", "set", end, "up")
        yield laid
    finally:
        ip("netns", "del", laid.namespace)


def laid_or_skipped() -> Iterator[Cable]:
    """A cable; the test is skipped where there is no tcpreplay or the machine forbids it."""
    for tool in ("ip", "tcpreplay"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    try:
        with cable() as laid:
            yield laid
    except OSError as error:
        pytest.skip(f"this machine forbids network namespaces: {error}")


def watched(
    reading: Watching, send: Callable[[], None], until: int, place: int | None = None
) -> list[Chunk]:
    """The chunks of a reading while something is sent, until so many frames have come; stopped."""
    stop = threading.Event()
    chunks: list[Chunk] = []

    def take() -> None:
        chunks.extend(reading.chunks(place, stop))

    taker = threading.Thread(target=take)
    taker.start()
    send()
    end = time.monotonic() + PATIENCE_S
    while sum(c.account.received for c in chunks) < until and time.monotonic() < end:
        time.sleep(0.02)
    stop.set()
    taker.join(PATIENCE_S)
    assert not taker.is_alive()
    reading.close()
    return chunks


def count(capture: Path) -> int:
    """Frames of a capture."""
    source = open_inputs([capture])
    for _ in source.batches():
        pass
    return source.account.received
