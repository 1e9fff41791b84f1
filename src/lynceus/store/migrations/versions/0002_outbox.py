"""Alerts, the outbox, circuits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("incident", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("opened_ns", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.Column("said_by", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("routes", sa.JSON, nullable=False),
        sa.Column("escalated", sa.Integer, nullable=False),
        sa.Column("escalate_ns", sa.BigInteger),
        sa.ForeignKeyConstraint(["incident", "version"], ["incident.id", "incident.version"]),
    )
    op.create_index("alert_by_escalation", "alert", ["escalate_ns"])
    op.create_table(
        "outbox",
        sa.Column("number", NUMBER, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("made_ns", sa.BigInteger, nullable=False),
        sa.Column("due_ns", sa.BigInteger, nullable=False),
        sa.Column("held_for", sa.String(200)),
        sa.Column("within", sa.String(64)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("taken_ns", sa.BigInteger),
        sa.Column("done_ns", sa.BigInteger),
        sa.Column("said_by", sa.String(100), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("reference", sa.JSON, nullable=False),
    )
    op.create_index("outbox_by_turn", "outbox", ["state", "channel", "due_ns"])
    op.create_index("outbox_by_subject", "outbox", ["subject", "channel", "number"])
    op.create_index("outbox_by_message", "outbox", ["within"])
    op.create_table(
        "circuit",
        sa.Column("channel", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("until_ns", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
