"""The ledger: incidents in versions, findings, verdicts, checkpoints and the audit trail.

SQLite in a file by default, PostgreSQL by its URL, through SQLAlchemy; Alembic makes the tables and
brings an older ledger up to date when it is opened. What is written is added, never changed: an
incident that grows gets a new version.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from lynceus.incident import Incident
from lynceus.store import audit
from lynceus.store.tables import CHECKPOINT, FINDING, INCIDENT, VERDICT
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
        added = 0
        with self.transaction() as connection:
            for incident in incidents:
                body = incident.model_dump(mode="json")
                last = _last(connection, incident.id)
                if last is not None and last.body == body:
                    continue
                version = last.version + 1 if last else 1
                connection.execute(
                    INCIDENT.insert().values(
                        id=incident.id, version=version, at_ns=at_ns, site=incident.site,
                        severity=incident.severity, score=incident.score, title=incident.title,
                        first_seen=incident.first_seen, last_seen=incident.last_seen, body=body,
                    )
                )  # fmt: skip
                self._noted(connection, "incident", incident.id, at_ns, version=version)
                added += 1
        return added

    def add_findings(self, findings: pl.DataFrame) -> int:
        """Adds findings that are new, in `FINDING_SCHEMA`; gives how many."""
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
        if not rows:
            return 0
        with self.transaction() as connection:
            before = connection.execute(select(func.count()).select_from(FINDING)).scalar_one()
            dialect: Any = postgresql if self._url.drivername.startswith("postgresql") else sqlite
            connection.execute(dialect.insert(FINDING).on_conflict_do_nothing(), rows)
            after = connection.execute(select(func.count()).select_from(FINDING)).scalar_one()
        return int(after - before)

    def incidents(self) -> list[Incident]:
        """The last version of every incident, the highest score first."""
        newest = select(INCIDENT.c.id, func.max(INCIDENT.c.version).label("version"))
        newest_of = newest.group_by(INCIDENT.c.id).subquery()
        with self.transaction() as connection:
            rows = connection.execute(
                select(INCIDENT.c.body)
                .join(
                    newest_of,
                    (INCIDENT.c.id == newest_of.c.id) & (INCIDENT.c.version == newest_of.c.version),
                )
                .order_by(INCIDENT.c.score.desc(), INCIDENT.c.id)
            )
            return [Incident.model_validate(row.body) for row in rows]

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
            last = _last(connection, verdict.incident)
            if last is None:
                raise LedgerError(f"{verdict.incident!r}: the ledger holds no such incident")
            said = vars(verdict) | {"version": last.version}
            connection.execute(VERDICT.insert().values(**said))
            self._noted(
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
            self._noted(connection, action, subject, at_ns, **detail)

    def _noted(
        self, connection: Connection, action: str, subject: str, at_ns: int, **detail: Any
    ) -> None:
        audit.append(connection, self.writer, action, subject, at_ns=at_ns, detail=detail)


def _last(connection: Connection, incident: str) -> Any:
    """The last version of an incident; None where there is none."""
    wanted = select(INCIDENT.c.version, INCIDENT.c.body).where(INCIDENT.c.id == incident)
    return connection.execute(wanted.order_by(INCIDENT.c.version.desc()).limit(1)).first()


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
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            connection.execute("pragma foreign_keys = on")
            connection.execute("pragma busy_timeout = 10000")

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
