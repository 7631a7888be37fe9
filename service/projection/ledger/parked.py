"""What is set aside, as those see it who look after it: pages of it, what is due for a retry, calling it up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Connection, and_, bindparam, func, literal, select, true, tuple_, update

from models.ledger import DeadlineClock, Parked, ParkedKind
from service.projection.ledger.tables import DEADLINE, PARKED, Key, dialect_insert, grouped

NOW = 0
"""The ``retry_at`` of what somebody asked to be tried again."""

Place: TypeAlias = tuple[int, str, str, int]
"""Where a page goes on: since, kind, item type, item id."""

_PLACE = (PARKED.c.since, PARKED.c.kind, PARKED.c.item_type, PARKED.c.item_id)


def parked_after(connection: Connection, after: Place | None, kind: ParkedKind | None, limit: int) -> list[Parked]:
    """The next items set aside, the longest set aside first; of one kind only, if given."""
    statement = select(PARKED).order_by(*_PLACE).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(*_PLACE) > tuple_(*map(literal, after)))
    if kind is not None:
        statement = statement.where(PARKED.c.kind == kind.value)
    return [Parked(**row) for row in connection.execute(statement).mappings()]


def due_events(connection: Connection, as_of: int, limit: int) -> list[int]:
    """Positions of parked events whose next try has come, those asked for first."""
    statement = (
        select(PARKED.c.item_id)
        .where(PARKED.c.kind == ParkedKind.EVENT.value, PARKED.c.retry_at <= as_of)
        .order_by(PARKED.c.retry_at, PARKED.c.item_id)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())


def call_up(connection: Connection, keys: Collection[Key] | None, as_of: int) -> None:
    """Have parked items tried again now: these (events and subjects alike), or all with ``None``."""
    for condition in _conditions(keys):
        connection.execute(update(PARKED).where(condition).values(retry_at=NOW))
        subjects = select(
            PARKED.c.item_type,
            PARKED.c.item_id,
            literal(DeadlineClock.NOW.value),
            bindparam("b_due", as_of, type_=BigInteger),
        ).where(PARKED.c.kind == ParkedKind.SUBJECT.value, condition)
        insertion = dialect_insert(connection.dialect.name, DEADLINE).from_select(
            ["subject_type", "subject_id", "clock", "due"], subjects
        )
        insertion = insertion.on_conflict_do_update(
            index_elements=[DEADLINE.c.subject_type, DEADLINE.c.subject_id, DEADLINE.c.clock],
            set_={"due": insertion.excluded.due},
            where=DEADLINE.c.due > insertion.excluded.due,
        )
        connection.execute(insertion)


def count_called_up(connection: Connection) -> int:
    """How many items that somebody asked for have not been tried yet."""
    statement = select(func.count()).select_from(PARKED).where(PARKED.c.retry_at == NOW)
    return connection.execute(statement).scalar_one()


def load_items(connection: Connection, keys: Iterable[Key]) -> dict[Key, Parked]:
    """The parked rows among these items of either kind, by item type and id."""
    found: dict[Key, Parked] = {}
    for condition in _conditions(list(keys)):
        for row in connection.execute(select(PARKED).where(condition)).mappings():
            found[Key(row["item_type"], row["item_id"])] = Parked(**row)
    return found


def _conditions(keys: Collection[Key] | None) -> list[Any]:
    if keys is None:
        return [true()]
    return [and_(PARKED.c.item_type == kind, PARKED.c.item_id.in_(numbers)) for kind, numbers in grouped(keys)]
