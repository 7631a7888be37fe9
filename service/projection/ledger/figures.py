"""Contributions, and the counters that are their sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    union_all,
)

from models.ledger import Scope
from service.kpis.contributions import Contribution
from service.projection.ledger.tables import CONTRIBUTION, COUNTER, Key, dialect_insert, grouped, insert_rows

Row: TypeAlias = tuple[Any, ...]
"""A contribution in the order of the ledger's columns."""

Delta: TypeAlias = dict[tuple[str, str, int, int], list[int]]
"""Counter key ``(measure, scope, scope_id, day)`` → ``[numerator, denominator, sample, provisional]``."""

CONTRIBUTION_COLUMNS = tuple(column.name for column in CONTRIBUTION.columns)
_TEAM, _TECH, _QUEUE, _COMPANY = (scope.value for scope in (Scope.TEAM, Scope.TECH, Scope.QUEUE, Scope.COMPANY))


def contribution_row(subject: Key, contribution: Contribution) -> Row:
    """A contribution as the ledger's row, in the order of ``CONTRIBUTION_COLUMNS``."""
    return (
        subject.type,
        subject.id,
        contribution.measure,
        contribution.part,
        contribution.tech_id,
        contribution.queue_id,
        contribution.company_id,
        contribution.day,
        contribution.happened_at,
        contribution.numerator,
        contribution.denominator,
        contribution.sample,
        str(contribution.outcome),
        contribution.reason,
        contribution.rule,
        int(contribution.provisional),
    )


def load_contributions(connection: Connection, subjects: Iterable[Key]) -> dict[Key, set[Row]]:
    """The contributions of subjects as rows."""
    found: dict[Key, set[Row]] = {}
    for kind, numbers in grouped(subjects):
        rows = connection.execute(
            select(CONTRIBUTION).where(CONTRIBUTION.c.subject_type == kind, CONTRIBUTION.c.subject_id.in_(numbers))
        )
        for row in rows:
            found.setdefault(Key(row[0], row[1]), set()).add(tuple(row))
    return found


def save_contributions(connection: Connection, gone: Collection[Row], new: Collection[Row]) -> None:
    """Retract and assert contributions; one that changed is in both."""
    if gone:
        keys = ("subject_type", "subject_id", "measure", "part")
        statement = delete(CONTRIBUTION).where(and_(*(CONTRIBUTION.c[name] == bindparam(f"b_{name}") for name in keys)))
        parameters = [{f"b_{name}": row[number] for number, name in enumerate(keys)} for row in sorted(gone)]
        connection.execute(statement, parameters)
    if new:
        insert_rows(connection, CONTRIBUTION, sorted(new))


def add_to_delta(delta: Delta, row: Row, sign: int) -> None:
    """Count one contribution row into the sums of its team, technician, queue and company."""
    _, _, measure, _, tech_id, queue_id, company_id, day, _, numerator, denominator, sample, *_, provisional = row
    if not (numerator or denominator or sample):
        return
    for key in (
        (measure, _TEAM, 0, day),
        (measure, _TECH, tech_id, day),
        (measure, _QUEUE, queue_id, day),
        (measure, _COMPANY, company_id, day),
    ):
        sums = delta.get(key)
        if sums is None:
            sums = delta[key] = [0, 0, 0, 0]
        sums[0] += sign * numerator
        sums[1] += sign * denominator
        sums[2] += sign * sample
        sums[3] += sign * provisional


def apply_delta(connection: Connection, delta: Delta) -> None:
    """Move the counters; a counter that came to nothing is removed."""
    moved = {key: sums for key, sums in sorted(delta.items()) if any(sums)}
    if not moved:
        return
    names = ("numerator", "denominator", "sample", "provisional")
    statement = dialect_insert(connection, COUNTER)
    statement = statement.on_conflict_do_update(
        index_elements=[COUNTER.c.measure, COUNTER.c.scope, COUNTER.c.scope_id, COUNTER.c.day],
        set_={name: COUNTER.c[name] + statement.excluded[name] for name in names},
    )
    key_names = ("measure", "scope", "scope_id", "day")
    rows = [dict(zip(key_names + names, (*key, *sums), strict=True)) for key, sums in moved.items()]
    connection.execute(statement, rows)
    lowered = [key for key, sums in moved.items() if min(sums) < 0]
    if lowered:
        empty = delete(COUNTER).where(
            *(COUNTER.c[name] == bindparam(f"b_{name}") for name in key_names),
            *(COUNTER.c[name] == 0 for name in names),
        )
        parameters = [{f"b_{name}": part for name, part in zip(key_names, key, strict=True)} for key in lowered]
        connection.execute(empty, parameters)


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
