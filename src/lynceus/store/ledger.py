"""The ledger: incidents in versions, findings, verdicts, checkpoints and the audit trail.

SQLite in a file by default, PostgreSQL by its URL, through SQLAlchemy; Alembic makes the tables and
brings an older ledger up to date when it is opened. What is written is added, never changed: an
incident that grows gets a new version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Subquery,
    create_engine,
    event,
    func,
    make_url,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from lynceus.incident import Incident
from lynceus.records import FINDING_SCHEMA
from lynceus.store import audit
from lynceus.store.tables import AT_ONCE, CHECKPOINT, FINDING, INCIDENT, VERDICT
from lynceus.verdict import Verdict


class LedgerError(ValueError):
    """A ledger that cannot be used, or what it does not hold; the text says which."""


class Ledger:
    """A database of what was found, said and done. Use as a context manager."""

    def __init__(self, where: str | Path, writer: str = "lynceus") -> None:
        """Opens a file of SQLite, or a database by its URL; makes what is not there yet.

        `writer` is the name under which entries are made in the audit trail.
        Raises `LedgerError`.
        """
        self.writer = writer
        self._url = _url(where)
        try:
            self._engine = _engine(self._url)
            _up_to_date(self._engine)
        except (SQLAlchemyError, OSError, ImportError) as error:
            raise LedgerError(f"{self.name}: cannot be opened: {_reason(error)}") from None

    @property
    def name(self) -> str:
        """Where it is, without its password."""
        return self._url.database or "" if self._url.drivername == "sqlite" else repr(self._url)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *error: object) -> None:
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of what is written within, or nothing. Raises `LedgerError`."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise LedgerError(f"{self.name}: {_reason(error)}") from None

    def add(self, incidents: Iterable[Incident], *, at_ns: int) -> int:
        """Adds incidents that are new or have changed; gives how many versions were added."""
        with self.transaction() as connection:
            return sum(new for _, _, new in self.keep(connection, incidents, at_ns=at_ns))

    def add_findings(self, findings: pl.DataFrame) -> int:
        """Adds findings that are new, in `FINDING_SCHEMA`; gives how many."""
        new = findings.filter(~pl.col("id").is_in(list(self.known(findings["id"]))))
        with self.transaction() as connection:
            self._add_findings(connection, new)
        return new.height

    def tell(
        self,
        findings: pl.DataFrame,
        incidents: Iterable[Incident],
        *,
        at_ns: int,
    ) -> list[Incident]:
        """Adds findings and the incidents that tell of them, all or nothing; gives the versions
        that were added."""
        with self.transaction() as connection:
            self._add_findings(connection, findings)
            return [one for one, _, new in self.keep(connection, incidents, at_ns=at_ns) if new]

    def keep(
        self, connection: Connection, incidents: Iterable[Incident], *, at_ns: int
    ) -> list[tuple[Incident, int, bool]]:
        """Adds, within a transaction, incidents that are new or have changed.

        Gives of each the number of its last version, and whether that was added now.
        """
        wanted = {incident.id: incident for incident in incidents}
        last = _last(connection, wanted)
        kept, rows = [], []
        for incident in wanted.values():
            body = incident.model_dump(mode="json")
            version, before = last.get(incident.id, (0, None))
            new = before != body
            kept.append((incident, version + new, new))
            if new:
                rows.append({
                    "id": incident.id, "version": version + 1, "at_ns": at_ns,
                    "site": incident.site, "severity": incident.severity, "score": incident.score,
                    "title": incident.title, "first_seen": incident.first_seen,
                    "last_seen": incident.last_seen, "body": body,
                })  # fmt: skip
        if rows:
            connection.execute(INCIDENT.insert(), rows)
            told = {str(row["id"]): {"version": row["version"]} for row in rows}
            audit.append_all(connection, self.writer, "incident", told, at_ns=at_ns)
        return kept

    def _add_findings(self, connection: Connection, findings: pl.DataFrame) -> None:
        rows = [
            {
                "id": row["id"],
                "detector": row["detector"],
                "site": row["site"],
                "window_end_ns": row["window_end_ns"],
                "body": row | {"evidence": json.loads(row["evidence"] or "{}")},
            }
            for row in findings.iter_rows(named=True)
        ]
        if rows:
            dialect: Any = postgresql if self._url.drivername.startswith("postgresql") else sqlite
            connection.execute(dialect.insert(FINDING).on_conflict_do_nothing(), rows)

    def known(self, findings: Iterable[str]) -> set[str]:
        """Which of these ids of findings are there already."""
        with self.transaction() as connection:
            return {row.id for row in _some(connection, select(FINDING.c.id), findings)}

    def findings(self, ids: Sequence[str]) -> pl.DataFrame:
        """Findings by their ids, in `FINDING_SCHEMA`, in the order of the ids."""
        with self.transaction() as connection:
            bodies = {r.id: r.body for r in _some(connection, select(FINDING), ids)}
        rows = [
            bodies[one] | {"evidence": json.dumps(bodies[one]["evidence"], ensure_ascii=False)}
            for one in ids
            if one in bodies
        ]
        return pl.DataFrame(rows, schema=FINDING_SCHEMA)

    def going_on(self, since: str | None) -> list[Incident]:
        """The last versions of incidents seen since a time (RFC 3339), the oldest first; of those
        without a time all, and all where no time is given."""
        begun = select(INCIDENT.c.id, func.min(INCIDENT.c.at_ns).label("begun_ns"))
        first = begun.group_by(INCIDENT.c.id).subquery()
        wanted = (
            select(INCIDENT.c.body)
            .join(newest := _newest(), _newest_of(newest))
            .join(first, INCIDENT.c.id == first.c.id)
            .order_by(first.c.begun_ns, INCIDENT.c.id)
        )
        if since is not None:
            seen = INCIDENT.c.last_seen
            wanted = wanted.where(or_(seen.is_(None), seen >= since))
        with self.transaction() as connection:
            return [Incident.model_validate(row.body) for row in connection.execute(wanted)]

    def incidents(self) -> list[Incident]:
        """The last version of every incident, the highest score first."""
        wanted = (
            select(INCIDENT.c.body)
            .join(newest := _newest(), _newest_of(newest))
            .order_by(INCIDENT.c.score.desc(), INCIDENT.c.id)
        )
        with self.transaction() as connection:
            return [Incident.model_validate(row.body) for row in connection.execute(wanted)]

    def versions(self, incident: str) -> list[tuple[int, int, Incident]]:
        """All versions of an incident, oldest first: number, when it was written, what it said."""
        with self.transaction() as connection:
            rows = connection.execute(
                select(INCIDENT.c.version, INCIDENT.c.at_ns, INCIDENT.c.body)
                .where(INCIDENT.c.id == incident)
                .order_by(INCIDENT.c.version)
            )
            return [(r.version, r.at_ns, Incident.model_validate(r.body)) for r in rows]

    def judge(self, verdict: Verdict) -> None:
        """Keeps what a person said of an incident. Raises `LedgerError` where there is none."""
        with self.transaction() as connection:
            last = _last(connection, [verdict.incident])
            if not last:
                raise LedgerError(f"{verdict.incident!r}: the ledger holds no such incident")
            said = vars(verdict) | {"version": last[verdict.incident][0]}
            connection.execute(VERDICT.insert().values(**said))
            self.noted(
                connection, "verdict", verdict.incident, verdict.at_ns,
                verdict=verdict.verdict, said_by=verdict.said_by, why=verdict.why,
            )  # fmt: skip

    def verdicts(self) -> list[Verdict]:
        """All that was said, in order; of several about one incident the last counts."""
        columns = [c for c in VERDICT.c if c.name != "number"]
        with self.transaction() as connection:
            rows = connection.execute(select(*columns).order_by(VERDICT.c.number))
            return [Verdict(**row) for row in rows.mappings()]

    def checkpoint(self, worker: str, epoch: int, body: bytes, *, at_ns: int) -> None:
        """Keeps where a worker goes on, in place of its last."""
        with self.transaction() as connection:
            connection.execute(CHECKPOINT.delete().where(CHECKPOINT.c.worker == worker))
            connection.execute(
                CHECKPOINT.insert().values(worker=worker, epoch=epoch, body=body, at_ns=at_ns)
            )

    def resumed(self, worker: str) -> tuple[int, bytes] | None:
        """The epoch and body of a worker's last checkpoint; None where there is none."""
        with self.transaction() as connection:
            wanted = CHECKPOINT.c.worker == worker
            row = connection.execute(
                select(CHECKPOINT.c.epoch, CHECKPOINT.c.body).where(wanted)
            ).first()
            return (row.epoch, row.body) if row else None

    def note(self, action: str, subject: str, *, at_ns: int, **detail: Any) -> None:
        """An entry of the audit trail."""
        with self.transaction() as connection:
            self.noted(connection, action, subject, at_ns, **detail)

    def noted(
        self, connection: Connection, action: str, subject: str, at_ns: int, **detail: Any
    ) -> None:
        """An entry of the audit trail within a transaction."""
        audit.append(connection, self.writer, action, subject, at_ns=at_ns, detail=detail)


