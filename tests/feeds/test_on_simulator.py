"""The feeds with the real client on the make-believe Autotask: its paging, errors, permissions, logs and limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import Any

import httpx
import pytest

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials
from ingest.autotask.limits import Budget
from ingest.feeds import store
from ingest.feeds.runner import Runner, feeds
from ingest.feeds.source import Kit
from ingest.feeds.vanished import Sighted, last_sightings
from models.clock import ManualClock
from models.database import Database
from models.entities import SLA_RESULT, TICKET, TIME_ENTRY
from models.feeds import NudgeKind
from models.instants import HOUR, SECOND
from models.settings_values import HOURLY_BUDGET
from simulator.autotask.app import Api, create_app
from simulator.autotask.changes import Change
from simulator.autotask.faults import Faults
from simulator.autotask.tenant import Tenant
from simulator.callouts import Action
from tests.feeds.conftest import NOON

ANN = 30


class Site:
    """A tenant, its door, and feeds on it; waiting moves the clock of all."""

    def __init__(self, main: Database) -> None:
        self.main = main
        self.clock = ManualClock(NOON)
        self.tenant = Tenant()
        app = create_app(self.tenant, self.clock, Faults(), sleep=self.sleep)
        self.api: Api = app.state.api
        account = self.tenant.account
        self.budget = Budget(HOURLY_BUDGET, self.clock)
        self.client = AutotaskClient(
            Credentials(account.username, account.secret, account.integration_code),
            zone_url="http://127.0.0.1/atservicesrest",
            budget=self.budget,
            transport=httpx.ASGITransport(app),
            clock=self.clock,
            sleep=self.sleep,
            rng=Random(1),
        )
        self.runner: Runner = feeds(Kit(self.client, main, self.clock), used=lambda: self.budget.used_ratio)
        self.change("Companies", 7, companyName="c", isActive=True)
        self.change("Resources", ANN, firstName="Ann", lastName="Bee", isActive=True)

    async def sleep(self, seconds: float) -> None:
        """Wait by moving the clock."""
        self.clock.advance(int(seconds * SECOND))

    def change(self, collection: str, number: int, action: Action = Action.CREATE, **fields: Any) -> None:
        """Something happens in Autotask."""
        self.tenant.apply(Change(self.clock.now(), action, collection, number, fields, ANN))

    def ticket(self, number: int, action: Action = Action.CREATE, **fields: Any) -> None:
        """Something happens to a ticket."""
        self.change("Tickets", number, action, **{"companyID": 7, **fields})

    def entry(self, number: int, ticket: int, **fields: Any) -> None:
        """Ann logs an hour on a ticket."""
        logged = {"ticketID": ticket, "resourceID": ANN, "hoursWorked": 1.0, "isNonBillable": False}
        self.change("TimeEntries", number, **{**logged, **fields})

    async def run(self, seconds: int, step: int = 1) -> None:
        """Let time pass."""
        until = self.clock.now() + seconds * SECOND
        while self.clock.now() < until:
            await self.runner.turn()
            await self.runner.settle()
            self.clock.advance(step * SECOND)

    def known(self, entity: str, *ids: int) -> dict[int, Sighted]:
        """The entities that exist as far as the facts say."""
        with self.main.read() as connection:
            return {one.entity_id: one for one in last_sightings(connection, entity, ids)}

    def reason(self, feed: str) -> str | None:
        """Why a feed fails."""
        with self.main.read() as connection:
            return store.standing(connection, feed).reason


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    """A site at noon."""
    made = Site(database)
    yield made
    await made.client.aclose()


async def test_an_entry_comes_and_goes(site: Site) -> None:
    """Logged: there within eleven seconds; deleted: gone within thirty-five."""
    site.ticket(1, status=1)
    await site.run(15)
    site.entry(100, 1)
    await site.run(11)
    there = site.known(TIME_ENTRY, 100)
    site.change("TimeEntries", 100, Action.DELETE)
    await site.run(35)

    assert [100] == list(there)
    assert {} == site.known(TIME_ENTRY, 100)


async def test_a_deleted_ticket_goes(site: Site) -> None:
    """Its log is read once a minute."""
    site.ticket(1, status=1)
    await site.run(15)
    site.change("Tickets", 1, Action.DELETE)
    await site.run(70, step=5)

    assert {} == site.known(TICKET, 1)


async def test_a_ticket_that_moves_brings_its_sla_result(site: Site) -> None:
    """The result is read again with each fact of its ticket."""
    site.ticket(1, status=1)
    site.change("ServiceLevelAgreementResults", 9, ticketID=1, isFirstResponseMet=None)
    await site.run(15)
    site.change("ServiceLevelAgreementResults", 9, Action.UPDATE, isFirstResponseMet=True)
    site.ticket(1, Action.UPDATE, status=8)
    await site.run(15)

    assert True is site.known(SLA_RESULT, 9)[9].fields["isFirstResponseMet"]


@pytest.mark.parametrize("faults", [Faults(hides_non_billable=True), Faults(withdrawn=frozenset({"TimeEntries"}))])
async def test_what_may_not_be_seen_for_a_while_is_not_deleted(site: Site, faults: Faults) -> None:
    """A permission withdrawn and given back: nothing is deleted, and what was logged meanwhile is there."""
    for number in range(1, 6):
        site.ticket(number, status=1)
        site.entry(100 + number, number, isNonBillable=True)
    await site.run(15)
    site.api.faults = faults
    await site.run(15)
    for number in range(1, 6):
        site.ticket(number, Action.UPDATE, status=8)
    with site.main.write() as connection:
        store.nudge(connection, NudgeKind.TICKET, range(1, 6), site.clock.now())
    site.entry(110, 1, isNonBillable=True)
    await site.run(20 * 60, step=30)
    meanwhile = site.known(TIME_ENTRY, *range(101, 111))
    failing = site.reason("TimeEntries")
    site.api.faults = Faults()
    await site.run(6 * 60, step=30)

    assert set(range(101, 106)) == meanwhile.keys()
    assert failing in {"rows_vanished", "permission_missing"}
    assert {*range(101, 106), 110} == site.known(TIME_ENTRY, *range(101, 111)).keys()
    assert None is site.reason("TimeEntries")


async def test_errors_and_a_burst_are_outlived(site: Site) -> None:
    """A fifth of all requests fails, and for five minutes every one: in the end all is there."""
    site.api.faults = Faults(seed=3, error_share=0.2, bursts=((NOON + 60 * SECOND, NOON + 360 * SECOND),))
    for number in range(1, 21):
        site.ticket(number, status=1)
        site.entry(100 + number, number)
        await site.run(20, step=5)
    site.api.faults = replace(site.api.faults, error_share=0.0, bursts=())
    await site.run(10 * 60, step=30)

    assert set(range(1, 21)) == site.known(TICKET, *range(1, 21)).keys()
    assert set(range(101, 121)) == site.known(TIME_ENTRY, *range(101, 121)).keys()


async def test_the_budget_and_the_threads_hold(site: Site) -> None:
    """A busy half hour: below half our share of requests, and never a fourth at once on an endpoint."""
    ended = NOON + HOUR // 2
    number = 0
    while site.clock.now() < ended:
        number += 1
        site.ticket(number, status=1)
        site.entry(10_000 + number, number)
        await site.run(30, step=10)

    assert HOURLY_BUDGET // 2 > site.api.used > 300
    assert 3 >= max(site.api.most_threads_seen.values())
