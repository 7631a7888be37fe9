"""A new ledger from the inbox, per subject: facts of an entity folded once, each KPI evaluated once (design §5).

``slices()`` does a bounded piece of work at each ``next``, so that the worker keeps projecting live events
in between. Slices are worked out by helpers where there is much to do (``service.projection.crew``); this process alone
writes. The progress row is written last: a ledger without one is a build that died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from math import ceil

from ingest import inbox
from models.database import Database
from models.entities import TECHNICIAN_DAYS
from models.instants import Instant
from models.ledger import Progress
from service import discards
from service.projection.crew import Crew, helpers_worth
from service.projection.edges import SUBJECTS as SUBJECT_TYPES
from service.projection.helper import Done, Task
from service.projection.ledger import facts, waiting
from service.projection.ledger.progress import write_progress
from service.projection.ledger.tables import Key
from service.projection.ledger.work import add_work
from service.projection.ledgers import add_indexes
from service.projection.mandate import Mandate
from service.projection.parking import parked_event
from service.projection.refold import NAMELESS, refold
from service.projection.settling import settle, settle_first
from service.projection.slices import EvaluatedSlice, FoldedSlice, Terms, evaluate_slice, fold_slice
from service.projection.story import Moment

ENTITIES, SUBJECTS = 500, 200
"""So many are folded, or evaluated, in a slice: about a tenth of a second."""
SUBJECTS_HELPED = 500
"""So many where helpers evaluate: to write what they come to takes about as long."""
INDEX_SECONDS = 0.05
"""So long a slice waits for the indexes."""
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
        *,
        helpers: int | None = None,
    ) -> None:
        """``helpers``: how many; as many as are worth it with ``None``."""
        self._inbox = inbox_database
        self._ledger = ledger
        self._mandate = mandate
        self._as_of = as_of
        self._count = helpers
        self._facts = self._subjects = 0
        self._heard: Instant = 0
        self._of = self._of_subjects = 0
        self._pace = Pace()

    def run(self) -> BuildProgress:
        """Build at one go."""
        *_, progress = self.slices()
        return progress

    def slices(self) -> Generator[BuildProgress]:
        """Build in bounded slices; the ledger is whole when the iterator ends. Closing it ends the helpers."""
        with self._inbox.read() as connection:
            position = inbox.last_position(connection)
            given_up = discards.discarded_positions(connection)
        self._of = position
        terms = Terms(position, given_up, self._as_of, self._mandate.rules)
        crew = Crew(lambda task: self._work_out(task, terms))
        try:
            for _ in self._fold_all(crew, terms):
                yield self._progress()
            with self._ledger.read() as connection:
                self._of_subjects = facts.count_states(connection, SUBJECT_TYPES)
            self._pace.evaluates()
            for _ in self._evaluate_all(crew):
                yield self._progress()
            for _ in self._index():
                yield self._progress()
        finally:
            crew.close()
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

    def _work_out(self, task: Task, terms: Terms) -> Done:
        """A task that no helper does."""
        if task.moment is None:
            with self._inbox.read() as connection:
                return fold_slice(connection, task.keys, terms)
        with self._ledger.read() as connection:
            return evaluate_slice(connection, task.keys, terms, task.moment, self._mandate.measures)

    def _fold_all(self, crew: Crew, terms: Terms) -> Iterator[None]:
        """Every entity. Events that named none at the door come first: who they are of is known only then."""
        with self._inbox.read() as connection:
            nameless = refold(connection, [NAMELESS], terms.position, without=terms.without)
        strays = nameless.states
        unreadable = [parked_event(row, error, None, self._as_of) for row, error in nameless.unreadable]
        self._save(FoldedSlice(nameless.facts, nameless.heard, [], [], [], unreadable))
        count = helpers_worth(terms.position, self._mandate) if self._count is None else self._count
        crew.hire(count, self._inbox, self._ledger, terms)
        for done in crew.work_out(self._entities(strays)):
            if isinstance(done, FoldedSlice):
                self._save(done)
            yield
        for key in sorted(strays):
            with self._inbox.read() as connection:
                done = fold_slice(connection, [key], terms, strays)
            self._save(done)
            yield

    def _entities(self, strays: Container[Key]) -> Iterator[Task]:
        """All entities but those with a stray, which is joined with their other facts here."""
        after = NAMELESS
        while True:
            with self._inbox.read() as connection:
                keys = [Key(*pair) for pair in inbox.entities_after(connection, *after, ENTITIES)]
            if not keys:
                return
            after = keys[-1]
            yield Task(tuple(key for key in keys if key not in strays))

    def _save(self, folded: FoldedSlice) -> None:
        self._facts += folded.facts
        self._heard = max(self._heard, folded.heard)
        with self._ledger.write() as connection:
            facts.add_states(connection, folded.states)
            facts.add_edges(connection, folded.edges)
            add_work(connection, folded.work)
            waiting.park(connection, folded.unreadable)

    def _evaluate_all(self, crew: Crew) -> Iterator[None]:
        """Every entity that is a subject, then, alone, who is due by then: readers of the roster, technicians' days."""
        moment = Moment(self._as_of, self._heard)
        for done in crew.work_out(self._subject_entities(moment, SUBJECTS_HELPED if crew.helped else SUBJECTS)):
            if isinstance(done, EvaluatedSlice):
                with self._ledger.write() as connection:
                    settle_first(connection, done, moment)
                self._subjects += done.subjects - len(done.postponed)
            yield
        crew.close()
        with self._ledger.write() as connection:
            listed = {Key(TECHNICIAN_DAYS, one) for one in self._mandate.rules.listed or ()}
            waiting.make_due(connection, listed, self._as_of)
        while True:
            with self._ledger.write() as connection:
                due = waiting.reached_subjects(connection, self._as_of, self._heard, SUBJECTS)
                settle(connection, self._mandate, set(due), moment, {})
            if not due:
                return
            self._subjects += len(due)
            yield

    def _index(self) -> Iterator[None]:
        """The ledger's indexes, in a thread: one long statement each, and live events wait for nobody."""
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="indexes") as executor:
            done = executor.submit(add_indexes, self._ledger)
            while not wait([done], INDEX_SECONDS).done:
                yield
            done.result()

    def _subject_entities(self, moment: Moment, at_once: int) -> Iterator[Task]:
        after = NAMELESS
        while True:
            with self._ledger.read() as connection:
                keys = facts.state_keys_after(connection, after, at_once, SUBJECT_TYPES)
            if not keys:
                return
            after = keys[-1]
            yield Task(tuple(keys), moment)
