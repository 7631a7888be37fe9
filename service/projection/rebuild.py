"""A new ledger from the inbox, per subject: facts of an entity folded once, each KPI evaluated once (design §5).

``slices()`` does a bounded piece of work at each ``next``, so that the worker keeps projecting live events
in between. The progress row is written last: a ledger without one is a build that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from ingest import inbox
from models.database import Database
from models.entities import TECHNICIAN_DAYS
from models.instants import Instant
from models.ledger import Progress
from service import discards
from service.projection.edges import SUBJECTS, child_edge, work_row
from service.projection.fold import EntityState
from service.projection.ledger import facts, waiting
from service.projection.ledger.progress import write_progress
from service.projection.ledger.tables import Key
from service.projection.ledger.work import save_work
from service.projection.mandate import Mandate
from service.projection.parking import parked_event
from service.projection.refold import NAMELESS, Refolded, refold
from service.projection.settling import settle
from service.projection.story import Moment

SLICE = 500
EVALUATION = 1.5
"""About how many times as long as folding the facts it takes to evaluate their subjects."""


@dataclass(frozen=True)
class BuildProgress:
    """How far a build is: facts folded of those there were, subjects evaluated of those there are; ``seconds_left``:
    about how long it will go on, by the pace so far, ``None`` before there is one."""

    facts: int = 0
    of: int = 0
    subjects: int = 0
    of_subjects: int = 0
    seconds_left: float | None = None

    def __str__(self) -> str:
        text = f"{self.facts} of at most {self.of} facts folded, {self.subjects} subjects evaluated"
        if self.of_subjects:
            text += f" of about {self.of_subjects}"
        return text if self.seconds_left is None else f"{text}, about {_span(self.seconds_left)} left"


def _span(seconds: float) -> str:
    whole = ceil(seconds)
    return f"{whole} s" if whole < 120 else f"{ceil(whole / 60)} min"


class Pace:
    """How long a build will go on, by how fast it has been. ``tick`` gives seconds that only rise."""

    def __init__(self, tick: Callable[[], float] = time.monotonic) -> None:
        self._tick = tick
        self._begun = tick()
        self._evaluates_since = self._begun

    def evaluates(self) -> None:
        """Folding is over."""
        self._evaluates_since = self._tick()

    def left(self, progress: BuildProgress) -> float | None:
        """Seconds to go: while facts are folded the evaluation to come is taken from experience."""
        if progress.of_subjects:
            spent, done, of = self._tick() - self._evaluates_since, progress.subjects, progress.of_subjects
            return spent / done * max(0, of - done) if done else None
        spent, done = self._tick() - self._begun, progress.facts
        return spent / done * (max(0, progress.of - done) + EVALUATION * progress.of) if done else None


class Rebuild:
    """One build of one ledger, up to the inbox position at its start, at one ``as_of``."""

    def __init__(
        self,
        inbox_database: Database,
        ledger: Database,
        mandate: Mandate,
        as_of: Instant,
    ) -> None:
        self._inbox = inbox_database
        self._ledger = ledger
        self._mandate = mandate
        self._as_of = as_of
        self._facts = self._subjects = 0
        self._heard: Instant = 0
        self._of = self._of_subjects = 0
        self._pace = Pace()

    def run(self) -> BuildProgress:
        """Build at one go."""
        *_, progress = self.slices()
        return progress

    def slices(self) -> Iterator[BuildProgress]:
        """Build in bounded slices; the ledger is whole when the iterator ends."""
        with self._inbox.read() as connection:
            position = inbox.last_position(connection)
            given_up = discards.discarded_positions(connection)
        self._of = position
        for _ in self._fold_all(position, given_up):
            yield self._progress()
        with self._ledger.read() as connection:
            self._of_subjects = facts.count_states(connection, SUBJECTS)
        self._pace.evaluates()
        for _ in self._evaluate_all():
            yield self._progress()
        with self._ledger.write() as connection:
            progress = Progress(
                generation=self._mandate.generation,
                build=self._mandate.build,
                leader_term=self._mandate.term,
                position=position,
                as_of=self._as_of,
                heard=self._heard,
                tick=0,
            )
            write_progress(connection, progress)
        yield self._progress()

    def _progress(self) -> BuildProgress:
        so_far = BuildProgress(self._facts, self._of, self._subjects, self._of_subjects)
        return replace(so_far, seconds_left=self._pace.left(so_far))

    def _fold_all(self, position: int, given_up: frozenset[int]) -> Iterator[None]:
        after = NAMELESS
        with self._inbox.read() as connection:
            folded = refold(connection, [NAMELESS], position, without=given_up)
        strays = folded.states
        self._save(folded, {})
        while True:
            with self._inbox.read() as connection:
                keys = [Key(*pair) for pair in inbox.entities_after(connection, *after, SLICE)]
                if not keys:
                    break
                folded = refold(connection, keys, position, strays=strays, without=given_up)
            after = keys[-1]
            self._save(folded, folded.states)
            yield
        self._save(Refolded(), strays)

    def _save(self, folded: Refolded, states: Mapping[Key, EntityState]) -> None:
        self._facts += folded.facts
        self._heard = max(self._heard, folded.heard)
        rules = self._mandate.rules
        edges = {edge for state in states.values() if (edge := child_edge(state)) is not None}
        work = {row for state in states.values() if (row := work_row(state, rules)) is not None}
        with self._ledger.write() as connection:
            facts.save_states(connection, list(states.values()))
            facts.save_edges(connection, (), edges)
            save_work(connection, (), work)
            unreadable = [parked_event(row, error, None, self._as_of) for row, error in folded.unreadable]
            waiting.park(connection, unreadable)

    def _evaluate_all(self) -> Iterator[None]:
        """Every entity that is a subject, then who became due by that: technicians' days, readers of the roster."""
        after, moment = NAMELESS, Moment(self._as_of, self._heard)
        while True:
            with self._ledger.write() as connection:
                keys = facts.state_keys_after(connection, after, SLICE, sorted(SUBJECTS))
                if not keys:
                    break
                settle(connection, self._mandate, set(keys), moment, {})
            after = keys[-1]
            self._subjects += len(keys)
            yield
        with self._ledger.write() as connection:
            listed = {Key(TECHNICIAN_DAYS, one) for one in self._mandate.rules.listed or ()}
            waiting.make_due(connection, listed, self._as_of)
        while True:
            with self._ledger.write() as connection:
                due = waiting.reached_subjects(connection, self._as_of, self._heard, SLICE)
                settle(connection, self._mandate, set(due), moment, {})
            if not due:
                return
            self._subjects += len(due)
            yield
