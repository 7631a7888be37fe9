"""The ledger: everything derived from the inbox, disposable, one per generation and build.

Folded ``state`` of each entity, the ``edge`` rows that say whose story reads what, the ``work`` on each ticket,
``contribution`` rows, ``counter`` sums, ``deadline`` rows, ``parked`` rows, one rendered ``snapshot`` and one
``progress`` row that every transaction locks first. All integers: instants are microseconds, days ``YYYYMMDD``,
numerators and denominators millionths. No NULL in a key: -1 is nobody or none (invariant I8).

The worker leading alone writes here. Changing a table here means raising ``LAYOUT``.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

LAYOUT = 8
NOBODY = -1
NONE = -1
_CLUSTERED = {"sqlite_with_rowid": False}


class Scope(StrEnum):
    """Whose sum a counter is. The team's ``scope_id`` is 0."""

    TEAM = "team"
    TECH = "tech"
    QUEUE = "queue"
    COMPANY = "company"


class DeadlineClock(StrEnum):
    """What a deadline waits for: the time, or the newest time anything was heard of (kpis.md, SLA rule 7)."""

    NOW = "now"
    HEARD = "heard"


class ParkedKind(StrEnum):
    """What is set aside: one stored event that cannot be read, or one subject whose KPI raises."""

    EVENT = "event"
    SUBJECT = "subject"


class LedgerModel(SQLModel, registry=registry()):
    """Base of the ledger's tables; keeps them out of the main database's migrations."""


def _key(**options: object) -> Column[int]:
    return Column(BigInteger, primary_key=True, autoincrement=False, **options)  # type: ignore[arg-type]


class Progress(LedgerModel, table=True):
    """How far this ledger is: inbox position, its own time, what was heard last; and who may write it."""

    __tablename__ = "progress"

    id: int = Field(default=1, primary_key=True)
    generation: str
    build: int = Field(sa_type=BigInteger)
    leader_term: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    as_of: int = Field(sa_type=BigInteger)
    heard: int = Field(sa_type=BigInteger)
    tick: int = Field(sa_type=BigInteger)


class State(LedgerModel, table=True):
    """The folded facts of one entity, canonical JSON (``service.projection.fold``)."""

    __tablename__ = "state"

    entity_type: str = Field(primary_key=True)
    entity_id: int = Field(sa_column=_key())
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Edge(LedgerModel, table=True):
    """``target``'s story reads ``source``; ``at`` > 0 says up to when, in the source's own measure of time."""

    __tablename__ = "edge"
    __table_args__ = (
        Index("ix_edge_target", "target_type", "target_id", "source_type"),
        _CLUSTERED,
    )

    source_type: str = Field(primary_key=True)
    source_id: int = Field(sa_column=_key())
    target_type: str = Field(primary_key=True)
    target_id: int = Field(sa_column=_key())
    at: int = Field(sa_type=BigInteger)


class WorkRow(LedgerModel, table=True):
    """What a ticket reads of its time entries that count (kpis.md R13), in the order of their starts; -1 = not known.

    ``hours`` in millionths, ``created`` the earliest creation.
    """

    __tablename__ = "work"
    __table_args__ = (Index("ix_work_entry", "entry_id"), _CLUSTERED)

    ticket_id: int = Field(sa_column=_key())
    start: int = Field(sa_column=_key())
    entry_id: int = Field(sa_column=_key())
    tech_id: int = Field(sa_type=BigInteger)
    end: int = Field(sa_type=BigInteger)
    hours: int = Field(sa_type=BigInteger)
    created: int = Field(sa_type=BigInteger)


