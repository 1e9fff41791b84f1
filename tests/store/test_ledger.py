"""`store/ledger.py` and `store/tables.py`: versions, findings, verdicts, checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from correlate.made import facts, finding, frame
from lynceus.correlate import incidents
from lynceus.incident import Incident
from lynceus.records import FINDING_SCHEMA, conform
from lynceus.store.ledger import Ledger, LedgerError
from lynceus.store.tables import CHECKPOINT, METADATA
from lynceus.verdict import Verdict


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        yield Ledger(tmp_path / "ledger.db")
        return
    with Ledger(request.getfixturevalue("postgres")) as ledger:
        with ledger.transaction() as connection:
            for table in reversed(METADATA.sorted_tables):
                connection.execute(table.delete())
        yield ledger


@pytest.fixture
def incident() -> Incident:
    rows = frame(finding("vertical_scan", "10.0.0.5", "10.0.0.9"))
    [one] = incidents(rows, facts=facts(["10.0.0.5", "10.0.0.9"], []))
    return one


def test_migrations_make_what_the_tables_say(ledger: Ledger) -> None:
    with ledger.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_incident_that_grows_gets_a_version_and_keeps_the_old_one(
    ledger: Ledger, incident: Incident
) -> None:
    assert ledger.add([incident], at_ns=1) == 1
    assert ledger.add([incident], at_ns=2) == 0, "nothing new was said"
    grown = incident.model_copy(update={"score": 99.0})
    assert ledger.add([grown], at_ns=3) == 1
    assert ledger.incidents() == [grown]
    assert ledger.versions(incident.id) == [(1, 1, incident), (2, 3, grown)]


def test_findings_count_once(ledger: Ledger) -> None:
    rows = conform(
        pl.DataFrame(
            {"id": ["a", "b"], "detector": ["beacon"] * 2, "evidence": ['{"n": 1}', None]}
        ),
        FINDING_SCHEMA,
    )
    assert (ledger.add_findings(rows), ledger.add_findings(rows)) == (2, 0)
    assert ledger.add_findings(rows.clear()) == 0


def test_what_was_said_is_kept_in_order(ledger: Ledger, incident: Incident) -> None:
    ledger.add([incident], at_ns=1)
    ledger.judge(Verdict(incident.id, "false_positive", "ada", "our scanner", 2))
    ledger.add([incident.model_copy(update={"score": 1.0})], at_ns=3)
    ledger.judge(Verdict(incident.id, "true_positive", "ada", "it was not", 4))
    assert [(v.verdict, v.version) for v in ledger.verdicts()] == [
        ("false_positive", 1), ("true_positive", 2),
    ]  # fmt: skip
    with pytest.raises(LedgerError, match="no such incident"):
        ledger.judge(Verdict("nobody", "true_positive", "ada", "", 5))


def test_a_worker_goes_on_at_its_last_checkpoint(ledger: Ledger) -> None:
    assert ledger.resumed("one") is None
    ledger.checkpoint("one", 1, b"first", at_ns=1)
    ledger.checkpoint("one", 2, b"second", at_ns=2)
    ledger.checkpoint("two", 7, b"other", at_ns=2)
    assert ledger.resumed("one") == (2, b"second")


def test_a_ledger_is_opened_again(tmp_path: Path, incident: Incident) -> None:
    for at_ns in (1, 2):
        with Ledger(tmp_path / "ledger.db") as ledger:
            ledger.add([incident], at_ns=at_ns)
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert len(ledger.versions(incident.id)) == 1


def test_nothing_of_a_transaction_that_fails_is_kept(ledger: Ledger, incident: Incident) -> None:
    with pytest.raises(ZeroDivisionError), ledger.transaction() as connection:
        connection.execute(CHECKPOINT.insert().values(worker="one", epoch=1, body=b"1", at_ns=1))
        _ = 1 / 0
    assert ledger.resumed("one") is None


@pytest.mark.parametrize(
    ("where", "complaint"),
    [
        ("{}/none/ledger.db", "cannot be opened"),
        ("{}", "cannot be opened"),
        ("nosuch://user:secret@host/name", "nosuch://...: expected a file"),
    ],
)
def test_where_there_can_be_none(tmp_path: Path, where: str, complaint: str) -> None:
    with pytest.raises(LedgerError, match=complaint) as refused:
        Ledger(where.format(tmp_path))
    assert "secret" not in str(refused.value)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"not a database at all, but long enough to look at" * 100)
    with pytest.raises(LedgerError, match="not a database"):
        Ledger(path)
