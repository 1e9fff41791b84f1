"""Delivery by a process that is killed again and again: nothing is lost, keys stay."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from lynceus.notify.delivery import LEASE_NS
from lynceus.notify.dispatch import Dispatch
from lynceus.store import outbox
from lynceus.store.audit import broken
from lynceus.store.ledger import Ledger
from notify.doubles import Double, Reply, Request
from notify.made import AT_NS, incident
from notify.sender import deliver, told

FROM = multiprocessing.get_context("forkserver")
FROM.set_forkserver_preload(["notify.sender"])


@pytest.mark.parametrize(
    "kills", [5, pytest.param(30, marks=pytest.mark.long)], ids=lambda n: f"{n} times"
)
def test_every_incident_arrives_at_every_channel(
    kills: int, tmp_path: Path, service: Double
) -> None:
    incidents = [incident(n) for n in range(1, 8 * kills + 1)]
    file = tmp_path / "ledger.db"
    with Ledger(file) as ledger:
        Dispatch(ledger, told(service.url, tmp_path)).take(incidents, at_ns=AT_NS)
    dice, count = np.random.default_rng(7), 0
    limit, reached = 0, threading.Event()

    def answer(_: Request) -> Reply:
        nonlocal count
        count += 1
        if count >= limit:
            reached.set()  # and the answer races with the kill
        return Reply(202)

    service.answer = answer
    now_ns, killed = AT_NS, 0
    for _ in range(kills):
        reached.clear()
        limit = count + int(dice.integers(1, 14))
        process = _started(file, service.url, tmp_path, now_ns)
        while not reached.wait(0.02) and process.is_alive():
            pass
        killed += process.is_alive()
        process.kill()
        process.join()
        now_ns += LEASE_NS + 1
    assert killed == kills
    for _ in range(3):
        process = _started(file, service.url, tmp_path, now_ns)
        process.join(120)
        assert process.exitcode == 0
        now_ns += LEASE_NS + 1
    with Ledger(file) as ledger, ledger.transaction() as connection:
        assert broken(connection) == []
        assert outbox.states(connection) == {
            name: {"sent": len(incidents)} for name in ("file", "hook", "pager")
        }
        keys = {m.key: (m.channel, m.subject) for m in outbox.messages(connection)}
    _everything_came(service, tmp_path, keys, {one.id for one in incidents}, kills)


def _started(file: Path, url: str, folder: Path, now_ns: int) -> BaseProcess:
    """A process of its own, out of one that has loaded everything and runs no threads."""
    process = FROM.Process(target=deliver, args=(file, url, folder, now_ns))
    process.start()
    return process


def _everything_came(
    service: Double, folder: Path, keys: dict[str, tuple[str, str]], ids: set[str], kills: int
) -> None:
    hook = [r.headers["webhook-id"] for r in service.requests if r.path == "/hook"]
    pager = [r.json for r in service.requests if r.path == "/v2/enqueue"]
    lines = (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
    written = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
    assert {keys[key] for key in hook} == {("hook", one) for one in ids}
    assert {event["dedup_key"] for event in pager} == {f"lynceus-{one}" for one in ids}
    assert {event["payload"]["custom_details"]["key"] for event in pager} <= set(keys)
    assert {event["finding_info"]["uid"] for event in written} == ids
    assert {event["metadata"]["uid"] for event in written} <= set(keys)
    again = Counter(hook)
    assert max(again.values()) <= kills
    assert len(hook) < 2 * len(ids), "what was written down is not sent again"
