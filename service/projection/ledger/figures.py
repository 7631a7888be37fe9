"""Contributions, and the counters that are their sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import intern
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Connection,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)

from models.ledger import Scope
from service.kpis.contributions import Contribution, Outcome
from service.projection.ledger.tables import (
    CONTRIBUTION,
    COUNTER,
    Key,
    add_rows,
    delete_rows,
    grouped,
    insert_rows,
    on_conflict,
)

Row: TypeAlias = tuple[Any, ...]
"""A contribution in the order of the ledger's columns."""

Delta: TypeAlias = dict[tuple[str, str, int, int], list[int]]
"""Counter key ``(measure, scope, scope_id, day)`` → ``[numerator, denominator, sample, provisional]``."""

Whose: TypeAlias = tuple[str, int]
"""Whose counter: a scope's value and the id in it."""

CONTRIBUTION_COLUMNS = tuple(column.name for column in CONTRIBUTION.columns)
_KEY_LENGTH = len(CONTRIBUTION.primary_key)
_COUNTER_COLUMNS = tuple(column.name for column in COUNTER.columns)
_REMOVE_NOTHING = text("DELETE FROM counter WHERE numerator = 0 AND denominator = 0 AND sample = 0 AND provisional = 0")
"""Sums may be negative too (an endpoint that went, hours taken back): a counter comes to nothing from either side."""
_SUM_NAMES = _COUNTER_COLUMNS[len(COUNTER.primary_key) :]
_ADDED = on_conflict(COUNTER, **{name: f"counter.{name} + excluded.{name}" for name in _SUM_NAMES})
_OF_SUBJECTS = select(CONTRIBUTION).where(
    CONTRIBUTION.c.subject_type == bindparam("kind"),
    CONTRIBUTION.c.subject_id.in_(bindparam("numbers", expanding=True)),
)
_COUNTED = Outcome.COUNTED.value
_TEAM, _TECH, _QUEUE, _COMPANY = (scope.value for scope in (Scope.TEAM, Scope.TECH, Scope.QUEUE, Scope.COMPANY))


def contribution_row(subject: Key, contribution: Contribution) -> Row:
    """A contribution as the ledger's row, in the order of ``CONTRIBUTION_COLUMNS``."""
    measure, day, at, part, tech_id, queue_id, company_id, numerator, denominator, sample = contribution[:10]
    reason, rule, provisional = contribution[10:]
    outcome = _COUNTED if numerator or denominator or sample else contribution.outcome.value
    return (
        *subject,
        intern(measure),  # names put together while evaluating: equal ones are one from here on
        *(part, tech_id, queue_id, company_id, day, at, numerator, denominator, sample),
        *(outcome, reason, rule, int(provisional)),
    )


def load_contributions(connection: Connection, subjects: Iterable[Key]) -> dict[Key, set[Row]]:
    """The contributions of subjects as rows."""
    found: dict[Key, set[Row]] = {}
    for kind, numbers in grouped(subjects):
        for row in connection.execute(_OF_SUBJECTS, {"kind": kind, "numbers": numbers}).all():
            found.setdefault(Key(row[0], row[1]), set()).add(tuple(row))
    return found


def save_contributions(connection: Connection, gone: Sequence[Row], new: Sequence[Row]) -> None:
    """Retract and assert contributions, each in the order of their keys; one that changed is in both."""
    if gone:
        keys = CONTRIBUTION_COLUMNS[:_KEY_LENGTH]
        delete_rows(connection, CONTRIBUTION, keys, [row[:_KEY_LENGTH] for row in gone])
    if new:
        insert_rows(connection, CONTRIBUTION, new)


def add_contributions(connection: Connection, rows: Sequence[Row]) -> None:
    """Assert contributions of subjects that have none."""
    add_rows(connection, CONTRIBUTION, rows)


def add_to_delta(delta: Delta, row: Row, sign: int) -> None:
    """Count one contribution row into the sums of its team, technician, queue and company."""
    _, _, measure, _, tech_id, queue_id, company_id, day, _, numerator, denominator, sample, _, _, _, provisional = row
    if not (numerator or denominator or sample):
        return
    if sign < 0:
        numerator, denominator, sample, provisional = -numerator, -denominator, -sample, -provisional
    for key in (
        (measure, _TEAM, 0, day),
        (measure, _TECH, tech_id, day),
        (measure, _QUEUE, queue_id, day),
        (measure, _COMPANY, company_id, day),
    ):
        sums = delta.get(key)
        if sums is None:
            delta[key] = [numerator, denominator, sample, provisional]
        else:
            sums[0] += numerator
            sums[1] += denominator
            sums[2] += sample
            sums[3] += provisional


def whose(delta: Delta) -> set[Whose]:
    """Whose counters a delta moves."""
    return {(scope, scope_id) for (_, scope, scope_id, _), sums in delta.items() if any(sums)}


def apply_delta(connection: Connection, delta: Delta) -> None:
    """Move the counters; a counter that came to nothing is removed."""
    moved = {key: sums for key, sums in sorted(delta.items()) if any(sums)}
    if not moved:
        return
    insert_rows(connection, COUNTER, [(*key, *sums) for key, sums in moved.items()], _ADDED)
    connection.execute(_REMOVE_NOTHING)


def count_counters(connection: Connection) -> int:
    """How many counters there are."""
    return connection.execute(select(func.count()).select_from(COUNTER)).scalar_one()


def counter_differences(connection: Connection, limit: int) -> list[Row]:
    """Counters that are not the sums of their contributions: the counter's columns, then on which side it stands."""
    sums = [
        cast(func.sum(CONTRIBUTION.c[name]), BigInteger)
        for name in ("numerator", "denominator", "sample", "provisional")
    ]
    counts = or_(CONTRIBUTION.c.numerator != 0, CONTRIBUTION.c.denominator != 0, CONTRIBUTION.c.sample != 0)
    scopes = (
        (Scope.TEAM, literal(0, BigInteger)),
        (Scope.TECH, CONTRIBUTION.c.tech_id),
        (Scope.QUEUE, CONTRIBUTION.c.queue_id),
        (Scope.COMPANY, CONTRIBUTION.c.company_id),
    )
    expected = union_all(
        *(
            select(CONTRIBUTION.c.measure, literal(scope.value), scope_id, CONTRIBUTION.c.day, *sums)
            .where(counts)
            .group_by(CONTRIBUTION.c.measure, CONTRIBUTION.c.day, *(() if scope is Scope.TEAM else (scope_id,)))
            .having(or_(*(one != 0 for one in sums)))  # what cancels out leaves no counter
            for scope, scope_id in scopes
        )
    ).subquery()
    found = select(*COUNTER.columns)
    should = select(*expected.columns)
    differences: list[Row] = []
    for statement, side in (
        (found.except_(should), "in the ledger, not the sum of contributions"),
        (should.except_(found), "the sum of contributions, not in the ledger"),
    ):
        rows = connection.execute(statement.limit(limit)).all()
        differences += [(*row, side) for row in rows]
    return differences
