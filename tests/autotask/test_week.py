"""A KPI that is right only when nothing goes wrong is wrong: one week, three ways, and the same numbers in the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from models.database import Database
from simulator.autotask.faults import Faults
from tests.autotask.figures import WATCHED, differences
from tests.autotask.long import LONG
from tests.autotask.week import CALM, Week, live
from tests.databases import SqliteServer

pytestmark = LONG

FAULTY = replace(
    CALM, seed=5, lost_share=0.1, duplicated_share=0.1, reordered_share=0.2, payload_share=0.5, error_share=0.02
)
CALLOUTS = {"Tickets", "TicketNotes", "Companies", "ConfigurationItems"}
POLLED = {"Tickets", "TimeEntries", "Companies", "ConfigurationItems", "SurveyResults", "TimeOffRequests"}


def _lived(server: SqliteServer, faults: Faults, *, webhooks: bool = True) -> Iterator[Week]:
    database = Database(server.create_migrated())
    yield asyncio.run(live(database, faults, webhooks=webhooks))
    database.close()


@pytest.fixture(scope="module")
def calm(sqlite_server: SqliteServer) -> Iterator[Week]:
    """Nothing goes wrong."""
    yield from _lived(sqlite_server, CALM)


@pytest.fixture(scope="module")
def faulty(sqlite_server: SqliteServer) -> Iterator[Week]:
    """Callouts are lost, doubled and late, and requests fail."""
    yield from _lived(sqlite_server, FAULTY)


@pytest.fixture(scope="module")
def unhooked(sqlite_server: SqliteServer) -> Iterator[Week]:
    """No webhook is installed."""
    yield from _lived(sqlite_server, CALM, webhooks=False)


def test_everything_went_wrong(faulty: Week, record_property: Callable[[str, object], None]) -> None:
    """The week had its faults, of every kind and at every entity."""
    for kind in ("sent", "lost", "duplicated", "reordered", "payload_kept", "error"):
        record_property("counts", f"{kind}: {_said(faulty.counts[kind])}")
    for kind in ("lost", "duplicated", "reordered"):
        assert CALLOUTS == {entity for entity, number in faulty.counts[kind].items() if number}
    assert POLLED <= {entity for entity, number in faulty.counts["error"].items() if number}
    assert faulty.lost_for_good


def test_half_of_the_losses_leave_no_mark(calm: Week, faulty: Week) -> None:
    """Without histories exactly those tickets are left out that lost an event for good; every other KPI is equal."""
    judged = {key[2] for key, said in calm.lines.items() if key[0] in WATCHED and (said[4] or said[6])}
    assert calm.unknown | (faulty.lost_for_good & judged) == faulty.unknown
    assert [] == differences(calm.figures, faulty.figures, without=WATCHED)


def test_with_histories_nothing_is_left_of_it(calm: Week, faulty: Week) -> None:
    """With histories imported the scorecard equals that of the calm week, digit for digit."""
    assert (frozenset(), frozenset()) == (calm.still_unknown, faulty.still_unknown)
    assert [] == differences(calm.healed, faulty.healed)


def test_without_webhooks(calm: Week, unhooked: Week) -> None:
    """With the feeds alone no history is unknown that would be known, and the scorecard is the same, but that a
    machine's deletion, which only webhooks tell, is found in the next night."""
    deletions = {key for key, said in calm.lines.items() if said != unhooked.lines.get(key)}
    assert {"reactive_hours_per_endpoint.endpoints"} == {key[0] for key in deletions}
    assert {1} == {unhooked.lines[key][0] - calm.lines[key][0] for key in deletions}
    assert (calm.unknown, frozenset()) == (unhooked.unknown, unhooked.still_unknown)
    without = frozenset({"reactive_hours_per_endpoint"})
    assert [] == differences(calm.figures, unhooked.figures, without=without)
    assert [] == differences(calm.healed, unhooked.healed, without=without)


def _said(counted: Counter[str]) -> str:
    return ", ".join(f"{entity} {number}" for entity, number in sorted(counted.items()))
