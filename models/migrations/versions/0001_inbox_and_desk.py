"""The inbox and the desk: the tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "inbox",
        sa.Column("position", _COUNTING, primary_key=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("dedup_key", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("entity_type", sa.String(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("content_key", sa.LargeBinary(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_entity", "inbox", ["entity_type", "entity_id", "position"])
    op.create_table(
        "leader",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "ledger_pointer",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("generation", sa.String(), nullable=False),
        sa.Column("build", sa.BigInteger(), nullable=False),
        sa.Column("switched_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "effective_policy",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "job",
        sa.Column("id", _COUNTING, primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("progress", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Migrations only add; going back is restoring a backup."""
    raise NotImplementedError("restore a backup instead")
