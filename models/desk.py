"""The desk: the small tables beside the inbox in the main database.

Which ledger is shown (``LedgerPointer``), who leads (``Leader``), the policy in force as the worker read it
(``EffectivePolicy``) and the work left for the leader (``Job``).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Integer, Text
from sqlmodel import Field, SQLModel

from models.instants import UtcInstant

ONLY = 1


class Leader(SQLModel, table=True):
    """The term of the leading worker; every new leader raises it by one (fencing)."""

    __tablename__ = "leader"

    id: int = Field(default=ONLY, primary_key=True)
    term: int = Field(sa_type=BigInteger)
    since: datetime = Field(sa_type=UtcInstant)
    seen_at: datetime = Field(sa_type=UtcInstant)


class LedgerPointer(SQLModel, table=True):
    """The ledger that is shown. ``build`` counts rebuilds."""

    __tablename__ = "ledger_pointer"

    id: int = Field(default=ONLY, primary_key=True)
    generation: str
    build: int = Field(sa_type=BigInteger)
    switched_at: datetime = Field(sa_type=UtcInstant)


class EffectivePolicy(SQLModel, table=True):
    """The policy in force, complete, as JSON; ``revision`` rises when its content changes."""

    __tablename__ = "effective_policy"

    id: int = Field(default=ONLY, primary_key=True)
    revision: int = Field(sa_type=BigInteger)
    content: str = Field(sa_type=Text)
    read_at: datetime = Field(sa_type=UtcInstant)


class JobState(StrEnum):
    """The life of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(SQLModel, table=True):
    """Work for the leading worker, left by a command that then follows ``progress``."""

    __tablename__ = "job"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    kind: str
    state: str = Field(default=JobState.WAITING)
    progress: str = Field(default="")
    created_at: datetime = Field(sa_type=UtcInstant)
    changed_at: datetime = Field(sa_type=UtcInstant)
