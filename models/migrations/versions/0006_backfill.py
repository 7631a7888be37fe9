"""How far backfills came, and what the last reconciliation found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_COUNTING = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables of ``models.backfill``."""
    op.create_table(
        "backfill",
        sa.Column("id", _COUNTING, primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "backfill_part",
        sa.Column("backfill_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("after_id", sa.BigInteger(), nullable=False),
        sa.Column("rows_read", sa.BigInteger(), nullable=False),
        sa.Column("rows_stored", sa.BigInteger(), nullable=False),
        sa.Column("rows_expected", sa.BigInteger(), nullable=True),
        sa.Column("is_done", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "reconcile_drift",
        sa.Column("entity", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Migrations only add; going back is restoring a backup."""
    raise NotImplementedError("restore a backup instead")