class ContributionRow(LedgerModel, table=True):
    """What one subject adds to one measure, and why (kpis.md §1)."""

    __tablename__ = "contribution"
    __table_args__ = (
        Index("ix_contribution_measure", "measure", "day", "happened_at"),
        Index(
            "ix_contribution_open_breach",
            "measure",
            "happened_at",
            sqlite_where=text("reason = 'open_breach'"),
            postgresql_where=text("reason = 'open_breach'"),
        ),
        Index(
            "ix_contribution_pending",
            "measure",
            "happened_at",
            sqlite_where=text("reason = 'pending'"),
            postgresql_where=text("reason = 'pending'"),
        ),
        Index(
            "ix_contribution_history_unknown",
            "day",
            "subject_id",
            sqlite_where=text("reason = 'history_unknown'"),
            postgresql_where=text("reason = 'history_unknown'"),
        ),
        Index(
            "ix_contribution_open",
            "measure",
            "reason",  # always the same: with it the index answers alone, and SQLite prefers it to that of measures
            "queue_id",
            "tech_id",
            "subject_id",
            sqlite_where=text("reason = 'open'"),
            postgresql_where=text("reason = 'open'"),
        ),
        _CLUSTERED,
    )

    subject_type: str = Field(primary_key=True)
    subject_id: int = Field(sa_column=_key())
    measure: str = Field(primary_key=True)
    part: int = Field(sa_column=_key())
    tech_id: int = Field(sa_type=BigInteger)
    queue_id: int = Field(sa_type=BigInteger)
    company_id: int = Field(sa_type=BigInteger)
    day: int = Field(sa_type=BigInteger)
    happened_at: int = Field(sa_type=BigInteger)
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    sample: int = Field(sa_type=BigInteger)
    outcome: str
    reason: str
    rule: str
    provisional: int = Field(sa_type=BigInteger)


_ALL_ZERO = text("numerator = 0 AND denominator = 0 AND sample = 0 AND provisional = 0")


class Counter(LedgerModel, table=True):
    """Sums of contributions by measure, local day and scope; a row that is all zero does not exist."""

    __tablename__ = "counter"
    __table_args__ = (
        # Holds what has just come to nothing, which is then removed: empty at every commit.
        Index("ix_counter_nothing", "measure", sqlite_where=_ALL_ZERO, postgresql_where=_ALL_ZERO),
        _CLUSTERED,
    )

    measure: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    scope_id: int = Field(sa_column=_key())
    day: int = Field(sa_column=_key())
    numerator: int = Field(sa_type=BigInteger)
    denominator: int = Field(sa_type=BigInteger)
    sample: int = Field(sa_type=BigInteger)
    provisional: int = Field(sa_type=BigInteger)


class Deadline(LedgerModel, table=True):
    """When a subject's contributions may change without a new fact of its own (``next_change_at``)."""

    __tablename__ = "deadline"
    __table_args__ = (
        Index("ix_deadline_due", "clock", "due"),
        _CLUSTERED,
    )

    subject_type: str = Field(primary_key=True)
    subject_id: int = Field(sa_column=_key())
    clock: str = Field(primary_key=True)
    due: int = Field(sa_type=BigInteger)


class Parked(LedgerModel, table=True):
    """An event or a subject set aside; it blocks nobody else. Events: ``item_type`` is the inbox.

    ``since``: an event's is when it was received. ``retry_at``: when it is tried again by itself, in ledger time;
    0 when somebody asked for it now.
    """

    __tablename__ = "parked"
    __table_args__ = (
        Index("ix_parked_retry", "kind", "retry_at"),
        Index("ix_parked_since", "since", "kind", "item_type", "item_id"),
    )

    kind: str = Field(primary_key=True)
    item_type: str = Field(primary_key=True)
    item_id: int = Field(sa_column=_key())
    reason: str
    detail: str = Field(sa_type=Text)
    since: int = Field(sa_type=BigInteger)
    attempts: int = Field(sa_type=BigInteger)
    retry_at: int = Field(sa_type=BigInteger)


class Snapshot(LedgerModel, table=True):
    """The metrics of the ledger as the leading worker rendered them last, compressed (``service.metrics.packed``)."""

    __tablename__ = "snapshot"

    id: int = Field(default=1, primary_key=True)
    version: str
    rendered_at: int = Field(sa_type=BigInteger)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


LEDGER_METADATA = LedgerModel.metadata
