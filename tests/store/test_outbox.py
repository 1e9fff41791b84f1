"""`store/outbox.py`: what waits, in which order, and who has taken it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lynceus.store import outbox
from lynceus.store.ledger import Ledger
from lynceus.store.outbox import SENT, Circuit, Message, key_of


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.db") as ledger:
        yield ledger


def message(subject: str, number: int = 1, **changed: Any) -> Message:
    told = {"key": key_of(subject, number), "channel": "soc", "subject": subject, "kind": "open",
            "made_ns": 0, "due_ns": 10}  # fmt: skip
    return Message(**{**told, **changed})


def heads(ledger: Ledger, now_ns: int = 10, channel: str = "soc") -> list[str]:
    with ledger.transaction() as connection:
        found = outbox.heads(connection, channel, now_ns, 100)
    return [one.subject for one in found]


def put(ledger: Ledger, *messages: Message) -> int:
    with ledger.transaction() as connection:
        return outbox.put(connection, messages)


def test_a_key_is_there_once(ledger: Ledger) -> None:
    assert put(ledger, message("a"), message("a"), message("b")) == 2
    assert put(ledger, message("a")) == 0
    assert key_of("a", 1) != key_of("a1") != key_of("a", "1", "")


def test_of_a_subject_only_the_oldest_may_go(ledger: Ledger) -> None:
    put(ledger, message("a", 1, due_ns=99), message("a", 2), message("b"), message("b", 2))
    put(ledger, message("a", 3, channel="other"))
    assert heads(ledger) == ["b"], "a waits for its first, b has one"
    assert heads(ledger, now_ns=99) == ["a", "b"]
    assert heads(ledger, channel="other") == ["a"]


def test_what_is_held_or_taken_may_not_go(ledger: Ledger) -> None:
    put(ledger, message("a", held_for="night"), message("b"), message("c"))
    with ledger.transaction() as connection:
        first = outbox.heads(connection, "soc", 10, 1)
        assert outbox.take(connection, first, 10, 50) == [first[0].number]
        assert outbox.take(connection, first, 10, 50) == [], "somebody has it"
    assert heads(ledger) == ["c"]
    assert heads(ledger, now_ns=50) == ["b", "c"]


def test_the_last_reference_of_what_was_sent(ledger: Ledger) -> None:
    put(
        ledger,
        message("a", 1, state=SENT, reference={"thread": "1"}),
        message("a", 2, state=SENT),
        message("a", 3, reference={"thread": "not sent"}),
    )
    with ledger.transaction() as connection:
        assert outbox.reference(connection, "soc", "a") == {"thread": "1"}
        assert outbox.reference(connection, "soc", "b") == {}
        assert outbox.states(connection) == {"soc": {SENT: 2, "waiting": 1}}


def test_a_circuit_is_kept_until_it_is_closed(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        assert outbox.circuit(connection, "soc") == Circuit()
        outbox.set_circuit(connection, "soc", Circuit(3, 99, "down"))
        assert outbox.circuit(connection, "soc") == Circuit(3, 99, "down")
        outbox.set_circuit(connection, "soc", Circuit())
        assert outbox.circuit(connection, "soc") == Circuit()


def test_more_than_fits_one_statement(ledger: Ledger) -> None:
    many = [message(str(n)) for n in range(1200)]
    assert (put(ledger, *many), put(ledger, *many)) == (1200, 0)
    with ledger.transaction() as connection:
        outbox.change(connection, range(1, 1201), state=SENT)
        assert outbox.states(connection) == {"soc": {SENT: 1200}}
