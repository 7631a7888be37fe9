"""The projector: facts and the passing of time turned into contributions and counters, one transaction a step.

A step locks the progress row, checks that this worker still leads (fencing), folds a batch of facts, puts
the readers of what changed among the reached deadlines, takes a batch of those, evaluates, and moves state,
contributions, counters, deadlines, ``as_of`` and the inbox position together (design §1 point 5, I4, I5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from ingest import inbox, observations
from ingest.autotask.catalogue import CATALOGUE
from models.clock import Clock
from models.database import Database
from models.entities import OWN, RESOURCE, TECHNICIAN_DAYS, TICKET, Observation
from models.errors import Fenced, RowRefused, Unreadable
from models.inbox import StoredFact
from models.instants import MINUTE, NEVER, Instant, add_days, local_day, start_of_day
from models.ledger import Parked, ParkedKind, Progress
from service import discards
from service.projection.edges import (
    RELAYED,
    STANDS_FOR,
    SUBJECTS,
    Concern,
    EdgeRow,
    WorkRow,
    changed_since,
    child_edge,
    shown,
    work_row,
)
from service.projection.fold import EntityState, dump
from service.projection.ledger import facts, parked, waiting
from service.projection.ledger.figures import Whose
from service.projection.ledger.progress import lock_progress, write_progress
from service.projection.ledger.tables import Key
from service.projection.ledger.waiting import NONE_SET, Next
from service.projection.ledger.work import save_work
from service.projection.mandate import Mandate
from service.projection.parking import INBOX, REFUSED_BY_DATABASE, parked_event
from service.projection.settling import settle
from service.projection.story import Moment

BATCH = 500


@dataclass(frozen=True)
class Step:
    """What one step did. ``waiting``: reached deadlines still to take; ``moved``: whether the ledger changed;
    ``full``: it took as many facts as a step may, so there may be more."""

    facts: int = 0
    subjects: int = 0
    waiting: int = 0
    moved: bool = False
    full: bool = False


@dataclass(frozen=True)
class _Taken:
    """The subjects evaluated, and whether any came by a reached deadline."""

    subjects: set[Key]
    reached: bool


@dataclass
class _Folded:
    """The outcome of folding a batch in memory."""

    states: dict[Key, EntityState] = field(default_factory=dict)
    changed: set[Key] = field(default_factory=set)
    edges_gone: set[EdgeRow] = field(default_factory=set)
    edges_new: set[EdgeRow] = field(default_factory=set)
    work_gone: set[WorkRow] = field(default_factory=set)
    work_new: set[WorkRow] = field(default_factory=set)
    sources: dict[Key, Concern] = field(default_factory=dict)
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
        self._moved: set[Whose] = set()

    @property
    def position(self) -> int:
        """The inbox position reached."""
        return self._position

    @property
    def as_of(self) -> Instant:
        """The ledger's time."""
        return self._as_of

    def take_moved(self) -> set[Whose]:
        """Whose counters may have moved since this was asked before."""
        moved, self._moved = self._moved, set()
        return moved

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
            given_up = discards.discarded_between(connection, rows[0].position, rows[-1].position) if rows else ()
        if not rows and self._clock.now() < self._quiet_until:
            return Step()
        limit = len(rows)
        while True:
            try:
                return self._step(rows[:limit], given_up, poisoned=False)
            except RowRefused:
                if limit > 1:
                    limit //= 2  # bisect: the facts before the one the database refuses go through (I6)
                elif rows:
                    return self._step(rows[:1], given_up, poisoned=True)
                else:
                    raise

    def retry(self, positions: Collection[int]) -> int:
        """Read parked events again and fold those that can be read now, as a step does with new ones.

        Those that somebody gave up are let go of. Gives how many are parked no longer.
        """
        with self._inbox.read() as connection:
            rows = inbox.read_at(connection, positions)
            given_up = discards.discarded_among(connection, positions)
        return self._retry(rows, given_up)

    def call_up(self, keys: Collection[Key] | None) -> None:
        """Have parked items tried again now: these, or all with ``None``; events by ``retry``, subjects by a step."""
        with self._ledger.write() as connection:
            parked.call_up(connection, keys, self._locked(connection).as_of)
        self._quiet_until = 0

    def _retry(self, rows: Sequence[StoredFact], given_up: Collection[int]) -> int:
        try:
            return self._retry_once(rows, given_up, poisoned=False)
        except RowRefused:
            if len(rows) == 1:
                return self._retry_once(rows, given_up, poisoned=True)
            middle = len(rows) // 2
            return self._retry(rows[:middle], given_up) + self._retry(rows[middle:], given_up)

    def _retry_once(self, rows: Sequence[StoredFact], given_up: Collection[int], *, poisoned: bool) -> int:
        with self._ledger.write() as connection:
            progress = self._locked(connection)
            keys = {row.position: Key(INBOX, row.position) for row in rows}
            before = waiting.load_parked(connection, ParkedKind.EVENT, keys.values())
            again = [row for row in rows if keys[row.position] in before and row.position not in given_up]
            readable, still = self._read(again, progress.as_of, poisoned, before)
            waiting.park(connection, still)
            gone = before.keys() - {Key(row.item_type, row.item_id) for row in still}
            waiting.unpark(connection, ParkedKind.EVENT, gone)
            if readable:
                moment, _ = self._apply(connection, progress, readable, progress.as_of, NONE_SET, deadlines=0)
                self._advance(connection, progress, (), moment, stirred=True)
        self._quiet_until = 0
        return len(gone)

    def _step(self, rows: Sequence[StoredFact], given_up: Collection[int], *, poisoned: bool) -> Step:
        with self._ledger.write() as connection:
            progress = self._locked(connection)
            before = waiting.next_deadlines(connection)
            held = before.reached(progress.as_of, progress.heard)  # time does not move while a deadline waits (I5)
            now = progress.as_of if held else max(progress.as_of, self._clock.now())
            wanted = [row for row in rows if row.position not in given_up] if given_up else rows
            readable, unreadable = self._read(wanted, now, poisoned, {})
            waiting.park(connection, unreadable)
            moment, taken = self._apply(connection, progress, readable, now, before, deadlines=self._batch)
            after = waiting.next_deadlines(connection)
            reached = after.reached(moment.now, moment.heard)
            left = waiting.count_reached(connection, moment.now, moment.heard) if reached else 0
            self._advance(connection, progress, rows, moment, stirred=bool(taken.reached))
        self._position, self._as_of = progress.position, progress.as_of
        soon = NEVER if after.now is None else after.now
        self._quiet_until = 0 if left else min(now + MINUTE, soon, self._midnight(now))
        return Step(len(rows), len(taken.subjects), left, moved=True, full=len(rows) >= self._batch)

    def _midnight(self, now: Instant) -> Instant:
        """When the next local day begins: windows move on then, whether or not anything else is due (I5)."""
        zone = self._mandate.rules.zone
        return start_of_day(add_days(local_day(now, zone), 1), zone)

    def _apply(
        self,
        connection: Connection,
        progress: Progress,
        readable: Sequence[Observation],
        now: Instant,
        before: Next,
        *,
        deadlines: int,
    ) -> tuple[Moment, _Taken]:
        """Fold observations and evaluate whom they concern, with at most so many subjects of reached deadlines.

        ``before``: the earliest deadlines so far.
        """
        folded = self._fold(connection, readable)
        moment = Moment(now, max(progress.heard, folded.heard))
        waiting.make_readers_due(connection, folded.sources.items(), now)
        may_be_reached = bool(folded.sources) or before.reached(moment.now, moment.heard)
        reached = waiting.reached_subjects(connection, moment.now, moment.heard, deadlines) if may_be_reached else []
        taken = _Taken(folded.dirty | set(reached), bool(reached))
        self._moved |= settle(connection, self._mandate, taken.subjects, moment, folded.states)
        return moment, taken

    def _locked(self, connection: Connection) -> Progress:
        progress = lock_progress(connection)
        if progress is None:
            raise Fenced("the ledger was never begun")
        mine = (self._mandate.generation, self._mandate.build, self._mandate.term, self._position)
        if (progress.generation, progress.build, progress.leader_term, progress.position) != mine:
            raise Fenced("another worker leads this ledger")
        return progress

    def _read(
        self, rows: Sequence[StoredFact], now: Instant, poisoned: bool, before: Mapping[Key, Parked]
    ) -> tuple[list[Observation], list[Parked]]:
        readable: list[Observation] = []
        unreadable: list[Parked] = []
        for row in rows:
            try:
                if poisoned:
                    raise Unreadable(REFUSED_BY_DATABASE)
                observation = observations.read(row)
            except Unreadable as error:
                unreadable.append(parked_event(row, error, before.get(Key(INBOX, row.position)), now))
            else:
                if observation is not None:
                    readable.append(observation)
        return readable, unreadable

    def _fold(self, connection: Connection, readable: Sequence[Observation]) -> _Folded:
        folded = _Folded()
        by_entity: dict[Key, list[Observation]] = {}
        for observation in readable:
            if observation.entity_type not in OWN:
                folded.heard = max(folded.heard, observation.seen_at)
            if observation.entity_type in CATALOGUE:
                by_entity.setdefault(Key(observation.entity_type, observation.entity_id), []).append(observation)
        folded.states = facts.load_states(connection, by_entity)
        for key, group in by_entity.items():
            self._fold_entity(folded, key, group)
        facts.save_states(connection, [folded.states[key] for key in sorted(folded.changed)])
        facts.save_edges(connection, folded.edges_gone, folded.edges_new)
        save_work(connection, folded.work_gone, folded.work_new)
        return folded

    def _fold_entity(self, folded: _Folded, key: Key, group: Iterable[Observation]) -> None:
        state = folded.states.get(key)
        known = state is not None
        if state is None:
            state = folded.states[key] = EntityState(key.type, key.id)
        rules = self._mandate.rules
        before = dump(state) if known else b""
        edge_before, work_before, shown_before = child_edge(state), work_row(state, rules), shown(state, rules)
        for observation in group:
            state.fold(observation)
        if dump(state) == before:
            return
        folded.changed.add(key)
        edge, work = child_edge(state), work_row(state, rules)
        if edge != edge_before:
            folded.edges_gone.update(one for one in (edge_before,) if one is not None)
            folded.edges_new.update(one for one in (edge,) if one is not None)
        if work != work_before:
            folded.work_gone.update(one for one in (work_before,) if one is not None)
            folded.work_new.update(one for one in (work,) if one is not None)
            folded.dirty.update(Key(TICKET, one.ticket_id) for one in (work_before, work) if one is not None)
        targets = {one.target for one in (edge_before, edge) if one is not None}
        folded.dirty |= targets  # a child's story is all of it, so any change of it concerns its owner
        if key.type in SUBJECTS:
            folded.dirty.add(key)
        if key.type == RESOURCE:
            folded.dirty.add(Key(TECHNICIAN_DAYS, key.id))
        if key.type in RELAYED:
            folded.sources.update(dict.fromkeys(targets, Concern()))
        if key.type in STANDS_FOR:
            folded.sources[STANDS_FOR[key.type]] = Concern()
        since = changed_since(shown_before, shown(state, rules))
        if since is not None and key not in folded.sources:
            folded.sources[key] = Concern(since)

    def _advance(
        self,
        connection: Connection,
        progress: Progress,
        rows: Sequence[StoredFact],
        moment: Moment,
        *,
        stirred: bool,
    ) -> None:
        minutes = moment.now // MINUTE - progress.as_of // MINUTE if progress.as_of else 1
        progress.tick += int(stirred) + minutes
        progress.as_of, progress.heard = moment.now, moment.heard
        if rows:
            progress.position = rows[-1].position
        write_progress(connection, progress)
