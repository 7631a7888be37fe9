"""Histories are fetched for tickets that need one, once, and become facts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest import inbox
from ingest.autotask.values import FieldInfo, PicklistValue
from ingest.feeds.rows import fact_of, fields_of
from ingest.history.importer import AGAIN_AFTER, LOOKS_AGAIN, TICKETS_AT_ONCE, HistoryImporter, last_import
from models.clock import ManualClock
from models.database import Database
from models.errors import BudgetSpent, Invalid
from models.instants import SECOND, parse_instant
from tests.past import Past

NOW = parse_instant("2026-02-25T12:00:00Z")


class Site:
    """A database, two people in it, and the histories of a tenant."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock(NOW)
        self.past = Past(self.clock)
        self.wanted: list[int] = []
        statuses = (PicklistValue(1, "New"), PicklistValue(5, "Complete"))
        self.past.picklists["Tickets"] = {"status": FieldInfo("status", picklist=statuses)}
        self.store("Resource", {"id": 7, "firstName": "Ada", "lastName": "Lovelace"})
        self.importer = HistoryImporter(self.past, database, self.clock, lambda: self.wanted)

    def store(self, entity: str, row: dict[str, Any]) -> None:
        """A row that a feed has brought."""
        now = self.clock.now()
        fact = fact_of(entity, row, fields=fields_of(entity), cursor=None, read_at=now, received_at=now)
        with self.database.write() as connection:
            inbox.append(connection, [fact])

    def history(self, ticket: int, *details: str) -> None:
        """What a ticket's history says."""
        for detail in details:
            number = len(self.past.rows.get("TicketHistory", {})) + 1
            row = {"id": number, "ticketID": ticket, "action": "Edited", "date": "2026-02-24T10:00:00Z"}
            self.past.put("TicketHistory", {**row, "detail": detail})

    def imports(self) -> list[dict[str, Any]]:
        """The stored imports, in order."""
        return imports(self.database)


def imports(database: Database) -> list[dict[str, Any]]:
    """What is stored of histories, in order."""
    with database.read() as connection:
        facts = inbox.read_after(connection, 0, 1_000)
    documents = [json.loads(fact.body) for fact in facts]
    return [
        {"ticket": one["Id"], **one["Fields"], "lines": json.loads(one["Fields"]["lines"])}
        for one in documents
        if one["EntityType"] == "HistoryImport"
    ]


@pytest.fixture
def site(database: Database) -> Site:
    """Nobody wants a history yet."""
    return Site(database)


async def test_a_history(site: Site) -> None:
    """Its changes are stored with ids, as of the lower bound of when it was read."""
    site.history(3, "Status changed from New to Complete", "Primary Resource changed from None to Lovelace, Ada")
    site.wanted = [3]
    await site.importer.run()
    at = parse_instant("2026-02-24T10:00:00Z")
    lines = [[at, "status", 1, 5], [at, "assignedResourceID", None, 7]]
    assert [{"ticket": 3, "importedAt": "2026-02-25T11:59:59Z", "understood": True, "lines": lines}] == site.imports()


async def test_what_was_not_understood_is_kept(site: Site) -> None:
    """The row verbatim, and the change beside it that was understood."""
    site.history(3, "Status changed from New to Complete", "Estado cambiado")
    site.wanted = [3]
    await site.importer.run()
    stored = site.imports()[0]
    assert (False, ["Edited: Estado cambiado"], 1) == (stored["understood"], stored["unknown"], len(stored["lines"]))


async def test_one_filter_only(site: Site) -> None:
    """One call for a ticket, one for the labels of all."""
    site.wanted = [1, 2, 3]
    await site.importer.run()
    assert (3, 1) == (site.past.asked("query", "TicketHistory"), site.past.asked("fields", "Tickets"))


async def test_a_few_at_a_time_newest_first(site: Site) -> None:
    """Each run takes the next ones, in the order they are wanted."""
    site.wanted = list(range(100, 0, -1))
    await site.importer.run()
    await site.importer.run()
    assert site.wanted[: 2 * TICKETS_AT_ONCE] == [one["ticket"] for one in site.imports()]


async def test_still_wanted_after_an_import(site: Site) -> None:
    """A history is fetched again a day later, when a gap has come over the ticket."""
    site.wanted = [3]
    await site.importer.run()
    await site.importer.run()
    assert 1 == len(site.imports())
    site.clock.advance(AGAIN_AFTER + 2 * SECOND)
    await site.importer.run()
    assert 2 == len(site.imports())


async def test_not_understood_and_unchanged_is_not_fetched_again(site: Site) -> None:
    """Until the ticket changes there is nothing new to read."""
    site.history(3, "Estado cambiado")
    site.wanted = [3]
    await site.importer.run()
    site.clock.advance(AGAIN_AFTER + 2 * SECOND)
    await site.importer.run()
    assert 1 == len(site.imports())
    site.store("Ticket", {"id": 3, "status": 5})
    site.clock.advance(LOOKS_AGAIN + SECOND)
    await site.importer.run()
    assert 2 == len(site.imports())


async def test_a_ticket_that_may_not_be_seen(site: Site) -> None:
    """It is passed over for a day; the others are read."""

    def refuse(verb: str, collection: str) -> None:
        if (verb, collection) == ("query", "TicketHistory") and not site.past.asked(verb, collection):
            site.past.calls.append((verb, collection))
            raise Invalid("no access")

    site.past.before_call = refuse
    site.wanted = [4, 3]
    await site.importer.run()
    await site.importer.run()
    assert [3] == [one["ticket"] for one in site.imports()]


async def test_the_budget_ends_a_run(site: Site) -> None:
    """It is no failure: what was fetched before is stored, and the next run goes on."""

    def toll(_verb: str, _collection: str) -> None:
        if site.past.asked("query", "TicketHistory") == 2:
            site.past.calls.append(("query", "TicketHistory"))
            raise BudgetSpent

    site.past.before_call = toll
    site.wanted = [4, 3, 2]
    await site.importer.run()
    await site.importer.run()
    assert [4, 3, 2] == [one["ticket"] for one in site.imports()]


async def test_the_last_import(site: Site) -> None:
    """Of several the last one stands."""
    with site.database.read() as connection:
        assert last_import(connection, 3) is None
    site.wanted = [3]
    await site.importer.run()
    with site.database.read() as connection:
        found = last_import(connection, 3)
    assert found is not None
    assert (NOW - SECOND, True, False) == (found.at, found.understood, found.is_behind)
