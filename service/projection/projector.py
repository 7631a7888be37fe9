"""The projector: facts and the passing of time turned into contributions and counters, one transaction a step.

A step locks the progress row, checks that this worker still leads (fencing), folds a batch of facts, puts
the readers of what changed among the reached deadlines, takes a batch of those, evaluates, and moves state,
contributions, counters, deadlines, ``as_of`` and the inbox position together (design §1 point 5, I4, I5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ingest import inbox, observations
from models.clock import Clock
from models.database import Database
from models.entities import Observation
from models.errors import Fenced, RowRefused, Unreadable
from models.inbox import StoredFact
from models.instants import MINUTE, NEVER, Instant
from models.ledger import Parked, ParkedKind, Progress
from service.projection.edges import DECLARED, SUBJECTS, EdgeRow, child_edge, declared_values
from service.projection.evaluation import Evaluation, evaluate
from service.projection.fold import EntityState, dump
from service.projection.ledger import facts, figures, waiting
from service.projection.ledger.progress import lock_progress, write_progress
from service.projection.ledger.tables import Key
from service.projection.loading import load_stories
from service.projection.mandate import Mandate
from service.projection.parking import REFUSED_BY_DATABASE, parked_event, parked_subject, retry_at
from service.projection.story import Moment

BATCH = 500


@dataclass(frozen=True)
class Step:
    """What one step did. ``waiting``: reached deadlines still to take; ``moved``: whether the ledger changed."""

    facts: int = 0
    subjects: int = 0
    waiting: int = 0
    moved: bool = False


@dataclass
class _Folded:
    """The outcome of folding a batch in memory."""

    states: dict[Key, EntityState] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    edges_gone: set[EdgeRow] = field(default_factory=set)
    edges_new: set[EdgeRow] = field(default_factory=set)
    sources: set[Key] = field(default_factory=set)
    dirty: set[Key] = field(default_factory=set)
    heard: Instant = 0


class Projector:
    """The one writer of a ledger. Not thread-safe; one per leading worker."""

    def __init__(
        self,
        inbox_database: Database,
        ledger: Database,
        mandate: Mandate,
        clock: Clock,
        *,
        batch: int = BATCH,
    ) -> None:
        self._inbox = inbox_database
        self._ledger = ledger
        self._mandate = mandate
        self._clock = clock
        self._batch = batch
        self._position = -1
        self._as_of: Instant = 0
        self._quiet_until: Instant = 0

    @property
    def position(self) -> int:
        """The inbox position reached."""
        return self._position

    @property
    def as_of(self) -> Instant:
        """The ledger's time."""
        return self._as_of

    def take_over(self) -> None:
        """Make this worker's term the one that may write; ``Fenced`` when a later leader already did."""
        with self._ledger.write() as connection:
            progress, mine = lock_progress(connection), self._mandate
            if progress is None or (progress.generation, progress.build) != (mine.generation, mine.build):
                raise Fenced("the ledger is of another generation")
            if progress.leader_term > mine.term:
                raise Fenced(f"term {progress.leader_term} leads, this is {mine.term}")
            progress.leader_term = mine.term
            write_progress(connection, progress)
            self._position, self._as_of = progress.position, progress.as_of

    def step(self) -> Step:
        """Take the next facts and reached deadlines. An idle ledger is left alone until time must move (I5)."""
        with self._inbox.read() as connection:
            rows = inbox.read_after(connection, self._position, self._batch)
        if not rows and self._clock.now() < self._quiet_until:
            return Step()
        limit = len(rows)
        while True:
            try:
                return self._step(rows[:limit], poisoned=False)
            except RowRefused:
                if limit > 1:
                    limit //= 2  # bisect: the facts before the one the database refuses go through (I6)
                elif rows:
                    return self._step(rows[:1], poisoned=True)
                else:
                    raise

    def _step(self, rows: Sequence[StoredFact], *, poisoned: bool) -> Step:
        with self._ledger.write() as connection:
            progress = self._locked(connection)
            waiting_before = waiting.count_reached(connection, progress.as_of, progress.heard)
            now = progress.as_of if waiting_before else max(progress.as_of, self._clock.now())
            readable, parked = self._read(rows, now, poisoned)
            waiting.park(connection, parked)
            folded = self._fold(connection, readable)
            moment = Moment(now, max(progress.heard, folded.heard))
            waiting.make_readers_due(connection, folded.sources, now)
            reached = waiting.reached_subjects(connection, moment.now, moment.heard, self._batch)
            subjects = folded.dirty | set(reached)
            self._evaluate(connection, subjects, moment, folded.states)
            left = waiting.count_reached(connection, moment.now, moment.heard)
            due = waiting.next_deadline(connection)
            self._advance(connection, progress, rows, moment, took_deadlines=bool(reached))
        self._position, self._as_of = progress.position, progress.as_of
        self._quiet_until = 0 if left else min(now + MINUTE, NEVER if due is None else due)
        return Step(len(rows), len(subjects), left, moved=True)

    def _locked(self, connection: Connection) -> Progress:
        progress = lock_progress(connection)
        if progress is None:
            raise Fenced("the ledger was never begun")
        mine = (self._mandate.generation, self._mandate.build, self._mandate.term, self._position)
        if (progress.generation, progress.build, progress.leader_term, progress.position) != mine:
            raise Fenced("another worker leads this ledger")
        return progress

    def _read(self, rows: Sequence[StoredFact], now: Instant, poisoned: bool) -> tuple[list[Observation], list[Parked]]:
        readable: list[Observation] = []
        parked: list[Parked] = []
        for row in rows:
            try:
                if poisoned:
                    raise Unreadable(REFUSED_BY_DATABASE)
                observation = observations.read(row)
            except Unreadable as error:
                parked.append(parked_event(row, error, now))
            else:
                if observation is not None:
                    readable.append(observation)
        return readable, parked

    def _fold(self, connection: Connection, readable: Sequence[Observation]) -> _Folded:
        folded = _Folded()
        by_entity: dict[Key, list[Observation]] = {}
        for observation in readable:
            by_entity.setdefault(Key(observation.entity_type, observation.entity_id), []).append(observation)
            folded.heard = max(folded.heard, observation.seen_at)
        folded.states = facts.load_states(connection, by_entity)
        for key, group in by_entity.items():
            self._fold_entity(folded, key, group)
        facts.save_states(connection, [folded.states[key] for key in sorted(folded.changed)])
        facts.save_edges(connection, folded.edges_gone, folded.edges_new)
        return folded

    def _fold_entity(self, folded: _Folded, key: Key, group: Iterable[Observation]) -> None:
        state = folded.states.get(key)
        known = state is not None
        if state is None:
            state = folded.states[key] = EntityState(key.type, key.id)
        before = dump(state) if known else b""
        edge_before = child_edge(state, self._mandate.rules) if known else None
        declared_before = declared_values(state)
        for observation in group:
            state.fold(observation)
        if dump(state) == before:
            return
        folded.changed.add(key)
        edge = child_edge(state, self._mandate.rules)
        if edge != edge_before:
            folded.edges_gone.update({edge_before} - {None})  # type: ignore[arg-type]
            folded.edges_new.update({edge} - {None})  # type: ignore[arg-type]
        if key.type in SUBJECTS:
            folded.dirty.add(key)
        # An SLA result's story is in its sightings, so any change of it concerns its ticket; of an entry the
        # ticket reads only what the edge says.
        if edge != edge_before or key.type not in SUBJECTS:
            folded.dirty.update(e.target for e in (edge_before, edge) if e is not None)
        if key.type in DECLARED and declared_values(state) != declared_before:
            folded.sources.add(key)

    def _evaluate(
        self, connection: Connection, subjects: set[Key], moment: Moment, states: Mapping[Key, EntityState]
    ) -> None:
        if not subjects:
            return
        stories = load_stories(connection, subjects, self._mandate.rules, states)
        evaluations = {key: evaluate(key, story, moment, self._mandate.measures) for key, story in stories.items()}
        for key in subjects - stories.keys():
            evaluations[key] = Evaluation()  # nothing is known of it yet: an entry came before its ticket
        parked_before = waiting.load_parked(connection, ParkedKind.SUBJECT, subjects)
        failed = {key: result for key, result in evaluations.items() if result.failure}
        deadlines = {key: result.deadlines for key, result in evaluations.items() if not result.failure}
        if failed:
            parked = [parked_subject(key, r.failure, parked_before.get(key), moment) for key, r in failed.items()]
            waiting.park(connection, parked)
            deadlines |= {Key(row.item_type, row.item_id): {"now": retry_at(row, moment)} for row in parked}
        waiting.unpark(connection, ParkedKind.SUBJECT, parked_before.keys() - failed.keys())
        waiting.save_deadlines(connection, waiting.load_deadlines(connection, subjects), deadlines)
        self._assert(connection, {key: result for key, result in evaluations.items() if not result.failure})

    def _assert(self, connection: Connection, evaluations: Mapping[Key, Evaluation]) -> None:
        """Retract what no longer holds, assert what does, and move the counters by the difference."""
        before = figures.load_contributions(connection, evaluations)
        gone: set[figures.Row] = set()
        new: set[figures.Row] = set()
        for key, result in evaluations.items():
            rows = before.get(key, set())
            gone |= rows - result.rows
            new |= result.rows - rows
        delta: figures.Delta = {}
        for row in gone:
            figures.add_to_delta(delta, row, -1)
        for row in new:
            figures.add_to_delta(delta, row, +1)
        figures.save_contributions(connection, gone, new)
        figures.apply_delta(connection, delta)
        edges_before = facts.load_reads(connection, evaluations)
        edges_after = {edge for result in evaluations.values() for edge in result.reads}
        facts.save_edges(connection, edges_before - edges_after, edges_after - edges_before)

    def _advance(
        self,
        connection: Connection,
        progress: Progress,
        rows: Sequence[StoredFact],
        moment: Moment,
        *,
        took_deadlines: bool,
    ) -> None:
        minutes = moment.now // MINUTE - progress.as_of // MINUTE if progress.as_of else 1
        progress.tick += int(took_deadlines) + minutes
        progress.as_of, progress.heard = moment.now, moment.heard
        if rows:
            progress.position = rows[-1].position
        write_progress(connection, progress)
