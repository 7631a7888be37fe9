"""What waits: subjects for their deadlines, parked items for a retry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, and_, bindparam, delete, func, literal, or_, select

from models.ledger import DeadlineClock, Parked, ParkedKind
from service.projection.edges import Concern
from service.projection.ledger.tables import (
    DEADLINE,
    EDGE,
    PARKED,
    Key,
    delete_rows,
    dialect_insert,
    grouped,
    insert_rows,
    on_conflict,
)

_NEW_DUE = on_conflict(DEADLINE, due="excluded.due")
_EARLIER = on_conflict(DEADLINE, due="excluded.due", where="deadline.due > excluded.due")
_KEY_COLUMNS = ("subject_type", "subject_id", "clock")
_COUNT = (
    select(func.count())
    .select_from(DEADLINE)
    .where(
        or_(
            and_(DEADLINE.c.clock == DeadlineClock.NOW.value, DEADLINE.c.due <= bindparam("as_of")),
            and_(DEADLINE.c.clock == DeadlineClock.HEARD.value, DEADLINE.c.due <= bindparam("heard")),
        )
    )
)
_REACHED = (
    select(DEADLINE.c.subject_type, DEADLINE.c.subject_id)
    .where(DEADLINE.c.clock == bindparam("clock"), DEADLINE.c.due <= bindparam("moment"))
    .order_by(DEADLINE.c.due)
    .limit(bindparam("most"))
)
_OF_SUBJECTS = select(DEADLINE).where(
    DEADLINE.c.subject_type == bindparam("kind"), DEADLINE.c.subject_id.in_(bindparam("numbers", expanding=True))
)
_PARKED = select(PARKED).where(
    PARKED.c.kind == bindparam("kind"),
    PARKED.c.item_type == bindparam("item_type"),
    PARKED.c.item_id.in_(bindparam("numbers", expanding=True)),
)
_NEXT = select(
    *(
        select(func.min(DEADLINE.c.due)).where(DEADLINE.c.clock == clock.value).scalar_subquery()
        for clock in (DeadlineClock.NOW, DeadlineClock.HEARD)
    )
)


class Next(NamedTuple):
    """The earliest deadline of each clock; ``None`` without one."""

    now: int | None
    heard: int | None

    def reached(self, as_of: int, heard: int) -> bool:
        """Whether one of them is reached."""
        return (self.now is not None and self.now <= as_of) or (self.heard is not None and self.heard <= heard)


NONE_SET = Next(None, None)


def reached_subjects(connection: Connection, as_of: int, heard: int, limit: int) -> list[Key]:
    """Subjects whose deadline is reached, the longest waiting first."""
    found: dict[Key, None] = {}
    for clock, moment in ((DeadlineClock.NOW, as_of), (DeadlineClock.HEARD, heard)):
        wanted = {"clock": clock.value, "moment": moment, "most": limit - len(found)}
        rows = connection.execute(_REACHED, wanted).all()
        found.update(dict.fromkeys(Key(*row) for row in rows))
    return list(found)


def count_reached(connection: Connection, as_of: int, heard: int) -> int:
    """How many deadlines are reached and wait; part of the lag (I5)."""
    return connection.execute(_COUNT, {"as_of": as_of, "heard": heard}).scalar_one()


def is_reached(clocks: Mapping[str, int], as_of: int, heard: int) -> bool:
    """Whether one of a subject's deadlines is reached."""
    never = max(as_of, heard) + 1
    return clocks.get(DeadlineClock.NOW, never) <= as_of or clocks.get(DeadlineClock.HEARD, never) <= heard


def next_deadlines(connection: Connection) -> Next:
    """The earliest deadlines."""
    return Next(*connection.execute(_NEXT).one())


def load_deadlines(connection: Connection, subjects: Iterable[Key]) -> dict[Key, dict[str, int]]:
    """The deadlines of subjects, by clock."""
    found: dict[Key, dict[str, int]] = {}
    for kind, numbers in grouped(subjects):
        rows = connection.execute(_OF_SUBJECTS, {"kind": kind, "numbers": numbers}).all()
        for subject_type, subject_id, clock, due in rows:
            found.setdefault(Key(subject_type, subject_id), {})[clock] = due
    return found


def save_deadlines(
    connection: Connection, before: Mapping[Key, Mapping[str, int]], after: Mapping[Key, Mapping[str, int]]
) -> None:
    """Bring the deadlines of subjects from what they were to what they are."""
    gone = [(key, clock) for key, due in before.items() for clock in due if clock not in after.get(key, {})]
    if gone:
        delete_rows(connection, DEADLINE, _KEY_COLUMNS, [(*key, clock) for key, clock in sorted(gone)])
    changed = [
        (*key, clock, due)
        for key, clocks in sorted(after.items())
        for clock, due in sorted(clocks.items())
        if before.get(key, {}).get(clock) != due
    ]
    if changed:
        insert_rows(connection, DEADLINE, changed, _NEW_DUE)


def make_readers_due(connection: Connection, sources: Iterable[tuple[Key, Concern]], as_of: int) -> None:
    """Put the subjects that read these entities among the reached deadlines, in the database (design §4).

    ``sources``: each with a stretch in which it reads differently. An edge that says up to when it reads
    (``at`` > 0) is concerned only if that lies within.
    """
    parameters = [
        {"b_due": as_of, "b_type": key.type, "b_id": key.id, "b_since": concern.since, "b_until": concern.until}
        for key, concern in sorted(sources)
    ]
    if parameters:
        connection.execute(_readers_due(connection.dialect.name), parameters)


@cache
def _readers_due(dialect: str) -> Any:
    """Deadlines of the readers of one source, in place of later ones."""
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
    insertion = dialect_insert(dialect, DEADLINE).from_select(["subject_type", "subject_id", "clock", "due"], readers)
    return insertion.on_conflict_do_update(
        index_elements=[DEADLINE.c.subject_type, DEADLINE.c.subject_id, DEADLINE.c.clock],
        set_={"due": insertion.excluded.due},
        where=DEADLINE.c.due > insertion.excluded.due,
    )


def make_due(connection: Connection, subjects: Collection[Key], as_of: int) -> None:
    """Put subjects among the reached deadlines."""
    if subjects:
        rows = [(*key, DeadlineClock.NOW.value, as_of) for key in sorted(subjects)]
        insert_rows(connection, DEADLINE, rows, _EARLIER)


def load_parked(connection: Connection, kind: str, keys: Iterable[Key]) -> dict[Key, Parked]:
    """The parked rows among these items."""
    found: dict[Key, Parked] = {}
    for item_type, numbers in grouped(keys):
        wanted = {"kind": kind, "item_type": item_type, "numbers": numbers}
        for row in connection.execute(_PARKED, wanted).mappings():
            found[Key(item_type, row["item_id"])] = Parked(**row)
    return found


def park(connection: Connection, rows: Collection[Parked]) -> None:
    """Set items aside; one parked before keeps its ``since``."""
    if not rows:
        return
    insertion = dialect_insert(connection.dialect.name, PARKED)
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
