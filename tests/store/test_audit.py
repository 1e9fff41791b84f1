"""`store/audit.py`: chains that show what was changed, taken out or put in."""

from __future__ import annotations

from pathlib import Path

import pytest

from lynceus.store.audit import BEGIN, broken, entries, heads
from lynceus.store.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.db", writer="a")
    for n in range(3):
        made.note("blocked", f"10.0.0.{n}", at_ns=n, why="test", until=n)
    other = Ledger(tmp_path / "ledger.db", writer="b")
    other.note("started", "b", at_ns=9)
    return made


def test_each_writer_has_a_chain(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        assert broken(connection) == []
        told = [entry for entry, _ in entries(connection)]
        ends = heads(connection)
    assert [(e.writer, e.number) for e in told] == [("a", 1), ("a", 2), ("a", 3), ("b", 1)]
    assert [told[0].previous, told[1].previous] == [BEGIN, told[0].digest]
    assert ends == {"a": (3, told[2].digest), "b": (1, told[3].digest)}


TAMPERED = {
    "update audit set subject = '10.9.9.9' where number = 2": "entry 2 of a: was changed",
    "update audit set at_ns = 7 where number = 3": "entry 3 of a: was changed",
    "delete from audit where number = 2": "entry 3 of a: expected entry 2",
    "delete from audit where writer = 'a' and number = 1": "entry 2 of a: expected entry 1",
    "update audit set writer = 'c' where writer = 'b'": "entry 1 of c: was changed",
    "update audit set previous = digest where number = 3": "entry 3 of a: does not follow",
}


@pytest.mark.parametrize("sql", TAMPERED)
def test_tampering_shows(ledger: Ledger, sql: str) -> None:
    with ledger.transaction() as connection:
        connection.exec_driver_sql(sql)
        assert any(line.startswith(TAMPERED[sql]) for line in broken(connection))
