"""The ledger that is shown, kept running, and the one that will replace it, built beside it (design §5).

``Live.turn()`` does one bounded piece of everything that waits: facts and deadlines of the live ledger, then a
slice of a build under way. When the new ledger has caught up, it gets its first snapshot, the pointer moves
in one transaction, and the old ledger is dropped: nobody ever reads a mixture.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from models.clock import Clock
from models.database import Database
from models.errors import ConfigurationError, Fenced, LedgerMissing
from models.instants import Instant, isoformat
from models.policy import Policy
from service import desk
from service.desk import Pointer
from service.kpis.registry import by_subject
from service.projection.generation import generation
from service.projection.ledger.figures import Whose
from service.projection.ledger.progress import read_progress
from service.projection.ledgers import create_ledger, drop_ledger, open_ledger
from service.projection.mandate import Mandate
from service.projection.projector import Projector, Step
from service.projection.rebuild import BuildProgress, Rebuild
from service.projection.retry import ParkedItems
from service.projection.rules import Rules

SLICE_SECONDS = 0.1
"""How long a build may hold up the live ledger at a turn."""


@dataclass
class _Ledger:
    pointer: Pointer
    database: Database
    projector: Projector
    parked: ParkedItems


@dataclass
class _Build:
    pointer: Pointer
    policy: Policy
    database: Database
    slices: Generator[BuildProgress]
    projector: Projector | None = None
    progress: BuildProgress = field(default_factory=BuildProgress)


class Live:
    """The leading worker's ledgers. ``snapshot`` renders what a ledger shows, before it is shown and ever after; it is
    told whose counters may have moved since the last time."""

    def __init__(
        self,
        main: Database,
        clock: Clock,
        policy: Policy,
        term: int,
        snapshot: Callable[[Database, Pointer, Policy, Set[Whose]], None],
    ) -> None:
        self._main = main
        self._clock = clock
        self._term = term
        self._snapshot = snapshot
        self._policy = policy
        self._live: _Ledger | None = None
        self._build: _Build | None = None
        self._open()

    def render(self) -> None:
        """Render a snapshot of the ledger that is shown."""
        if self._live is not None:
            with self._leading():
                moved = self._live.projector.take_moved()
                self._snapshot(self._live.database, self._live.pointer, self._policy, moved)

    @property
    def building(self) -> BuildProgress | None:
        """How far the build under way is."""
        return None if self._build is None else self._build.progress

    @property
    def shown(self) -> tuple[Database, Pointer, Policy] | None:
        """The ledger that is shown with its policy; ``None`` until there is one."""
        return None if self._live is None else (self._live.database, self._live.pointer, self._policy)

    @property
    def parked(self) -> ParkedItems | None:
        """What is set aside in the ledger that is shown; ``None`` until there is one."""
        return None if self._live is None else self._live.parked

    def adopt(self, policy: Policy) -> None:
        """Take a changed policy: at once where only targets or display changed, else by a new ledger."""
        self._policy = policy
        if self._live is not None and self._live.pointer.generation == self._generation:
            with self._main.write() as connection:
                desk.write_policy(connection, policy, self._clock.now())
            self._abandon_build()
        elif self._build is None or self._build.pointer.generation != self._generation:
            self._abandon_build()
            self.begin_build()
        else:
            self._build.policy = policy

    def begin_build(self) -> None:
        """Build the ledger anew beside the live one; nothing if a build is under way."""
        if self._build is not None:
            return
        with self._main.read() as connection:
            shown = desk.read_pointer(connection)
        pointer = Pointer(self._generation, 1 if shown is None else shown.build + 1)
        with self._leading():
            database = create_ledger(self._main, pointer.generation, pointer.build, indexed=False)
        rebuild = Rebuild(
            self._main,
            database,
            self._mandate(pointer, self._policy),
            as_of=self._start_of_build(),
        )
        self._build = _Build(pointer, self._policy, database, rebuild.slices())

    def turn(self) -> Step:
        """One bounded piece of work; ``moved`` when there may be more at once."""
        step = Step() if self._live is None else self._live.projector.step()
        if self._build is not None and self._advance(self._build):
            step = replace(step, moved=True)
        return step

    @property
    def _generation(self) -> str:
        return generation(self._policy, frozen=self._clock.frozen)

    @contextmanager
    def _leading(self) -> Iterator[None]:
        """Hold the lead while something is written that no progress row fences; ``Fenced`` when it is gone.

        A build has no such row yet, and two leaders would build under one name. PostgreSQL: the next leader waits
        for the row of its predecessor. SQLite: the lock on the file cannot be lost while this process lives.
        """
        if self._main.is_sqlite:
            yield
            return
        with self._main.write() as connection:
            if desk.leader_term(connection) != self._term:
                raise Fenced(f"term {self._term} is over")
            yield

    def _abandon_build(self) -> None:
        if self._build is not None:
            self._build.slices.close()
            self._build.database.close()
            with self._leading():
                drop_ledger(self._main, self._build.pointer.generation, self._build.pointer.build)
            self._build = None

    def close(self) -> None:
        """Close the ledgers; a build under way is abandoned. Twice is fine."""
        if self._build is not None:
            self._build.slices.close()
        for opened in (self._live, self._build):
            if opened is not None:
                opened.database.close()
        self._live = self._build = None

    def _open(self) -> None:
        with self._main.read() as connection:
            pointer = desk.read_pointer(connection)
        if pointer is None or pointer.generation != self._generation:
            self.begin_build()
            return
        try:
            database = open_ledger(self._main, pointer.generation, pointer.build)
        except LedgerMissing:
            self.begin_build()
            return
        with database.read() as connection:
            progress = read_progress(connection)
        if progress is None:
            database.close()
            self.begin_build()
            return
        self._refuse_the_past(progress.as_of)
        projector = self._projector(pointer, database, self._policy)
        projector.take_over()
        self._live = self._shown(pointer, database, projector)
        with self._main.write() as connection:
            desk.write_policy(connection, self._policy, self._clock.now())

    def _shown(self, pointer: Pointer, database: Database, projector: Projector) -> _Ledger:
        return _Ledger(pointer, database, projector, ParkedItems(self._main, database, projector, self._term))

    def _refuse_the_past(self, as_of: Instant) -> None:
        if self._clock.frozen and self._clock.now() < as_of:
            raise ConfigurationError(
                f"TECHSCORE_NOW is earlier than its ledger, which is at {isoformat(as_of)}: time never goes back"
            )

    def _start_of_build(self) -> Instant:
        """Time goes on from the live ledger's, also when the clock was set back (I5)."""
        return self._clock.now() if self._live is None else max(self._clock.now(), self._live.projector.as_of)

    def _mandate(self, pointer: Pointer, policy: Policy) -> Mandate:
        return Mandate(pointer.generation, pointer.build, self._term, Rules.of(policy), by_subject())

    def _projector(self, pointer: Pointer, database: Database, policy: Policy) -> Projector:
        return Projector(self._main, database, self._mandate(pointer, policy), self._clock)

    def _advance(self, build: _Build) -> bool:
        """Go on building for a moment; whether there is anything left to do at once."""
        until = time.monotonic() + SLICE_SECONDS
        while build.projector is None and time.monotonic() < until:
            with self._leading():
                progress = next(build.slices, None)
            if progress is None:
                build.projector = self._projector(build.pointer, build.database, build.policy)
                build.projector.take_over()
            else:
                build.progress = progress
        if build.projector is None:
            return True
        step = build.projector.step()
        # Facts that came during the step are no reason to wait: under load some always come, and it would never end.
        if step.full or step.waiting or (self._live and build.projector.position < self._live.projector.position):
            return True
        self._switch(build, build.projector)
        return True

    def _switch(self, build: _Build, projector: Projector) -> None:
        with self._leading():
            self._snapshot(build.database, build.pointer, build.policy, projector.take_moved())
        with self._main.write() as connection:
            if desk.leader_term(connection) != self._term:
                raise Fenced(f"term {self._term} is over")
            shown = desk.read_pointer(connection)
            desk.write_pointer(connection, build.pointer, self._clock.now())
            desk.write_policy(connection, build.policy, self._clock.now())
        old = self._live
        self._live, self._build = self._shown(build.pointer, build.database, projector), None
        if old is not None:
            old.database.close()
        if shown is not None:
            drop_ledger(self._main, shown.generation, shown.build)
