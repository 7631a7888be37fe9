"""What waits: subjects for their deadlines, parked items for a retry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, delete, func, literal, or_, select

from models.ledger import DeadlineClock, Parked, ParkedKind
from service.projection.edges import Concern
from service.projection.ledger.tables import DEADLINE, EDGE, PARKED, Key, dialect_insert, grouped


def _reached(as_of: int, heard: int) -> Any:
    return or_(
        and_(DEADLINE.c.clock == DeadlineClock.NOW.value, DEADLINE.c.due <= as_of),
        and_(DEADLINE.c.clock == DeadlineClock.HEARD.value, DEADLINE.c.due <= heard),
    )


def reached_subjects(connection: Connection, as_of: int, heard: int, limit: int) -> list[Key]:
    """Subjects whose deadline is reached, the longest waiting first."""
    found: dict[Key, None] = {}
    for clock, moment in ((DeadlineClock.NOW, as_of), (DeadlineClock.HEARD, heard)):
        rows = connection.execute(
            select(DEADLINE.c.subject_type, DEADLINE.c.subject_id)
            .where(DEADLINE.c.clock == clock.value, DEADLINE.c.due <= moment)
            .order_by(DEADLINE.c.due)
            .limit(limit - len(found))
        )
        found.update(dict.fromkeys(Key(*row) for row in rows))
    return list(found)


def count_reached(connection: Connection, as_of: int, heard: int) -> int:
    """How many deadlines are reached and wait; part of the lag (I5)."""
    return connection.execute(select(func.count()).select_from(DEADLINE).where(_reached(as_of, heard))).scalar_one()


def is_reached(clocks: Mapping[str, int], as_of: int, heard: int) -> bool:
    """Whether one of a subject's deadlines is reached."""
    never = max(as_of, heard) + 1
    return clocks.get(DeadlineClock.NOW, never) <= as_of or clocks.get(DeadlineClock.HEARD, never) <= heard


def next_deadline(connection: Connection) -> int | None:
    """The earliest deadline of the clock, or ``None``."""
    statement = select(func.min(DEADLINE.c.due)).where(DEADLINE.c.clock == DeadlineClock.NOW.value)
    due: int | None = connection.execute(statement).scalar_one()
    return due


def load_deadlines(connection: Connection, subjects: Iterable[Key]) -> dict[Key, dict[str, int]]:
    """The deadlines of subjects, by clock."""
    found: dict[Key, dict[str, int]] = {}
    for kind, numbers in grouped(subjects):
        rows = connection.execute(
            select(DEADLINE).where(DEADLINE.c.subject_type == kind, DEADLINE.c.subject_id.in_(numbers))
        )
        for subject_type, subject_id, clock, due in rows:
            found.setdefault(Key(subject_type, subject_id), {})[clock] = due
    return found


def save_deadlines(
    connection: Connection, before: Mapping[Key, Mapping[str, int]], after: Mapping[Key, Mapping[str, int]]
) -> None:
    """Bring the deadlines of subjects from what they were to what they are."""
    gone = [(key, clock) for key, due in before.items() for clock in due if clock not in after.get(key, {})]
    if gone:
        statement = delete(DEADLINE).where(
            DEADLINE.c.subject_type == bindparam("b_type"),
            DEADLINE.c.subject_id == bindparam("b_id"),
            DEADLINE.c.clock == bindparam("b_clock"),
        )
        connection.execute(statement, [{"b_type": k.type, "b_id": k.id, "b_clock": c} for k, c in sorted(gone)])
    changed = [
        {"subject_type": key.type, "subject_id": key.id, "clock": clock, "due": due}
        for key, clocks in sorted(after.items())
        for clock, due in sorted(clocks.items())
        if before.get(key, {}).get(clock) != due
    ]
    if changed:
        insertion = dialect_insert(connection, DEADLINE)
        insertion = insertion.on_conflict_do_update(
            index_elements=[DEADLINE.c.subject_type, DEADLINE.c.subject_id, DEADLINE.c.clock],
            set_={"due": insertion.excluded.due},
        )
        connection.execute(insertion, changed)


