"""The proof: the ledger against the inbox, by another path than the one that made it (design §5).

In slices beside a live worker. States are compared with facts folded per entity; contributions, deadlines
and edges with each subject evaluated once at the ledger's ``as_of``; counters with contributions in one
statement. Subjects that wait or are parked are counted, not called differences; events that were given up are
passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby, islice

from sqlalchemy import Connection

from ingest import inbox
from models.database import Database
from models.errors import LedgerMissing
from models.instants import Instant
from models.ledger import ParkedKind, Progress
from service import discards
from service.kpis.definition import Measure
from service.projection.edges import child_edge, work_row
from service.projection.evaluation import Evaluation, evaluate
from service.projection.fold import EntityState, dump
from service.projection.ledger import facts, figures, waiting
from service.projection.ledger.progress import read_progress
from service.projection.ledger.tables import Key
from service.projection.ledger.work import load_work
from service.projection.loading import load_stories
from service.projection.parking import INBOX, REFUSED_BY_DATABASE
from service.projection.refold import NAMELESS, refold
from service.projection.rules import Rules
from service.projection.story import Moment

SLICE = 500
MAX_DIFFERENCES = 100


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the facts say: where, and how it differs."""

    kind: str
    where: str
    detail: str


@dataclass
class Report:
    """What a verification saw. ``parked``: subjects; ``discarded``: events given up, whenever they were stored."""

    position: int = 0
    as_of: Instant = 0
    entities: int = 0
    subjects: int = 0
    counters: int = 0
    waiting: int = 0
    parked: int = 0
    parked_events: int = 0
    discarded: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def agreed(self) -> bool:
        return not self.differences

    def note(self, kind: str, where: object, detail: object) -> None:
        if len(self.differences) < MAX_DIFFERENCES:
            self.differences.append(Difference(kind, str(where), str(detail)))


