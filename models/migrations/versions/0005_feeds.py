"""How far the feeds came, who watched tickets, what was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of ``models.feeds``."""
    op.create_table(
        "feed",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("reached", sa.BigInteger(), nullable=True),
        sa.Column("after_id", sa.BigInteger(), nullable=True),
        sa.Column("pending", sa.BigInteger(), nullable=True),
        sa.Column("succeeded_at", sa.BigInteger(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
    )
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("watched_until", sa.BigInteger(), nullable=False),
        sa.Column("gap_open", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "door",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("up_since", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "registered_webhook",
        sa.Column("entity", sa.String(), primary_key=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "nudge",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("entity_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "known_entry",
        sa.Column("entry_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_known_entry_ticket", "known_entry", ["ticket_id"])
    op.create_index("ix_known_entry_task", "known_entry", ["task_id"])
    op.create_table(
        "autotask_spent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Migrations only add; going back is restoring a backup."""
    raise NotImplementedError("restore a backup instead")
