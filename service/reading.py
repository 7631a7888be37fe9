"""Reading figures: one view of main database and ledger at one moment, whichever process asks.

Web replicas and the worker's renderer read through ``Reader.view()``. A view holds one read transaction of
the ledger, so that every figure in it belongs to the same position and ``as_of``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from sqlalchemy import Connection

from models.database import Database
from models.errors import LedgerMissing, StorageUnavailable
from models.instants import Instant
from models.policy import Policy
from service import desk
from service.desk import Pointer
from service.projection.ledger.progress import read_progress
from service.projection.ledgers import open_ledger


@dataclass(frozen=True)
class Version:
    """What figures depend on (design §6). Equal versions give equal figures."""

    generation: str
    build: int
    policy_revision: int
    position: int
    tick: int

    def __str__(self) -> str:
        return f"{self.generation}.{self.build}.{self.policy_revision}.{self.position}.{self.tick}"


@dataclass(frozen=True)
class View:
    """A ledger at one moment. ``connection`` is a read transaction of it."""

    connection: Connection
    policy: Policy
    version: Version
    as_of: Instant
    heard: Instant


def view_of(connection: Connection, pointer: Pointer, policy: Policy, policy_revision: int) -> View:
    """The view a ledger's read transaction gives; ``NoFiguresYet`` while it is being built."""
    progress = read_progress(connection)
    if progress is None:
        raise NoFiguresYet("the ledger is being built")
    version = Version(pointer.generation, pointer.build, policy_revision, progress.position, progress.tick)
    return View(connection=connection, policy=policy, version=version, as_of=progress.as_of, heard=progress.heard)


class NoFiguresYet(StorageUnavailable):
    """No worker has built a ledger yet."""


class Reader:
    """Opens the ledger that is shown; follows the pointer when it moves. Threads may share one."""

    def __init__(self, main: Database) -> None:
        self._main = main
        self._lock = Lock()
        self._opened: tuple[Pointer, Database] | None = None

    @contextmanager
    def view(self) -> Iterator[View]:
        """A view of the figures; ``NoFiguresYet`` before the first build."""
        with self._main.read() as connection:
            pointer = desk.read_pointer(connection)
            in_force = desk.read_policy(connection)
        if pointer is None or in_force is None:
            raise NoFiguresYet("no ledger has been built yet: is the worker running?")
        with self._ledger(pointer).read() as connection:
            yield view_of(connection, pointer, in_force.policy, in_force.revision)

    def close(self) -> None:
        """Let go of the ledger; twice is fine."""
        with self._lock:
            if self._opened is not None:
                self._opened[1].close()
                self._opened = None

    def _ledger(self, pointer: Pointer) -> Database:
        with self._lock:
            if self._opened is not None and self._opened[0] == pointer:
                return self._opened[1]
            try:
                opened = open_ledger(self._main, pointer.generation, pointer.build)
            except LedgerMissing as error:
                raise NoFiguresYet(f"the ledger {error} is gone; it is built anew") from error
            if self._opened is not None:
                self._opened[1].close()
            self._opened = (pointer, opened)
            return opened
