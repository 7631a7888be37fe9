"""The projector as a machine: who may write, where it goes on, what it sets aside, how time passes (design I4-I7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from models.database import Database
from models.errors import Fenced
from models.inbox import Fact
from models.instants import MINUTE, SECOND, Instant
from models.ledger import LEDGER_METADATA, Progress
from service.kpis.contributions import Verdict
from service.kpis.definition import Measure
from service.kpis.registry import by_subject
from service.projection.ledger.progress import read_progress
from service.projection.story import Moment, Story
from tests.projection.harness import Harness, at, webhook
from tests.projection.histories import POLICY

START = at("2026-09-14 08:00")
DUE = "2026-09-14T10:00:00Z"
TEN = at(DUE)

NewHarness = Callable[..., Harness]


@pytest.fixture
def new_harness(new_database: Callable[[], Database]) -> Iterator[NewHarness]:
    """Makes harnesses on databases of their own."""
    made: list[Harness] = []

    def make(*, batch: int = 500, measures: Mapping[str, Sequence[Measure]] | None = None) -> Harness:
        made.append(Harness(new_database(), now=START, policy=POLICY, batch=batch, measures=measures))
        return made[-1]

    yield make
    for harness in made:
        harness.close()


def _ticket(number: int, when: Instant = START, **fields: Any) -> Fact:
    return webhook("Ticket", number, when, {"status": 1, "firstResponseDueDateTime": DUE} | fields)


def _progress(harness: Harness) -> Progress:
    with harness.ledger.read() as connection:
        progress = read_progress(connection)
    assert progress is not None
    return progress


def _whole(harness: Harness) -> dict[str, list[tuple[Any, ...]]]:
    return harness.dump(sorted(LEDGER_METADATA.tables))


def _reasons(harness: Harness) -> dict[int, str]:
    return {row["subject_id"]: row["reason"] for row in harness.contributions("sla_triage")}


class TestFencing:
    """One writer: every transaction checks generation, leader term and position."""

    def test_a_later_leader_shuts_the_former_out(self, new_harness: NewHarness) -> None:
        """The former leader's next step raises and writes nothing."""
        harness = new_harness()
        former = harness.projector
        harness.tell(_ticket(1))
        harness.new_projector(term=2)
        harness.store(_ticket(2))
        harness.clock.advance(2 * MINUTE)
        before = _whole(harness)
        with pytest.raises(Fenced):
            former.step()
        assert before == _whole(harness)

    def test_a_former_leader_cannot_take_over(self, new_harness: NewHarness) -> None:
        """Its term is lower than the ledger's."""
        harness = new_harness()
        harness.new_projector(term=3)
        with pytest.raises(Fenced):
            harness.new_projector(term=2)

    def test_two_of_one_term_do_not_apply_twice(self, new_harness: NewHarness) -> None:
        """A second projector that went on meanwhile moved the position: the first is fenced by it."""
        harness = new_harness()
        other = harness.new_projector()
        harness.tell(_ticket(1))
        with pytest.raises(Fenced):
            other.step()

    def test_the_successor_goes_on(self, new_harness: NewHarness) -> None:
        """A restart resumes at the position, with nothing lost and nothing twice."""
        harness = new_harness()
        harness.tell(_ticket(1), _ticket(2))
        reached = _progress(harness).position
        harness.store(_ticket(3), _ticket(1, START + SECOND, firstResponseDateTime="2026-09-14T09:00:00Z"))
        harness.projector = harness.new_projector(term=2)
        assert reached == harness.projector.position
        harness.clock.set(at("2026-09-14 09:30"))
        harness.settle()
        assert reached + 2 == harness.projector.position == _progress(harness).position
        assert {1: "", 2: "pending", 3: "pending"} == _reasons(harness)
        assert [] == harness.verify().differences