def make_readers_due(connection: Connection, sources: Mapping[Key, Concern], as_of: int) -> None:
    """Put the subjects that read these entities among the reached deadlines, in the database (design §4).

    ``sources``: the stretch in which each reads differently; an edge that says up to when it reads (``at`` > 0) is
    concerned only if that lies within.
    """
    if not sources:
        return
    readers = select(
        EDGE.c.target_type,
        EDGE.c.target_id,
        literal(DeadlineClock.NOW.value),
        bindparam("b_due", type_=BigInteger),
    ).where(
        EDGE.c.source_type == bindparam("b_type"),
        EDGE.c.source_id == bindparam("b_id"),
        or_(
            EDGE.c.at <= 0,
            EDGE.c.at.between(bindparam("b_since", type_=BigInteger), bindparam("b_until", type_=BigInteger)),
        ),
    )
    insertion = dialect_insert(connection, DEADLINE).from_select(
        ["subject_type", "subject_id", "clock", "due"], readers
    )
    parameters = [
        {"b_due": as_of, "b_type": key.type, "b_id": key.id, "b_since": concern.since, "b_until": concern.until}
        for key, concern in sorted(sources.items())
    ]
    connection.execute(_earlier(insertion), parameters)


def make_due(connection: Connection, subjects: Collection[Key], as_of: int) -> None:
    """Put subjects among the reached deadlines."""
    if subjects:
        rows = [
            {"subject_type": key.type, "subject_id": key.id, "clock": DeadlineClock.NOW.value, "due": as_of}
            for key in sorted(subjects)
        ]
        connection.execute(_earlier(dialect_insert(connection, DEADLINE)), rows)


def _earlier(insertion: Any) -> Any:
    """An insertion of deadlines that replaces later ones."""
    return insertion.on_conflict_do_update(
        index_elements=[DEADLINE.c.subject_type, DEADLINE.c.subject_id, DEADLINE.c.clock],
        set_={"due": insertion.excluded.due},
        where=DEADLINE.c.due > insertion.excluded.due,
    )


def load_parked(connection: Connection, kind: str, keys: Iterable[Key]) -> dict[Key, Parked]:
    """The parked rows among these items."""
    found: dict[Key, Parked] = {}
    for item_type, numbers in grouped(keys):
        rows = connection.execute(
            select(PARKED).where(PARKED.c.kind == kind, PARKED.c.item_type == item_type, PARKED.c.item_id.in_(numbers))
        ).mappings()
        for row in rows:
            found[Key(item_type, row["item_id"])] = Parked(**row)
    return found


def park(connection: Connection, rows: Collection[Parked]) -> None:
    """Set items aside; one parked before keeps its ``since``."""
    if not rows:
        return
    insertion = dialect_insert(connection, PARKED)
    insertion = insertion.on_conflict_do_update(
        index_elements=[PARKED.c.kind, PARKED.c.item_type, PARKED.c.item_id],
        set_={name: insertion.excluded[name] for name in ("reason", "detail", "attempts", "retry_at")},
    )
    connection.execute(insertion, [row.model_dump() for row in rows])


def unpark(connection: Connection, kind: str, keys: Iterable[Key]) -> None:
    """Take items back."""
    for item_type, numbers in grouped(keys):
        connection.execute(
            delete(PARKED).where(PARKED.c.kind == kind, PARKED.c.item_type == item_type, PARKED.c.item_id.in_(numbers))
        )


def parked_positions(connection: Connection, item_type: str, reason: str = "") -> frozenset[int]:
    """The inbox positions of parked events; of one reason only, if given."""
    statement = select(PARKED.c.item_id).where(PARKED.c.kind == ParkedKind.EVENT.value, PARKED.c.item_type == item_type)
    if reason:
        statement = statement.where(PARKED.c.reason == reason)
    return frozenset(connection.execute(statement).scalars())
