"""What the feeds remember in the main database: how far each came, who watched tickets, and what was asked for.

Nothing here is a number's source: facts lie in the inbox. These rows say where reading goes on (``Feed``), until when
somebody watched tickets (``Watch``, ``Door``, ``Registered``), what somebody asked to have read again (``Nudge``), on
which ticket or task each known time entry was last (``KnownEntry``), so that its absence is noticed, and what was asked
of Autotask in the last hour (``Spent``).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from models.desk import ONLY
from models.instants import UtcInstant


class Feed(SQLModel, table=True):
    """How far one feed came.

    ``reached``: microseconds of Autotask's clock for feeds that ask by change time, an inbox position for those that
    follow the inbox. A read of several pages under way also has ``after_id`` (the last id stored) and ``pending``
    (what ``reached`` becomes at its end). ``reason``: why it fails, since ``failing_since``.
    """

    __tablename__ = "feed"

    name: str = Field(primary_key=True)
    reached: int | None = Field(default=None, sa_type=BigInteger)
    after_id: int | None = Field(default=None, sa_type=BigInteger)
    pending: int | None = Field(default=None, sa_type=BigInteger)
    succeeded_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    failing_since: datetime | None = Field(default=None, sa_type=UtcInstant)
    reason: str | None = None


class Watch(SQLModel, table=True):
    """Until when tickets were watched without a hole (Autotask's clock), and whether an open gap was said."""

    __tablename__ = "watch"

    id: int = Field(default=ONLY, primary_key=True)
    watched_until: datetime = Field(sa_type=UtcInstant)
    gap_open: bool = False


class Door(SQLModel, table=True):
    """Since when the door for webhooks has been open without a longer break, and when it last said so."""

    __tablename__ = "door"

    id: int = Field(default=ONLY, primary_key=True)
    up_since: datetime = Field(sa_type=UtcInstant)
    beat_at: datetime = Field(sa_type=UtcInstant)


class Registered(SQLModel, table=True):
    """How the webhook of an entity was found when it was last looked at over REST."""

    __tablename__ = "registered_webhook"

    entity: str = Field(primary_key=True)
    is_active: bool
    checked_at: datetime = Field(sa_type=UtcInstant)


class NudgeKind(StrEnum):
    """What shall be read again."""

    TICKET = "ticket"
    TASK = "task"
    REGISTRATION = "registration"


class Nudge(SQLModel, table=True):
    """Somebody asks for a ticket's (task's) entries to be read, or for the webhooks to be looked at (id 0)."""

    __tablename__ = "nudge"

    kind: str = Field(primary_key=True)
    entity_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    asked_at: datetime = Field(sa_type=UtcInstant)


class KnownEntry(SQLModel, table=True):
    """The ticket or task a time entry was last seen on."""

    __tablename__ = "known_entry"
    __table_args__ = (Index("ix_known_entry_ticket", "ticket_id"), Index("ix_known_entry_task", "task_id"))

    entry_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    ticket_id: int | None = Field(default=None, sa_type=BigInteger)
    task_id: int | None = Field(default=None, sa_type=BigInteger)


class Spent(SQLModel, table=True):
    """Requests to Autotask that were set aside at that time (``ingest.autotask.limits.Journal``)."""

    __tablename__ = "autotask_spent"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    at: datetime = Field(sa_type=UtcInstant)
    requests: int
