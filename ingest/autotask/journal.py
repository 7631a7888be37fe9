"""What was asked of Autotask in the last hour, kept in the main database: a restart gives nothing back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, delete, insert, select

from ingest.autotask.limits import BLOCK_LIVES, WINDOW, Spent
from models import feeds
from models.database import Database
from models.instants import Instant, to_datetime, to_instant

_SPENT = cast(Table, feeds.Spent.__table__)  # type: ignore[attr-defined]


class KeptJournal:
    """An ``ingest.autotask.limits.Journal``."""

    def __init__(self, main: Database) -> None:
        self._main = main

    def load(self, since: Instant) -> Iterable[Spent]:
        """What was set aside at ``since`` or later."""
        query = select(_SPENT.c.at, _SPENT.c.requests).where(_SPENT.c.at >= to_datetime(since)).order_by(_SPENT.c.at)
        with self._main.read() as connection:
            return [Spent(to_instant(row.at), row.requests) for row in connection.execute(query)]

    def note(self, spent: Spent) -> None:
        """Remember, durable when it returns; what no window can hold any more is forgotten."""
        forgotten = spent.at - WINDOW - BLOCK_LIVES
        with self._main.write() as connection:
            connection.execute(delete(_SPENT).where(_SPENT.c.at < to_datetime(forgotten)))
            connection.execute(insert(_SPENT).values({"at": to_datetime(spent.at), "requests": spent.requests}))