class Verification:
    """One run over one ledger."""

    def __init__(
        self,
        inbox_database: Database,
        ledger: Database,
        *,
        rules: Rules,
        measures: Mapping[str, Sequence[Measure]],
    ) -> None:
        self._inbox = inbox_database
        self._ledger = ledger
        self._rules = rules
        self._measures = measures
        self._report = Report()

    def run(self) -> Report:
        """Compare everything."""
        for _ in self.slices():
            pass
        return self._report

    @property
    def report(self) -> Report:
        """What was seen so far."""
        return self._report

    def slices(self) -> Iterator[None]:
        """Compare everything, a bounded piece at each ``next`` (the counters are one statement)."""
        yield from self._verify_states()
        yield from self._verify_subjects(NAMELESS)
        self._verify_counters()

    def sample(self, after: Key, slices: int) -> Iterator[None]:
        """Compare so many slices of subjects that come after a key with what they say now."""
        with self._ledger.read() as connection:
            begun = _progress(read_progress(connection))
        self._report.position, self._report.as_of = begun.position, begun.as_of
        yield from islice(self._verify_subjects(after), slices)

    def _verify_states(self) -> Iterator[None]:
        with self._ledger.read() as connection:
            begun = _progress(read_progress(connection))
            left_out = waiting.parked_positions(connection, INBOX, REFUSED_BY_DATABASE)
        self._report.position, self._report.as_of = begun.position, begun.as_of
        with self._inbox.read() as connection:
            given_up = discards.discarded_positions(connection)
            nameless = refold(connection, [NAMELESS], begun.position, without=left_out | given_up)
        heard, strays = nameless.heard, nameless.states
        after, unreadable = NAMELESS, {row.position for row, _ in nameless.unreadable}
        while keys := self._next_entities(after):
            after = keys[-1]
            with self._ledger.read() as connection:
                position = _progress(read_progress(connection)).position
                bodies = facts.load_bodies(connection, keys)
                edges = facts.load_child_edges(connection, keys)
                work = load_work(connection, keys)
                left_out = waiting.parked_positions(connection, INBOX, REFUSED_BY_DATABASE)
            with self._inbox.read() as connection:
                given_up = discards.discarded_positions(connection)
                folded = refold(connection, keys, position, strays=strays, without=left_out | given_up)
            self._compare_states(keys, bodies, folded.states)
            self._note_sets("edge", edges, {edge for state in folded.states.values() if (edge := child_edge(state))})
            should_work = {row for state in folded.states.values() if (row := work_row(state, self._rules))}
            self._note_sets("work", work, should_work)
            heard = max(heard, folded.heard)
            unreadable |= {row.position for row, _ in folded.unreadable}
            self._report.entities += len(folded.states)
            yield
        self._verify_heard_and_parked(begun, heard, unreadable)

    def _next_entities(self, after: Key) -> list[Key]:
        with self._inbox.read() as connection:
            from_facts = [Key(*pair) for pair in inbox.entities_after(connection, *after, SLICE)]
        with self._ledger.read() as connection:
            from_states = facts.state_keys_after(connection, after, SLICE)
        return [key for key, _ in groupby(merge(from_facts, from_states))][:SLICE]

    def _compare_states(
        self, keys: Sequence[Key], bodies: Mapping[Key, bytes], expected: Mapping[Key, EntityState]
    ) -> None:
        for key in keys:
            should = dump(expected[key]) if key in expected else b""
            found = bodies.get(key, b"")
            if should != found:
                self._report.note("state", f"{key.type} {key.id}", f"ledger {found!r}, facts {should!r}")

    def _verify_heard_and_parked(self, begun: Progress, heard: Instant, unreadable: set[int]) -> None:
        with self._ledger.read() as connection:
            ended = _progress(read_progress(connection))
            aside = waiting.parked_positions(connection, INBOX)
            parked = aside - waiting.parked_positions(connection, INBOX, REFUSED_BY_DATABASE)
        with self._inbox.read() as connection:
            given_up = discards.discarded_positions(connection)
        self._report.parked_events, self._report.discarded = len(aside - given_up), len(given_up)
        quiet = ended.position == begun.position
        if (quiet and heard != ended.heard) or heard > max(ended.heard, begun.heard):
            self._report.note("heard", "progress", f"ledger {ended.heard}, facts {heard}")
        wrong = parked ^ unreadable if quiet else unreadable - parked
        for position in sorted(wrong - given_up):  # one just given up may still be parked for a moment
            self._report.note("parked", f"event {position}", "parked in one place, not in the other")

    def _verify_subjects(self, after: Key) -> Iterator[None]:
        while True:
            with self._ledger.read() as connection:
                keys = facts.subject_keys_after(connection, after, SLICE)
                if not keys:
                    return
                self._verify_slice(connection, keys)
            after = keys[-1]
            yield

    def _verify_slice(self, connection: Connection, keys: Sequence[Key]) -> None:
        """Compare some subjects in the read transaction that gives them (stories read as they are evaluated)."""
        progress = _progress(read_progress(connection))
        moment = Moment(progress.as_of, progress.heard)
        deadlines = waiting.load_deadlines(connection, keys)
        parked = waiting.load_parked(connection, ParkedKind.SUBJECT, keys)
        settled: set[Key] = set()
        for key in keys:
            self._report.subjects += 1
            if waiting.is_reached(deadlines.get(key, {}), moment.now, moment.heard):
                self._report.waiting += 1
            elif key in parked:
                self._report.parked += 1
            else:
                settled.add(key)
        stories = load_stories(connection, settled, self._rules, {})
        expected = {
            key: evaluate(key, stories[key], moment, self._measures) if key in stories else Evaluation()
            for key in settled
        }
        rows = figures.load_contributions(connection, settled)
        for key, result in expected.items():
            self._compare_subject(key, result, rows.get(key, set()), deadlines.get(key, {}))
        should_read = {edge for result in expected.values() for edge in result.reads}
        self._note_sets("edge", facts.load_reads(connection, settled), should_read)

    def _compare_subject(
        self, key: Key, expected: Evaluation, rows: set[figures.Row], deadlines: Mapping[str, int]
    ) -> None:
        where = f"{key.type} {key.id}"
        if expected.failure:
            self._report.note("subject", where, f"raises {expected.failure} and is not parked")
            return
        self._note_sets("contribution", rows, expected.rows)
        if dict(deadlines) != dict(expected.deadlines):
            self._report.note("deadline", where, f"ledger {dict(deadlines)}, facts {dict(expected.deadlines)}")

    def _verify_counters(self) -> None:
        with self._ledger.read() as connection:
            self._report.counters = figures.count_counters(connection)
            for row in figures.counter_differences(connection, MAX_DIFFERENCES):
                self._report.note("counter", row[:-1], row[-1])

    def _note_sets(self, kind: str, found: Iterable[object], expected: Iterable[object]) -> None:
        found, expected = set(found), set(expected)
        for row in found - expected:
            self._report.note(kind, row, "in the ledger, not in the facts")
        for row in expected - found:
            self._report.note(kind, row, "in the facts, not in the ledger")


def _progress(progress: Progress | None) -> Progress:
    if progress is None:
        raise LedgerMissing("the ledger was never finished")
    return progress
