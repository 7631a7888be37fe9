"""The service is away for an hour, and permissions go and come back: in the end the numbers are those of a calm day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from heapq import merge
from typing import Any

import pytest

from models.database import Database
from models.instants import HOUR, MINUTE, SECOND
from simulator.autotask.changes import Change
from simulator.callouts import Action
from tests.autotask.figures import WATCHED, differences, figures, lines, unknown
from tests.autotask.rig import Rig, Story, instant, rigged, story
from tests.autotask.week import CALM, COORDINATOR, told_by
from tests.databases import SqliteServer

PAST, MORNING, EVENING, END = (
    "2026-03-02T05:00:00Z",
    "2026-03-10T12:00:00Z",
    "2026-03-10T22:00:00Z",
    "2026-03-10T23:00:00Z",
)
AWAY, BACK = instant("2026-03-10T19:00:00Z"), instant("2026-03-10T20:00:00Z")
FAILURES = 40


@dataclass(frozen=True, slots=True)
class Day:
    """What a day came to, before and after histories were imported."""

    figures: dict[tuple[str, str, str], Any]
    lines: dict[tuple[Any, ...], tuple[Any, ...]]
    unknown: set[int]
    healed: dict[tuple[str, str, str], Any]
    still_unknown: set[int]


@cache
def the_day() -> Story:
    """A day on which many tickets are renamed in one hour, so that more callouts fail than Autotask puts up with."""
    told = told_by(PAST, EVENING)
    created = [one for one in told if one.collection == "Tickets" and one.action is Action.CREATE and one.at < AWAY]
    tickets = [one.entity_id for one in created[:FAILURES]]
    gone = {one.entity_id for one in told if one.action is Action.DELETE}
    renamed = (
        Change(AWAY + number * 7 * SECOND, Action.UPDATE, "Tickets", one, {"title": f"Renamed {number}"}, COORDINATOR)
        for number, one in enumerate(tickets)
        if one not in gone
    )
    return story(merge(told, renamed, key=lambda one: one.at), MORNING, END)


async def _live(database: Database, through: Callable[[Rig], Awaitable[None]]) -> Day:
    told = the_day()
    async with rigged(database, told, CALM) as rig:
        await rig.set_up()
        await through(rig)
        await rig.settle(told.ends)
        rig.set_faults(withdrawn=CALM.withdrawn)
        await rig.reconcile()
        rig.project(told.ends)
        first = await figures(rig), lines(rig), unknown(rig)
        rig.set_faults(withdrawn=frozenset())
        await rig.import_histories()
        left = unknown(rig)
        await rig.import_all_histories()
        rig.project(told.ends)
        return Day(*first, await figures(rig), left)


@pytest.fixture(scope="module")
def live(sqlite_server: SqliteServer) -> Iterator[Callable[[Callable[[Rig], Awaitable[None]]], Day]]:
    """Lives the day through something."""
    made: list[Database] = []

    def lived(through: Callable[[Rig], Awaitable[None]]) -> Day:
        made.append(Database(sqlite_server.create_migrated()))
        return asyncio.run(_live(made[-1], through))

    yield lived
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def calm(live: Callable[[Callable[[Rig], Awaitable[None]]], Day]) -> Day:
    """Nothing goes wrong."""

    async def nothing(_: Rig) -> None:
        return

    return live(nothing)


def test_an_hour_away(live: Callable[[Callable[[Rig], Awaitable[None]]], Day], calm: Day) -> None:
    """The sender disables the webhook meanwhile; it is enabled again at the return, what was missed is read, and all
    is as on a calm day, but that of tickets alive in that hour the transitions are unknown until histories are read."""
    seen: list[tuple[bool, bool]] = []

    async def away(rig: Rig) -> None:
        (webhook,) = rig.tenant.tables["TicketWebhooks"].rows.values()
        await rig.run_to(AWAY)
        await rig.go_down()
        await rig.run_to(BACK)
        was_active = webhook["isActive"]
        await rig.come_up()
        await rig.run_to(BACK + MINUTE)
        seen.append((was_active, webhook["isActive"]))

    day = live(away)
    assert [(False, True)] == seen
    assert calm.unknown < day.unknown
    assert [] == differences(calm.figures, day.figures, without=WATCHED)
    assert (set(), set()) == (calm.still_unknown, day.still_unknown)
    assert [] == differences(calm.healed, day.healed)


@pytest.mark.parametrize(
    "withdrawn", [("Tickets",), ("TimeEntries",), ("Resources", "Companies", "ConfigurationItems")]
)
def test_permissions_withdrawn_and_given_back(
    live: Callable[[Callable[[Rig], Awaitable[None]]], Day], calm: Day, withdrawn: tuple[str, ...]
) -> None:
    """What may not be read for two hours is read afterwards; while webhooks come in it is no gap."""

    async def without(rig: Rig) -> None:
        await rig.run_to(AWAY)
        rig.set_faults(withdrawn=CALM.withdrawn | frozenset(withdrawn))
        await rig.run_to(AWAY + 2 * HOUR)
        rig.set_faults(withdrawn=CALM.withdrawn)

    day = live(without)
    assert calm.unknown == day.unknown
    assert [] == differences(calm.figures, day.figures)
    assert [] == differences(calm.healed, day.healed)


def test_time_that_is_hidden_for_a_while(live: Callable[[Callable[[Rig], Awaitable[None]]], Day], calm: Day) -> None:
    """Entries that Autotask leaves out silently for two hours are not taken for deleted."""

    async def hidden(rig: Rig) -> None:
        await rig.run_to(AWAY)
        rig.set_faults(hides_non_billable=True)
        await rig.run_to(AWAY + 2 * HOUR)
        rig.set_faults(hides_non_billable=False)

    assert [] == differences(calm.healed, live(hidden).healed)
