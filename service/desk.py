"""The desk's SQL: which ledger is shown, the policy in force, work left for the leader."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Connection, Table, insert, select, update

from models.desk import ONLY, EffectivePolicy, Job, JobState, Leader, LedgerPointer
from models.instants import Instant, to_datetime, to_instant
from models.policy import Policy

LEADER = cast(Table, Leader.__table__)  # type: ignore[attr-defined]
_POINTER = cast(Table, LedgerPointer.__table__)  # type: ignore[attr-defined]
_POLICY = cast(Table, EffectivePolicy.__table__)  # type: ignore[attr-defined]
_JOB = cast(Table, Job.__table__)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The ledger that is shown."""

    generation: str
    build: int


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """The policy as the worker read it last."""

    policy: Policy
    revision: int


@dataclass(frozen=True, slots=True)
class OpenJob:
    """A job that has not ended."""

    id: int
    kind: str
    arguments: str | None


def read_pointer(connection: Connection) -> Pointer | None:
    """The ledger that is shown, or ``None`` before the first build."""
    row = connection.execute(select(_POINTER.c.generation, _POINTER.c.build)).one_or_none()
    return None if row is None else Pointer(row.generation, row.build)


def write_pointer(connection: Connection, pointer: Pointer, now: Instant) -> None:
    """Show another ledger."""
    _put(
        connection,
        _POINTER,
        {"generation": pointer.generation, "build": pointer.build, "switched_at": to_datetime(now)},
    )


def leader_term(connection: Connection) -> int:
    """The term of the newest leader, its row locked until the transaction ends; 0 before the first."""
    return connection.execute(select(LEADER.c.term).with_for_update()).scalar_one_or_none() or 0


def leader_seen_at(connection: Connection) -> Instant | None:
    """When the leading worker said last that it is alive (wall clock)."""
    seen = connection.execute(select(LEADER.c.seen_at)).scalar_one_or_none()
    return None if seen is None else to_instant(seen)


def read_policy(connection: Connection) -> PolicyInForce | None:
    """The policy in force, or ``None`` before a worker ever ran."""
    row = connection.execute(select(_POLICY.c.content, _POLICY.c.revision)).one_or_none()
    return None if row is None else PolicyInForce(_policy_of(row.content), row.revision)


@lru_cache(maxsize=4)
def _policy_of(content: str) -> Policy:
    """A stored policy, read once: every view of the figures asks for it."""
    return Policy.from_json(content)


def write_policy(connection: Connection, policy: Policy, now: Instant) -> int:
    """Put a policy in force; its revision, raised only when it differs from the one before."""
    content = policy.to_json()
    row = connection.execute(select(_POLICY.c.content, _POLICY.c.revision)).one_or_none()
    if row is not None and row.content == content:
        return int(row.revision)
    revision = 1 if row is None else row.revision + 1
    _put(connection, _POLICY, {"revision": revision, "content": content, "read_at": to_datetime(now)})
    return revision


def add_job(connection: Connection, kind: str, now: Instant, arguments: str | None = None) -> int:
    """Leave work for the leader; the job's id. ``arguments``: JSON that its kind understands."""
    moment = to_datetime(now)
    values = {
        "kind": kind,
        "state": JobState.WAITING,
        "progress": "",
        "created_at": moment,
        "changed_at": moment,
        "arguments": arguments,
    }
    return int(connection.execute(insert(_JOB).values(values).returning(_JOB.c.id)).scalar_one())


def open_jobs(connection: Connection) -> list[OpenJob]:
    """The jobs not ended, oldest first. One that a dead leader had begun is begun again."""
    open_states = (JobState.WAITING.value, JobState.RUNNING.value)
    statement = select(_JOB.c.id, _JOB.c.kind, _JOB.c.arguments).where(_JOB.c.state.in_(open_states))
    return [OpenJob(*row) for row in connection.execute(statement.order_by(_JOB.c.id))]


def note_job(connection: Connection, job_id: int, state: JobState, progress: str, now: Instant) -> None:
    """Say how a job goes."""
    values = {"state": state.value, "progress": progress[:500], "changed_at": to_datetime(now)}
    connection.execute(update(_JOB).where(_JOB.c.id == job_id).values(values))


def read_job(connection: Connection, job_id: int) -> tuple[JobState, str]:
    """State and progress of a job."""
    row = connection.execute(select(_JOB.c.state, _JOB.c.progress).where(_JOB.c.id == job_id)).one()
    return JobState(row.state), row.progress


def _put(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    if connection.execute(update(table).where(table.c.id == ONLY).values(values)).rowcount == 0:
        connection.execute(insert(table).values({"id": ONLY, **values}))
