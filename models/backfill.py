"""What backfill and reconciliation remember in the main database: how far they came, and what differed.

Nothing here is a number's source: facts lie in the inbox. A ``Backfill`` is one reading of the past; its ``Part`` rows
say after which id each part goes on. ``Drift`` is what the last reconciliation found.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field, SQLModel

from models.instants import UtcInstant


class Backfill(SQLModel, table=True):
    """One reading of what happened at ``since`` or later. Its parts follow from ``since`` and ``started_at``."""

    __tablename__ = "backfill"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    since: datetime = Field(sa_type=UtcInstant)
    started_at: datetime = Field(sa_type=UtcInstant)
    finished_at: datetime | None = Field(default=None, sa_type=UtcInstant)


class BackfillPart(SQLModel, table=True):
    """How far one part came: the last id stored, the rows read, those that were new, how many were expected."""

    __tablename__ = "backfill_part"

    backfill_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name: str = Field(primary_key=True)
    after_id: int = Field(default=-1, sa_type=BigInteger)
    rows_read: int = Field(default=0, sa_type=BigInteger)
    rows_stored: int = Field(default=0, sa_type=BigInteger)
    rows_expected: int | None = Field(default=None, sa_type=BigInteger)
    is_done: bool = False


class Drift(SQLModel, table=True):
    """What the last reconciliation found different and repaired, by entity and kind."""

    __tablename__ = "reconcile_drift"

    entity: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    found: int = Field(sa_type=BigInteger)
    counted_at: datetime = Field(sa_type=UtcInstant)
