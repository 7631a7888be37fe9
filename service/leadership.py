"""Who leads: one worker at a time, by a lock that dies with its process, and a term that fences what is left of it.

SQLite: an exclusive lock on a file beside the database. PostgreSQL: a session's advisory lock on a connection
of its own. Each new leader raises the term; a ledger takes writes of its newest term only (design §5).
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, insert, select, text, update

from models.clock import WallClock
from models.database import Database, mapped_errors
from models.desk import ONLY
from models.errors import Fenced
from models.instants import to_datetime
from service.desk import LEADER

_LEADER_LOCK = 0x7463_0003  # "tc", 3: the advisory lock of the leading worker


class Leadership:
    """A bid for the lead. ``acquire`` may be tried again and again; ``close`` gives the lead back."""

    def __init__(self, main: Database) -> None:
        self._main = main
        self._clock = WallClock()
        self._file: IO[bytes] | None = None
        self._connection: Connection | None = None
        self._term = 0

    def acquire(self) -> int | None:
        """The new term, or ``None`` while another leads."""
        if not self._lock():
            return None
        with self._main.write() as connection:
            known = connection.execute(select(LEADER.c.term)).scalar_one_or_none()
            self._term = (known or 0) + 1
            now = to_datetime(self._clock.now())
            values: dict[str, Any] = {"term": self._term, "since": now, "seen_at": now}
            if known is None:
                connection.execute(insert(LEADER).values({"id": ONLY, **values}))
            else:
                connection.execute(update(LEADER).values(values))
        return self._term

    def beat(self) -> None:
        """Say that the leader is alive; ``Fenced`` when the lock or the term was lost."""
        if self._connection is not None:
            with mapped_errors():
                self._connection.execute(text("SELECT 1"))
        with self._main.write() as connection:
            seen = update(LEADER).where(LEADER.c.term == self._term)
            if connection.execute(seen.values(seen_at=to_datetime(self._clock.now()))).rowcount == 0:
                raise Fenced(f"term {self._term} is over")

    def close(self) -> None:
        """Give the lead back; twice is fine."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            self._connection.invalidate()  # ends the session, and the lock with it
            self._connection.close()
            self._connection = None

    def _lock(self) -> bool:
        self.close()
        if self._main.is_sqlite:
            lock = Path(f"{self._main.url.database}.leader-lock").open("wb")  # noqa: SIM115 - held while leading
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                return False
            self._file = lock
            return True
        with mapped_errors():
            connection = self._main.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            locked = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LEADER_LOCK}).scalar_one()
        if not locked:
            connection.close()
            return False
        self._connection = connection
        return True
