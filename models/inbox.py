"""The inbox: every fact, whatever its origin, durable, de-duplicated, numbered, never changed.

``position`` is the order of storing and nothing else; no number may depend on it (design I3). The columns
beside ``body`` are what the inbox itself needs: the unique key that makes "the same event again" one atomic
insert (I2), and the entity, by which a rebuild reads all facts of one entity together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary
from sqlmodel import Field, SQLModel

from models.instants import Instant, UtcInstant

NO_ENTITY = ""
NO_ID = -1


class Origin(StrEnum):
    """Where a fact came from; decides how its body is read."""

    WEBHOOK = "webhook"
    REST = "rest"
    OWN = "own"


class InboxRow(SQLModel, table=True):
    """One stored fact."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("ix_inbox_entity", "entity_type", "entity_id", "position"),
        {"sqlite_autoincrement": True},
    )

    position: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    received_at: datetime = Field(sa_type=UtcInstant)
    origin: str
    dedup_key: bytes = Field(sa_column=Column(LargeBinary(32), unique=True, nullable=False))
    entity_type: str
    entity_id: int = Field(sa_type=BigInteger)
    content_key: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact on its way into the inbox.

    ``dedup_key`` is the sha256 that makes it unique (of the raw body for webhooks); ``content_key`` the sha256
    of what a REST row says, without when it was read (empty for webhooks). ``entity_type`` is the catalogue's
    name, or ``NO_ENTITY`` with ``NO_ID`` when the body could not be read at the door.
    """

    received_at: Instant
    origin: Origin
    dedup_key: bytes
    body: bytes
    entity_type: str = NO_ENTITY
    entity_id: int = NO_ID
    content_key: bytes = b""


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A row of the inbox as the fold reads it."""

    position: int
    received_at: Instant
    origin: Origin
    body: bytes
    event_key: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What storing a fact gave: its position, and whether it stood there before."""

    position: int
    duplicate: bool
