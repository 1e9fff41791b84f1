"""The tables of the ledger, as SQLAlchemy has them; `migrations/` makes and changes them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up by itself only in a column of this type."""

AT_ONCE = 500
"""Values in one list of a statement; SQLite has a limit."""

INCIDENT = Table(
    "incident",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("site", String(100), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("score", Float, nullable=False),
    Column("title", Text, nullable=False),
    Column("first_seen", String(40)),
    Column("last_seen", String(40)),
    Column("body", JSON, nullable=False),
    Index("incident_by_time", "last_seen"),
)
"""Versions of incidents: what was known of one at `at_ns`; a version is never changed."""

FINDING = Table(
    "finding",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("detector", String(100), nullable=False),
    Column("site", String(100)),
    Column("window_end_ns", BigInteger),
    Column("body", JSON, nullable=False),
    Index("finding_by_time", "window_end_ns"),
)
"""Findings, each once: its id is a hash of what it says."""

VERDICT = Table(
    "verdict",
    METADATA,
    Column("number", Number, primary_key=True),
    Column("incident", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("verdict", String(32), nullable=False),
    Column("said_by", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    ForeignKeyConstraint(["incident", "version"], ["incident.id", "incident.version"]),
)
"""What people said of incidents, in order; the last one counts."""

CHECKPOINT = Table(
    "checkpoint",
    METADATA,
    Column("worker", String(100), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Where a worker goes on: the last one of each."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("writer", String(100), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("action", String(100), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
"""What was done, by whom: each writer's entry carries the digest of its one before."""

ALERT = Table(
    "alert",
    METADATA,
    Column("incident", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("said_by", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("routes", JSON, nullable=False),
    Column("escalated", Integer, nullable=False),
    Column("escalate_ns", BigInteger),
    ForeignKeyConstraint(["incident", "version"], ["incident.id", "incident.version"]),
    Index("alert_by_escalation", "escalate_ns"),
)
"""What became of an incident that was told: open, acknowledged or resolved; when it escalates."""

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("number", Number, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("channel", String(64), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("version", Integer),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("weight", Float, nullable=False),
    Column("made_ns", BigInteger, nullable=False),
    Column("due_ns", BigInteger, nullable=False),
    Column("held_for", String(200)),
    Column("within", String(64)),
    Column("attempts", Integer, nullable=False),
    Column("taken_ns", BigInteger),
    Column("done_ns", BigInteger),
    Column("said_by", String(100), nullable=False),
    Column("why", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("reference", JSON, nullable=False),
    Index("outbox_by_turn", "state", "channel", "due_ns"),
    Index("outbox_by_subject", "subject", "channel", "number"),
    Index("outbox_by_message", "within"),
)
"""Messages to channels: each waits, was sent, is dead, or was told within another one."""

CIRCUIT = Table(
    "circuit",
    METADATA,
    Column("channel", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until_ns", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
"""Channels that failed last: how often in a row, and until when they are left alone."""