class TestCrashes:
    """A step is one transaction: it happened, or it did not (I4)."""

    def test_a_crash_within_a_step(self, new_harness: NewHarness) -> None:
        """Facts folded, half the subjects judged, and the process dies: nothing of it stands, nothing is lost."""
        crashing = _Crashing()
        harness = new_harness(measures=_with(crashing))
        harness.tell(_ticket(1))
        before = _whole(harness)
        harness.store(_ticket(2), _ticket(3), _ticket(1, START + SECOND, assignedResourceID=101))
        crashing.armed = True
        with pytest.raises(_Killed):
            harness.projector.step()
        assert before == _whole(harness)
        crashing.armed = False
        harness.projector = harness.new_projector(term=2)
        harness.settle()
        assert {1: "pending", 2: "pending", 3: "pending"} == _reasons(harness)
        assert [] == harness.verify().differences

    def test_a_build_that_dies_is_no_ledger(self, new_harness: NewHarness) -> None:
        """Without its progress row, written last, a ledger is not taken over."""
        harness = new_harness()
        with harness.ledger.write() as connection:
            connection.execute(LEDGER_METADATA.tables["progress"].delete())
        with pytest.raises(Fenced):
            harness.new_projector(term=2)


class TestReaders:
    """A fact that many read: its readers drain in bounded batches through the deadlines table."""

    def test_bounded_and_counted(self, new_harness: NewHarness) -> None:
        """Ten tickets credited to one who turns out to be an API user, three at a time; as_of waits meanwhile."""
        harness = new_harness(batch=3)
        answered: dict[str, Any] = {
            "firstResponseDateTime": "2026-09-14T09:00:00Z",
            "firstResponseInitiatingResourceID": 101,
        }
        harness.tell(*(_ticket(number, **answered) for number in range(1, 11)))
        harness.store(webhook("Resource", 101, START, {"licenseType": 7}))
        harness.clock.advance(MINUTE)
        steps = [harness.projector.step()]
        as_of = harness.projector.as_of
        assert (7, 4) == (steps[0].waiting, steps[0].subjects)  # three tickets, and the days of 101
        report = harness.verify()
        assert ([], 7) == (report.differences, report.waiting)
        while steps[-1].waiting:
            harness.clock.advance(MINUTE)
            steps.append(harness.projector.step())
            assert as_of == harness.projector.as_of
        assert [7, 4, 1, 0] == [step.waiting for step in steps]
        assert {-1} == {row["tech_id"] for row in harness.contributions("sla_triage")}
        harness.settle()
        assert harness.clock.now() == harness.projector.as_of

    def test_edge_after_edge(self, new_harness: NewHarness) -> None:
        """Entry ← task ← project: the last link comes last, and the entry counts."""
        harness = new_harness()
        work = {"resourceID": 101, "taskID": 5, "dateWorked": "2026-09-14", "startDateTime": "2026-09-14T08:00:00Z"}
        harness.tell(webhook("TimeEntry", 1, START, work))
        harness.tell(webhook("Task", 5, START, {"projectID": 6}))
        assert [] == harness.contributions("roster")
        harness.tell(webhook("Project", 6, START, {"companyID": 50}))
        assert [(101, 20260914, 1)] == [
            (row["tech_id"], row["day"], row["sample"]) for row in harness.contributions("roster")
        ]
        harness.tell(webhook("Project", 6, START + SECOND, {"companyID": 0}))
        assert [] == harness.contributions("roster")


