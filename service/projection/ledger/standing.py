"""What stands in the ledger unfinished: the oldest deadline reached, and what is parked since when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from models.instants import Instant
from models.ledger import DeadlineClock, ParkedKind
from service.projection.ledger.tables import DEADLINE, PARKED


@dataclass(frozen=True, slots=True)
class ParkedSum:
    """How many items of a kind are parked; ``oldest`` when the first of them was, ``None`` for no item."""

    count: int = 0
    oldest: Instant | None = None


def parked_sums(connection: Connection) -> dict[ParkedKind, ParkedSum]:
    """What is parked, by every kind there is."""
    rows = connection.execute(select(PARKED.c.kind, func.count(), func.min(PARKED.c.since)).group_by(PARKED.c.kind))
    found = {kind: ParkedSum(count, oldest) for kind, count, oldest in rows}
    return {kind: found.get(kind.value, ParkedSum()) for kind in ParkedKind}


def waits_since(connection: Connection, now: Instant, as_of: Instant, heard: Instant) -> Instant | None:
    """Since when the deadline longest reached waits, or ``None`` when none does.

    One of the clock waits since it was due. One of the second clock (``heard``) since ``as_of``, at which it can
    have been reached at the earliest to still be waiting: ``as_of`` does not move while one does (I5).
    """
    due, heard_due = _earliest(connection, DeadlineClock.NOW), _earliest(connection, DeadlineClock.HEARD)
    since = [due] if due is not None and due <= now else []
    if heard_due is not None and heard_due <= heard:
        since.append(as_of)
    return min(since, default=None)


def _earliest(connection: Connection, clock: DeadlineClock) -> Instant | None:
    earliest: Instant | None = connection.execute(
        select(func.min(DEADLINE.c.due)).where(DEADLINE.c.clock == clock.value)
    ).scalar_one()
    return earliest
