"""How Alembic reaches the ledger: by the connection that `ledger.py` hands it."""

from alembic import context

from lynceus.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