class TestTime:
    """``as_of`` is part of the ledger's state (I5)."""

    def test_nothing_is_written_while_quiet(self, new_harness: NewHarness) -> None:
        """Within a minute, with nothing to do, the ledger is left alone."""
        harness = new_harness()
        harness.tell(_ticket(1))
        before = _whole(harness)
        harness.clock.advance(MINUTE - 1)
        assert not harness.projector.step().moved
        assert before == _whole(harness)

    def test_a_day_begins_at_its_midnight(self, new_harness: NewHarness) -> None:
        """Windows move on with the local day, so time moves then though the minute is not over."""
        harness = new_harness()
        midnight = at("2026-09-15T04:00:00Z")  # in New York
        harness.advance_to(midnight - SECOND)
        harness.advance_to(midnight - 1)
        assert midnight - SECOND == _progress(harness).as_of
        harness.advance_to(midnight)
        assert midnight == _progress(harness).as_of

    def test_it_moves_once_a_minute(self, new_harness: NewHarness) -> None:
        """An idle ledger's time moves at least once a minute; whole minutes count as ticks."""
        harness = new_harness()
        harness.settle()
        begun = _progress(harness)
        for minute in range(1, 6):
            harness.clock.set(START + minute * MINUTE)
            assert harness.projector.step().moved
            assert (START + minute * MINUTE, begun.tick + minute) == (_progress(harness).as_of, _progress(harness).tick)

    def test_it_moves_with_a_fact(self, new_harness: NewHarness) -> None:
        """A fact's transaction brings as_of to the clock."""
        harness = new_harness()
        harness.settle()
        harness.clock.advance(SECOND)
        harness.store(_ticket(1))
        harness.projector.step()
        assert START + SECOND == _progress(harness).as_of

    def test_it_moves_the_moment_a_deadline_is_reached(self, new_harness: NewHarness) -> None:
        """In the very transaction that takes the first batch of what is due; then it waits for the rest."""
        harness = new_harness(batch=2)
        harness.tell(*(_ticket(number) for number in range(1, 6)))
        harness.advance_to(TEN - SECOND)
        before = _progress(harness)
        harness.clock.set(TEN)
        assert 3 == harness.projector.step().waiting
        after = _progress(harness)
        assert (TEN, before.tick) < (after.as_of, after.tick)
        assert ["open_breach"] * 2 + ["pending"] * 3 == sorted(_reasons(harness).values())
        harness.clock.advance(10 * MINUTE)
        assert (1, TEN) == (harness.projector.step().waiting, _progress(harness).as_of)
        harness.settle()
        assert {"open_breach"} == set(_reasons(harness).values())
        assert harness.clock.now() == _progress(harness).as_of

    def test_facts_apply_while_deadlines_wait(self, new_harness: NewHarness) -> None:
        """A backlog of deadlines does not hold up facts, nor do facts let time run past it."""
        harness = new_harness(batch=2)
        harness.tell(*(_ticket(number) for number in range(1, 8)))
        harness.clock.set(TEN)
        harness.projector.step()
        harness.clock.advance(MINUTE)
        harness.store(_ticket(20, TEN))
        harness.projector.step()
        assert "open_breach" == _reasons(harness)[20]
        assert TEN == _progress(harness).as_of

    def test_a_clock_set_back_does_not_move_it(self, new_harness: NewHarness) -> None:
        """Facts still apply, at the time the ledger had reached."""
        harness = new_harness()
        harness.tell(_ticket(1))
        harness.advance_to(TEN)
        harness.clock.set(START)
        harness.tell(_ticket(2))
        assert TEN == _progress(harness).as_of
        assert {1: "open_breach", 2: "open_breach"} == _reasons(harness)
        assert [] == harness.verify().differences

    def test_heard_is_the_second_clock(self, new_harness: NewHarness) -> None:
        """A breach waits for *heard*: a fact of something else, seen after the due date, makes it final."""
        harness = new_harness()
        harness.tell(_ticket(1))
        harness.advance_to(TEN + 60 * MINUTE)
        assert [1] == [row["provisional"] for row in harness.contributions("sla_triage")]
        harness.tell(webhook("Company", 50, TEN, {"companyName": "Acme"}))
        assert [0] == [row["provisional"] for row in harness.contributions("sla_triage")]
        assert TEN == _progress(harness).heard


def _with(measure: Measure) -> Mapping[str, Sequence[Measure]]:
    """The real measures and one more of tickets."""
    real = by_subject()
    return {**real, "Ticket": (*real["Ticket"], measure)}


class _Killed(BaseException):
    """The process is killed: nothing catches it."""


class _Crashing:
    """A measure in which the process dies, on the second subject after it was armed."""

    key = "crashing"
    subject_type = "Ticket"
    revision = 1

    def __init__(self) -> None:
        self.armed = False
        self._judged = 0

    def evaluate(self, story: Story, moment: Moment) -> Verdict:
        """Nothing, or death."""
        self._judged += self.armed
        if self._judged == 2 and self.armed:
            raise _Killed
        return Verdict()
