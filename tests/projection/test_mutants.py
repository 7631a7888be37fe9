"""The laws have teeth: code broken on purpose, the way such code is usually broken, is caught by them.

Each mutant stands in for the real code for the length of one test (here patching is the mutation itself); the
test fails when the law finds nothing wrong. ``pytest tests/projection/test_mutants.py -s`` prints what caught what.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, bindparam, column, select, table

from ingest import inbox
from models.database import Database
from models.entities import Observation
from models.errors import RowRefused
from models.inbox import Fact, Receipt
from models.instants import NEVER
from service.kpis.contributions import Verdict
from service.kpis.definition import Measure
from service.kpis.registry import by_subject
from service.projection.fold import EntityState, Last
from service.projection.ledger import figures, waiting
from service.projection.story import Moment, Story
from tests.projection import laws
from tests.projection.harness import at, webhook
from tests.projection.histories import histories, plans

EXAMPLES = 60
"""Every mutant is caught within a few histories; this is the bound."""

_fold, _join_last, _insert = EntityState.fold, EntityState._join_last, EntityState._insert  # noqa: SLF001 -- mutated


def _caught(law: Callable[[Any], None], inputs: st.SearchStrategy[Any], mutant: str, by: str) -> None:
    """Assert that the law fails on some input, and say so."""
    with pytest.raises(AssertionError) as counterexample:
        laws.obey(law, inputs, EXAMPLES)
    first = str(counterexample.value).strip().splitlines()[0]
    print(f"\nmutant {mutant!r} caught by {by}: {first[:120]}")  # noqa: T201 -- the run is shown


@pytest.fixture
def main(new_database: Callable[[], Database]) -> Database:
    """One database per test; every example empties it."""
    return new_database()


class TestMutantsOfTheFold:
    """Mutants of how observations join; each breaks I3."""

    def test_run_compressed_history(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """A tracked value that repeats its neighbour is dropped at fold time: A (A) B loses the A a late B needs."""

        def fold(self: EntityState, observation: Observation) -> None:
            before = [sighting for sighting in self.sightings if sighting.order < observation.order]
            kept = {
                name: value
                for name, value in observation.fields.items()
                if next((s.fields[name] for s in reversed(before) if name in s.fields), object()) != value
            }
            _fold(self, replace(observation, fields=kept))

        monkeypatch.setattr(EntityState, "fold", fold)
        _caught(lambda plan: laws.law_of_order(main, plan), plans(), "run-compressed history", "the law of order")

    def test_last_arrival_wins_in_values(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """The value that arrives last wins, whatever was seen when."""

        def join_last(self: EntityState, name: str, order: tuple[int, int, int, str], value: Any) -> None:
            self.last[name] = Last(order, value)

        monkeypatch.setattr(EntityState, "_join_last", join_last)
        _caught(lambda plan: laws.law_of_order(main, plan), plans(), "last arrival wins (values)", "the law of order")

    def test_last_arrival_wins_in_histories(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sightings are kept in the order of arrival."""

        def insert(self: EntityState, observation: Observation, tracked: dict[str, Any]) -> None:
            before = len(self.sightings)
            _insert(self, observation, tracked)
            if len(self.sightings) > before:
                place = next(i for i, s in enumerate(self.sightings) if s.key == observation.key)
                self.sightings.append(self.sightings.pop(place))

        monkeypatch.setattr(EntityState, "_insert", insert)
        _caught(
            lambda plan: laws.law_of_order(main, plan), plans(), "last arrival wins (histories)", "the law of order"
        )

    def test_later_deletes_forgotten(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """A delete is forgotten by the state when it is not the first that is heard of the entity."""

        def fold(self: EntityState, observation: Observation) -> None:
            if observation.exists or not self.known:
                _fold(self, observation)

        monkeypatch.setattr(EntityState, "fold", fold)
        _caught(lambda plan: laws.law_of_order(main, plan), plans(), "later deletes forgotten", "the law of order")


@dataclass(frozen=True)
class _Mutated:
    """A measure whose verdict is changed after the fact."""

    real: Measure
    change: Callable[[Verdict], Verdict]

    @property
    def key(self) -> str:
        return self.real.key

    @property
    def subject_type(self) -> str:
        return self.real.subject_type

    @property
    def revision(self) -> int:
        return self.real.revision

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """The real verdict, changed."""
        return self.change(self.real.evaluate(story, moment))


def _mutated(change: Callable[[Verdict], Verdict]) -> Mapping[str, Sequence[Measure]]:
    return {subject: tuple(_Mutated(m, change) for m in found) for subject, found in by_subject().items()}


class TestMutantsOfTime:
    """Mutants of what waits for time."""

    def test_no_deadline(self, main: Database) -> None:
        """A KPI that does not say when it changes."""
        measures = _mutated(lambda verdict: verdict._replace(next_change_at=NEVER))
        law = lambda facts: laws.law_of_next_change(main, facts, measures)  # noqa: E731 -- one law, closed over
        _caught(law, histories(), "no next_change_at", "the law of next_change_at")

    def test_deadline_too_late(self, main: Database) -> None:
        """A KPI that changes a microsecond before it said."""
        measures = _mutated(
            lambda v: v if v.next_change_at == NEVER else v._replace(next_change_at=v.next_change_at + 1)
        )
        law = lambda facts: laws.law_of_next_change(main, facts, measures)  # noqa: E731 -- one law, closed over
        _caught(law, histories(), "next_change_at a microsecond late", "the law of next_change_at")

    def test_readers_not_told(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """A changed Resource, task or project does not make its readers due."""
        monkeypatch.setattr(waiting, "make_readers_due", lambda *_: None)
        _caught(lambda plan: laws.law_of_order(main, plan), plans(), "readers not made due", "the law of order")


class TestMutantsOfTheBooks:
    """Mutants of the counters."""

    def test_nothing_retracted(self, main: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        """Counters only ever grow."""
        add = figures.add_to_delta

        def only_add(delta: figures.Delta, row: figures.Row, sign: int) -> None:
            if sign > 0:
                add(delta, row, sign)

        monkeypatch.setattr(figures, "add_to_delta", only_add)
        _caught(lambda plan: laws.law_of_commits(main, plan), plans(), "nothing retracted", "the law of commits")


Append = Callable[[Database, Fact, Callable[[], None]], Receipt]
"""Stores one fact; calls its third argument in the gap between looking and inserting, where it has one."""


def _atomic(main: Database, fact: Fact, _gap: Callable[[], None]) -> Receipt:
    with main.write() as connection:
        return inbox.append(connection, [fact])[0]


_INBOX = table("inbox", column("position"), column("dedup_key", LargeBinary))


def _check_then_insert(main: Database, fact: Fact, gap: Callable[[], None]) -> Receipt:
    with main.read() as connection:
        query = select(_INBOX.c.position).where(_INBOX.c.dedup_key == bindparam("key", fact.dedup_key))
        known = connection.execute(query).scalar_one_or_none()
    gap()
    if known is not None:
        return Receipt(known, duplicate=True)
    with main.write() as connection:
        columns = {name: getattr(fact, name) for name in fact.__dataclass_fields__} | {"origin": str(fact.origin)}
        target = table("inbox", *(column(name) for name in columns))
        connection.execute(target.insert().values(columns))
        found = select(_INBOX.c.position).where(_INBOX.c.dedup_key == bindparam("key", fact.dedup_key))
        return Receipt(connection.execute(found).scalar_one(), duplicate=False)


def law_of_once(main: Database, append: Append) -> None:
    """Two writers with the same event at the same time: both get a receipt, of one row, exactly one as the first."""
    both_looked = Barrier(2)
    lock = threading.Lock()
    refused: list[str] = []
    event = webhook("Ticket", 1, at("2026-09-14 09:00"), {"status": 1})

    def write(_: int) -> Receipt | None:
        try:
            return append(main, event, lambda: void(both_looked.wait(timeout=10)))
        except RowRefused as error:
            with lock:
                refused.append(str(error).splitlines()[0])
            return None

    with ThreadPoolExecutor(2) as pool:
        receipts = list(pool.map(write, range(2), timeout=60))
    assert [] == refused, f"an authentic event was refused: {refused}"
    told = [(receipt.position, receipt.duplicate) for receipt in receipts if receipt is not None]
    assert 1 == len({position for position, _ in told})
    assert [False, True] == sorted(duplicate for _, duplicate in told)


def void(_: object) -> None:
    """Nothing, whatever it is given."""


class TestMutantsOfTheInbox:
    """Mutants of de-duplication (I2)."""

    def test_the_real_append_obeys(self, main: Database) -> None:
        """One atomic insert on a unique key: the law holds, twenty times over."""
        for number in range(20):
            with main.write() as connection:
                connection.execute(_INBOX.delete())
            law_of_once(main, _atomic)
            with main.read() as connection:
                assert 1 == len(inbox.read_after(connection, 0, 10)), f"race {number}"

    def test_check_then_insert(self, main: Database) -> None:
        """Looking first and inserting then: both find nothing, and one authentic event is refused."""
        with pytest.raises(AssertionError) as counterexample:
            law_of_once(main, _check_then_insert)
        first = str(counterexample.value).splitlines()[0]
        print(f"\nmutant 'check-then-insert' caught by the law of once: {first[:140]}")  # noqa: T201 -- shown
