"""Helpers of a build: the same ledger as without, whatever becomes of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.database import Database
from models.entities import ENDPOINT, RESOURCE, SURVEY, TICKET, TIME_ENTRY
from models.inbox import NO_ENTITY, NO_ID, Fact
from models.instants import HOUR, MINUTE, isoformat
from service.kpis.registry import by_subject
from service.projection.crew import WORTH_HELP, Crew, helpers_worth
from service.projection.helper import Task
from service.projection.ledger.tables import Key
from service.projection.ledgers import create_ledger
from service.projection.rebuild import Rebuild
from service.projection.slices import FoldedSlice, Terms, fold_slice
from tests.projection.harness import Harness, at, webhook

NOW = at("2026-09-14 12:00")
TICKETS = 700
"""More than a slice holds."""


CHILDREN = Path(f"/proc/self/task/{os.getpid()}/children")


def _desk() -> Iterator[Fact]:
    """Tickets with work on every third, half of it for the house itself, whose worker's roster others decide."""
    yield webhook("NoSuchThing", 1, NOW - HOUR, {})
    for tech_id in (31, 32):
        yield webhook(RESOURCE, tech_id, NOW - 99 * HOUR, {"isActive": True}, action="Create")
    yield webhook(ENDPOINT, 1, NOW - 99 * HOUR, {"isActive": True, "companyID": 7}, action="Create")
    for number in range(1, TICKETS + 1):
        created = NOW - 90 * HOUR + number * MINUTE
        company = 0 if number % 2 else 7
        fields = {"companyID": company, "createDate": isoformat(created), "status": 5, "assignedResourceID": 31}
        told = webhook(TICKET, number, created, fields, action="Create")
        yield replace(told, entity_type=NO_ENTITY, entity_id=NO_ID) if number == 9 else told  # named none at the door
        if number == 9:
            yield webhook(TICKET, number, created + HOUR, {"priority": 2})
        if number % 3 == 0:
            worked = {
                "ticketID": number,
                "resourceID": 31 + number % 5 % 2,
                "dateWorked": f"{isoformat(created)[:10]}T00:00:00",
                "startDateTime": isoformat(created),
                "endDateTime": isoformat(created + HOUR),
                "hoursWorked": 1,
                "createDateTime": isoformat(created + HOUR),
            }
            yield webhook(TIME_ENTRY, number, created + HOUR, worked, action="Create")
        if number % 10 == 0:
            yield webhook(SURVEY, number, created + HOUR, {"ticketID": number, "surveyRating": 5}, action="Create")


@pytest.fixture
def harness(new_database: Callable[[], Database]) -> Iterator[Harness]:
    """A desk's past in the inbox, and a ledger of it that a projector wrote event by event."""
    made = Harness(new_database(), now=NOW)
    try:
        made.tell(*_desk())
        yield made
    finally:
        made.close()


def _built(harness: Harness, helpers: int, during: Callable[[int], None] = lambda _: None) -> Harness:
    """Build the ledger anew; ``during`` is told the number of each slice."""
    harness.ledger.close()
    harness.ledger = create_ledger(harness.main, harness.mandate().generation, harness.mandate().build)
    build = Rebuild(harness.main, harness.ledger, harness.mandate(), as_of=NOW, helpers=helpers)
    for number, _ in enumerate(build.slices()):
        during(number)
    return harness


@pytest.mark.parametrize("helpers", [0, 2])
def test_the_same_ledger(harness: Harness, helpers: int) -> None:
    """With helpers or without, a build comes to what the projector came to."""
    projected = harness.dump()

    built = _built(harness, helpers)

    assert projected == built.dump()
    assert built.verify().agreed


def _children() -> list[int]:
    """The processes that the test's process started."""
    return [int(one) for one in CHILDREN.read_text().split()]


@pytest.mark.skipif(not CHILDREN.exists(), reason="children are not listed")
def test_killed_helpers(harness: Harness) -> None:
    """Helpers that are killed under way are done without."""
    projected, before = harness.dump(), set(_children())
    killed: set[int] = set()

    def kill(_: int) -> None:
        for pid in set(_children()) - before - killed:
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)

    assert projected == _built(harness, 2, kill).dump()
    assert 2 == len(killed)
    assert before >= set(_children())


def _terms(harness: Harness) -> Terms:
    return Terms(position=10**6, without=frozenset(), as_of=NOW, rules=harness.rules)


def test_a_crew_that_is_closed_is_gone(harness: Harness) -> None:
    """Closing ends the helpers whatever they are at, and twice is fine."""
    terms = _terms(harness)

    def alone(task: Task) -> FoldedSlice:
        with harness.main.read() as connection:
            return fold_slice(connection, task.keys, terms)

    crew = Crew(alone)
    crew.hire(2, harness.main, harness.ledger, terms)
    tasks = iter([Task((Key(TICKET, number),)) for number in range(1, 5)])
    first = next(done for done in crew.work_out(tasks) if done is not None)
    crew.close()
    crew.close()
    rest = [done for done in crew.work_out(tasks) if done is not None]

    assert isinstance(first, FoldedSlice)
    assert len(first.states) == 1
    assert all(isinstance(done, FoldedSlice) for done in rest)


def test_a_build_that_is_given_up(harness: Harness) -> None:
    """Closing the slices ends a build, and a later one starts from nothing."""
    projected = harness.dump()
    harness.ledger.close()
    harness.ledger = create_ledger(harness.main, harness.mandate().generation, harness.mandate().build)
    slices = Rebuild(harness.main, harness.ledger, harness.mandate(), as_of=NOW, helpers=2).slices()
    next(slices)
    slices.close()

    assert projected == _built(harness, 2).dump()


def test_who_gets_helpers(harness: Harness) -> None:
    """A small build is done before helpers have started, and measures of one's own are unknown to them."""
    own = {kind: measures[:1] for kind, measures in by_subject().items()}

    assert 0 == helpers_worth(WORTH_HELP - 1, harness.mandate())
    assert 0 == helpers_worth(WORTH_HELP, replace(harness.mandate(), measures=own))