def _newest() -> Subquery:
    """The number of the last version of every incident."""
    numbers = select(INCIDENT.c.id, func.max(INCIDENT.c.version).label("version"))
    return numbers.group_by(INCIDENT.c.id).subquery()


def _newest_of(newest: Subquery) -> ColumnElement[bool]:
    """Joins the incidents to their last versions."""
    return (INCIDENT.c.id == newest.c.id) & (INCIDENT.c.version == newest.c.version)


def _some(connection: Connection, wanted: Any, ids: Iterable[str]) -> Iterator[Any]:
    """Rows of findings of some ids, asked for in parts: a database takes so many at once."""
    asked = list(ids)
    for at in range(0, len(asked), AT_ONCE):
        part = asked[at : at + AT_ONCE]
        yield from connection.execute(wanted.where(FINDING.c.id.in_(part)))


def _last(connection: Connection, incidents: Iterable[str]) -> dict[str, tuple[int, Any]]:
    """Number and body of the last version of incidents, by id; of those that are there."""
    asked = list(incidents)
    found: dict[str, tuple[int, Any]] = {}
    for at in range(0, len(asked), AT_ONCE):
        rows = connection.execute(
            select(INCIDENT.c.id, INCIDENT.c.version, INCIDENT.c.body)
            .where(INCIDENT.c.id.in_(asked[at : at + AT_ONCE]))
            .order_by(INCIDENT.c.version)
        )
        found |= {row.id: (row.version, row.body) for row in rows}
    return found


def _url(where: str | Path) -> URL:
    text = str(where)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise LedgerError(
            f"{text.partition('://')[0]}://...: expected a file, or postgresql+psycopg://USER@HOST/NAME"
        ) from None
    return url


def _engine(url: URL) -> Engine:
    engine = create_engine(url)
    if url.drivername == "sqlite":

        @event.listens_for(engine, "connect")
        def _(connection: Any, _record: object) -> None:
            connection.isolation_level = None  # it would begin transactions in its own way
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            connection.execute("pragma busy_timeout = 10000")

        @event.listens_for(engine, "begin")
        def _(connection: Connection) -> None:
            # What reads first and then writes would fail where another one wrote in between.
            connection.exec_driver_sql("begin immediate")

    return engine


def _up_to_date(engine: Engine) -> None:
    config = AlembicConfig()
    with resources.as_file(resources.files("lynceus.store").joinpath("migrations")) as scripts:
        config.set_main_option("script_location", str(scripts))
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def _reason(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return str(origin).splitlines()[0] if str(origin) else type(origin).__name__
