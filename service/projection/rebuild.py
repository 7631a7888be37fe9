"""A new ledger from the inbox, per subject: facts of an entity folded once, each KPI evaluated once (design §5).

``slices()`` does a bounded piece of work at each ``next``, so that the worker keeps projecting live events
in between. The progress row is written last: a ledger without one is a build that died.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ingest import inbox
from models.database import Database
from models.entities import TECHNICIAN_DAYS
from models.instants import Instant
from models.ledger import Progress
from service import discards
from service.projection.edges import SUBJECTS as SUBJECT_TYPES
from service.projection.edges import child_edge, work_row
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

ENTITIES, SUBJECTS = 500, 200
"""So many are folded, or evaluated, in a slice: about a tenth of a second."""


@dataclass(frozen=True)
class BuildProgress:
    """How far a build is: facts folded of those there were, subjects evaluated."""

    facts: int = 0
    of: int = 0
    subjects: int = 0

    def __str__(self) -> str:
        return f"{self.facts} of at most {self.of} facts folded, {self.subjects} subjects evaluated"


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

    def run(self) -> BuildProgress:
        """Build at one go."""
        *_, progress = self.slices()
        return progress

    def slices(self) -> Iterator[BuildProgress]:
        """Build in bounded slices; the ledger is whole when the iterator ends."""
        with self._inbox.read() as connection:
            position = inbox.last_position(connection)
            given_up = discards.discarded_positions(connection)
        for _ in self._fold_all(position, given_up):
            yield BuildProgress(self._facts, position, 0)
        for _ in self._evaluate_all():
            yield BuildProgress(self._facts, position, self._subjects)
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
        yield BuildProgress(self._facts, position, self._subjects)

    def _fold_all(self, position: int, given_up: frozenset[int]) -> Iterator[None]:
        after = NAMELESS
        with self._inbox.read() as connection:
            folded = refold(connection, [NAMELESS], position, without=given_up)
        strays = folded.states
        self._save(folded, {})
        while True:
            with self._inbox.read() as connection:
                keys = [Key(*pair) for pair in inbox.entities_after(connection, *after, ENTITIES)]
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
                keys = facts.state_keys_after(connection, after, SUBJECTS, sorted(SUBJECT_TYPES))
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
                due = waiting.reached_subjects(connection, self._as_of, self._heard, SUBJECTS)
                settle(connection, self._mandate, set(due), moment, {})
            if not due:
                return
            self._subjects += len(due)
            yield
