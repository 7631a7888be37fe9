"""Alembic's environment: runs the migrations on the connection that ``models.schema`` hands over.

There is no way in from the ``alembic`` command: an upgrade without the lock would race a starting service.
"""

from __future__ import annotations

from alembic import context

from models.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
