"""A backfill through the whole client, from a make-believe Autotask at which much goes wrong."""

from __future__ import annotations

import asyncio

import httpx
from sqlalchemy import text

from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials
from ingest.backfill.backfill import Backfill
from ingest.feeds.source import Kit
from ingest.reconcile.reconciler import Reconciler
from models.clock import ManualClock
from models.database import Database
from models.instants import HOUR, SECOND, isoformat
from simulator.autotask.faults import Faults
from tests.simulator.autotask.stand import START, Stand

TICKETS, ENTRIES = 700, 1_100


async def test_errors_on_the_way_lose_nothing(database: Database) -> None:
    """Every tenth request fails; every row comes in, once, and nothing differs afterwards."""
    stand = Stand(Faults(seed=3, error_share=0.1, adds_latency=False))
    _fill(stand)
    account = stand.tenant.account
    client = AutotaskClient(
        Credentials(account.username, account.secret, account.integration_code),
        zone_url="http://127.0.0.1/atservicesrest",
        transport=httpx.ASGITransport(stand.app),
        clock=stand.clock,
        sleep=lambda seconds: _pass(stand.clock, seconds),
    )
    async with client:
        since = START - 90 * 24 * HOUR
        await Backfill(client, database, stand.clock, since, lambda _: None, client.pause).run()
        assert (TICKETS, TICKETS) == _stored(database, "Ticket")
        assert (ENTRIES, ENTRIES) == _stored(database, "TimeEntry")
        kit = Kit(client, database, stand.clock)
        assert "nothing differed" == await Reconciler(kit, 35, lambda _: None, client.pause).run()
    assert stand.app.state.api.dice.counts["error", "Tickets"] > 0


def _fill(stand: Stand) -> None:
    """Tickets and entries of the last weeks, in order of time."""
    for number in range(1, ENTRIES + 1):
        stand.clock.set(START - (ENTRIES - number) * HOUR)
        now = isoformat(stand.clock.now())
        if number <= TICKETS:
            stand.change("Tickets", number, {"id": number, "companyID": 5, "status": 1, "createDate": now})
        entry = {"id": number, "ticketID": (number - 1) % TICKETS + 1, "resourceID": 7, "hoursWorked": 1.0}
        if entry["ticketID"] <= number:
            stand.change("TimeEntries", number, {**entry, "createDateTime": now})


def _stored(database: Database, entity: str) -> tuple[int, int]:
    query = text("SELECT count(*), count(DISTINCT entity_id) FROM inbox WHERE entity_type = :entity")
    with database.read() as connection:
        count, different = connection.execute(query, {"entity": entity}).one()
    return count, different


async def _pass(clock: ManualClock, seconds: float) -> None:
    clock.advance(round(seconds * SECOND))
    await asyncio.sleep(0)
