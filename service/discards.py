"""The parked events that people gave up: the SQL of ``models.desk.Discard``, a table of the main database.

Whatever folds facts passes them over: the projector, a rebuild, ``verify``. So a rebuilt ledger does not park
them again, and a release that could read them does not count them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select

from models.desk import Discard
from models.instants import Instant, to_datetime, to_instant

_TABLE = cast(Table, Discard.__table__)  # type: ignore[attr-defined]
_AT_ONCE = 1_000
_BETWEEN = select(_TABLE.c.position).where(_TABLE.c.position.between(bindparam("first"), bindparam("last")))


@dataclass(frozen=True, slots=True)
class Discarded:
    """Why an event was given up, by whom and when."""

    position: int
    reason: str
    author: str
    at: Instant


def discard(connection: Connection, positions: Collection[int], reason: str, author: str, now: Instant) -> None:
    """Give events up; of one given up before the first word stands."""
    known = discarded_positions(connection)
    values = {"reason": reason, "author": author, "at": to_datetime(now)}
    rows = [{"position": position, **values} for position in sorted(set(positions) - known)]
    if rows:
        connection.execute(insert(_TABLE), rows)


def discarded_positions(connection: Connection) -> frozenset[int]:
    """The positions of all events given up."""
    return frozenset(connection.execute(select(_TABLE.c.position)).scalars())


def discarded_between(connection: Connection, first: int, last: int) -> frozenset[int]:
    """The positions of the events given up among [first, last]."""
    return frozenset(connection.execute(_BETWEEN, {"first": first, "last": last}).scalars())


def discarded_among(connection: Connection, positions: Collection[int]) -> dict[int, Discarded]:
    """What was given up among these events, by position."""
    found: dict[int, Discarded] = {}
    ordered = sorted(positions)
    for start in range(0, len(ordered), _AT_ONCE):
        some = select(_TABLE).where(_TABLE.c.position.in_(ordered[start : start + _AT_ONCE]))
        for row in connection.execute(some):
            found[row.position] = Discarded(row.position, row.reason, row.author, to_instant(row.at))
    return found


def count_discarded(connection: Connection) -> int:
    """How many events were given up."""
    return connection.execute(select(func.count()).select_from(_TABLE)).scalar_one()
