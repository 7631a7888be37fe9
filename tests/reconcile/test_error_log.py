"""The log of events that Autotask gave up sending is drained once."""

from __future__ import annotations

import json
from typing import Any

from ingest import inbox
from ingest.reconcile.error_log import COLLECTION, Drained, drain
from ingest.webhooks import fact_of
from models.entities import LOST_EVENT
from models.errors import Unreachable
from models.instants import isoformat, parse_instant
from tests.reconcile.site import NOW, Site


def payload(number: int, *, entity: str = "Ticket", title: str = "Dr\\u00FCcker") -> str:
    """An event as Autotask kept it, escapes included."""
    return (
        f'{{"Action":"Update","Guid":"6f0c","EntityType":"{entity}","Id":{number},'
        f'"Fields":{{"Status":"5","Title":"{title}"}},"EventTime":"2026-02-25T10:00:00Z","SequenceNumber":4}}'
    )


def log_row(number: int, text: str | None, **fields: Any) -> dict[str, Any]:
    """A row of the log."""
    return {"id": number, "payload": text, "createDateTime": "2026-02-25T10:02:11.5Z", "sequenceNumber": 4, **fields}


async def _drain(site: Site) -> Drained:
    return await drain(site.past, site.database, site.clock)


def _facts(site: Site) -> list[tuple[str, int]]:
    with site.database.read() as connection:
        facts = inbox.read_after(connection, 0, 100)
        found = inbox.entities_at(connection, [fact.position for fact in facts])
    return [found[fact.position] for fact in facts]


async def test_an_event_is_stored_as_it_was(site: Site) -> None:
    """The same bytes are the same event: one that came to the door after all is not stored twice."""
    site.append(fact_of(payload(1).encode(), NOW))
    site.past.put(COLLECTION, log_row(10, payload(1)), log_row(11, payload(2)))
    assert Drained(stored=2) == await _drain(site)
    assert [("Ticket", 1), ("Ticket", 2)] == _facts(site)
    assert {} == site.past.rows[COLLECTION]


async def test_a_payload_cut_off_is_a_lost_event(site: Site) -> None:
    """Its first bytes name the ticket; the loss carries the event's time where it can be read."""
    site.past.put(COLLECTION, log_row(10, payload(42)[:80]), log_row(11, payload(43)[:-4]))
    assert Drained(lost=2) == await _drain(site)
    assert [(LOST_EVENT, 10), (LOST_EVENT, 11)] == _facts(site)
    with site.database.read() as connection:
        bodies = [json.loads(fact.body)["Fields"] for fact in inbox.read_after(connection, 0, 10)]
    logged, event = parse_instant("2026-02-25T10:02:11.5Z"), parse_instant("2026-02-25T10:00:00Z")
    assert [
        {"ticketID": 42, "lostAt": isoformat(logged)},
        {"ticketID": 43, "lostAt": isoformat(event)},
    ] == bodies


async def test_what_is_of_no_consequence(site: Site) -> None:
    """A company's event that is gone is read over REST anyway; the row goes."""
    site.past.put(COLLECTION, log_row(10, payload(1, entity="Account")[:70]), log_row(11, None, accountWebhookID=3))
    assert Drained(unneeded=2) == await _drain(site)
    assert ([], {}) == (_facts(site), site.past.rows[COLLECTION])


async def test_a_row_that_names_nobody_stays(site: Site) -> None:
    """Nothing can be made of it, so it is said and not deleted."""
    site.past.put(COLLECTION, log_row(10, None), log_row(11, "not json"), log_row(12, '{"EntityType":"Ticket"'))
    assert Drained(unreadable=3) == await _drain(site)
    assert ([], [10, 11, 12]) == (_facts(site), sorted(site.past.rows[COLLECTION]))


async def test_a_delete_that_fails(site: Site) -> None:
    """What was stored and could not be deleted is drained again, and is the same event."""
    site.past.put(COLLECTION, *(log_row(number, payload(number)) for number in range(1, 6)))

    def fails(verb: str, _collection: str) -> None:
        if verb == "delete":
            raise Unreachable

    site.past.before_call = fails
    await _drain(site)
    site.past.before_call = lambda _verb, _collection: None
    before = _facts(site)
    assert Drained(stored=5) == await _drain(site)
    assert (before, {}) == (_facts(site), site.past.rows[COLLECTION])


async def test_hostile_payloads(site: Site) -> None:
    """Whatever lies in the log, draining it comes to an end."""
    texts = ["", "\x00", "[]", '{"EntityType":"Ticket","Id":' + "9" * 400, '"' * 8_000, "\ud800", "{" * 8_000]
    site.past.put(COLLECTION, *(log_row(number, text) for number, text in enumerate(texts)))
    assert len(texts) == (await _drain(site)).unreadable
