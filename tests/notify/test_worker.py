"""`worker.py`: turns in a thread of their own."""

from __future__ import annotations

import threading
from pathlib import Path

from lynceus.notify.channel import Unavailable
from lynceus.notify.delivery import Delivery
from lynceus.notify.dispatch import Dispatch
from lynceus.notify.worker import Worker
from lynceus.store.ledger import Ledger
from notify.made import AT_NS, incident
from notify.recorder import Recorder, settings


def test_what_is_written_is_sent_while_others_go_on(tmp_path: Path) -> None:
    soc, sent = Recorder(name="soc"), threading.Event()
    soc._on_send = lambda _: sent.set()
    with Ledger(tmp_path / "ledger.db") as ledger:
        told = settings([soc], [{}])
        with Worker(Delivery(ledger, told), lambda: AT_NS, every_s=30) as worker:
            Dispatch(ledger, told).take([incident()], at_ns=AT_NS)
            worker.wake()
            assert sent.wait(20)
            assert worker.alive
        assert not worker.alive
    assert soc.kinds == ["open"]


def test_a_problem_is_told_once(tmp_path: Path) -> None:
    soc, problems, turns = Recorder(name="soc"), list[str](), [0]
    soc.fail(*[Unavailable("down")] * 1000)
    done = threading.Event()

    def clock() -> int:
        turns[0] += 1
        if turns[0] > 4:
            done.set()
        return AT_NS + turns[0] * 10**12

    with Ledger(tmp_path / "ledger.db") as ledger:
        told = settings([soc], [{}])
        Dispatch(ledger, told).take([incident()], at_ns=AT_NS)
        with Worker(Delivery(ledger, told), clock, every_s=0.01, problem=problems.append):
            assert done.wait(20)
    assert problems == ["soc: down"]


def test_detection_waits_for_no_channel(tmp_path: Path) -> None:
    soc, go_on, reached = Recorder(name="soc"), threading.Event(), threading.Event()

    def hang(_: object) -> None:
        reached.set()
        go_on.wait(20)

    soc._on_send = hang
    with Ledger(tmp_path / "ledger.db") as ledger:
        told = settings([soc], [{}])
        dispatch = Dispatch(ledger, told)
        dispatch.take([incident(1)], at_ns=AT_NS)
        with Worker(Delivery(ledger, told), lambda: AT_NS, every_s=0.01):
            assert reached.wait(20)
            assert dispatch.take([incident(2)], at_ns=AT_NS) == 1, "while the channel hangs"
            go_on.set()
