"""The desk: the small tables beside the inbox in the main database.

Which ledger is shown (``LedgerPointer``), who leads (``Leader``), the policy in force as the worker read it
(``EffectivePolicy``), the work left for the leader (``Job``), the parked events that people gave up (``Discard``),
how the last verifications ended (``Proof``), which digests went out (``Digest``) and who may come in (``Token``).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text
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
    """Work for the leading worker, left by a command that then follows ``progress``. ``arguments``: JSON, by kind."""

    __tablename__ = "job"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    kind: str
    state: str = Field(default=JobState.WAITING)
    progress: str = Field(default="")
    created_at: datetime = Field(sa_type=UtcInstant)
    changed_at: datetime = Field(sa_type=UtcInstant)
    arguments: str | None = Field(default=None, sa_type=Text)


class ProofKind(StrEnum):
    """A verification of everything, or of a sample."""

    FULL = "full"
    SAMPLE = "sample"


class Proof(SQLModel, table=True):
    """The last verification of a kind: of which ledger, what it saw; ``detail``: the first differences, JSON."""

    __tablename__ = "proof"

    kind: str = Field(primary_key=True)
    generation: str
    build: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    as_of: datetime = Field(sa_type=UtcInstant)
    finished_at: datetime = Field(sa_type=UtcInstant)
    subjects: int = Field(sa_type=BigInteger)
    differences: int = Field(sa_type=BigInteger)
    detail: str = Field(sa_type=Text)


class Discard(SQLModel, table=True):
    """A parked event that somebody gave up for good: every ledger built from now on passes it over.

    A fact beside the inbox, never only in a ledger (design §1 point 6). Only events have one: a parked subject keeps
    what it had counted, and there is nothing to give up.
    """

    __tablename__ = "discard"

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    reason: str = Field(sa_type=Text)
    author: str
    at: datetime = Field(sa_type=UtcInstant)


class DigestState(StrEnum):
    """What became of a digest. ``SENDING`` outlives a process that died while it was sent: nobody knows."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


class Digest(SQLModel, table=True):
    """One reader's digest of a week (the date of its Monday) by one channel: sent at most once."""

    __tablename__ = "digest"

    week: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    reader: str = Field(primary_key=True)
    state: str
    attempts: int = Field(sa_type=BigInteger)
    changed_at: datetime = Field(sa_type=UtcInstant)
    next_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    detail: str = Field(default="", sa_type=Text)


class Token(SQLModel, table=True):
    """Who may come in: the bearer of a text of which only the hash is kept.

    The hash is one plain SHA-256. Slow hashes (scrypt and the like) buy time against guessing words that people
    choose; a token is 256 random bits, and nobody tries 2^255 of them at any price per guess. A slow hash would
    only make every request, and every flood of bad ones, dearer.

    ``prefix`` is the public part that names the token in lists and commands; ``scopes`` are words with blanks
    between; ``last_used_at`` is coarse (an hour), for finding tokens that nobody needs any more.
    """

    __tablename__ = "token"

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    )
    prefix: str = Field(unique=True)
    sha256: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False), repr=False)
    name: str
    scopes: str
    created_at: datetime = Field(sa_type=UtcInstant)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcInstant)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcInstant)
