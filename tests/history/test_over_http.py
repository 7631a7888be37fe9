"""Histories as the make-believe Autotask tells them, over HTTP, in each of its languages."""

from __future__ import annotations

import asyncio
from random import Random

import httpx
import pytest

from ingest import inbox
from ingest.autotask.client import AutotaskClient
from ingest.autotask.credentials import Credentials
from ingest.feeds.rows import fact_of, fields_of
from ingest.history.importer import HistoryImporter
from models.database import Database
from models.instants import MINUTE
from simulator.autotask.history import WORDINGS
from simulator.callouts import Action
from tests.history.test_importer import imports
from tests.simulator.autotask.stand import Stand

TRACKED = {
    "status": (1, 5, 7, 8, 11),
    "queueID": (5, 29683354, 29683355),
    "assignedResourceID": (None, 7, 9),
    "priority": (1, 2, 3, 4),
}


def _client(stand: Stand) -> AutotaskClient:
    account = stand.tenant.account
    return AutotaskClient(
        Credentials(account.username, account.secret, account.integration_code),
        zone_url="http://127.0.0.1/atservicesrest",
        transport=httpx.ASGITransport(stand.app),
        clock=stand.clock,
        sleep=lambda _: asyncio.sleep(0),
    )


@pytest.mark.parametrize("language", sorted(WORDINGS))
async def test_every_change_is_told(database: Database, language: str) -> None:
    """Forty random changes of the told fields come back as they were made, and nothing is left unknown."""
    stand = Stand(language=language)
    people = {7: ("Ada", "Lovelace"), 9: ("Grace", "Hopper")}
    with database.write() as connection:
        for number, (first, last) in people.items():
            row = {"id": number, "firstName": first, "lastName": last, "isActive": True}
            stand.change("Resources", number, row)
            now = stand.clock.now()
            resource = fact_of("Resource", row, fields=fields_of("Resource"), cursor=None, read_at=now, received_at=now)
            inbox.append(connection, [resource])
    made = _live(stand, Random(language))
    async with _client(stand) as client:
        await HistoryImporter(client, database, stand.clock, lambda: [3]).run()
    (told,) = imports(database)
    assert [] == told.get("unknown", [])
    assert (True, sorted(made)) == (told["understood"], sorted(tuple(line) for line in told["lines"]))


def _live(stand: Stand, rng: Random) -> list[tuple[int, str, int | None, int | None]]:
    """A ticket's life: changes of one or several fields, with notes in between; what happened."""
    now = {name: values[0] for name, values in TRACKED.items()}
    stand.change("Tickets", 3, {"id": 3, "ticketNumber": "T20260914.0003", "companyID": 5, **now})
    made = []
    for number in range(40):
        stand.clock.advance(MINUTE)
        fields = {name: rng.choice(TRACKED[name]) for name in rng.sample(sorted(TRACKED), rng.randint(1, 3))}
        stand.change("Tickets", 3, fields, Action.UPDATE)
        at = stand.clock.now() // 1_000 * 1_000
        made += [(at, name, now[name], value) for name, value in fields.items() if value != now[name]]
        now |= fields
        stand.change("TicketNotes", number + 1, {"id": number + 1, "ticketID": 3, "title": "Called"})
    return made
