"""The door for Extension Callouts: a form of which only ``id`` is used, and a ticket that is read again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from ingest import inbox
from ingest.feeds import store, watch
from models.clock import FrozenClock
from models.database import Database
from models.feeds import NudgeKind
from models.instants import parse_instant
from service import door
from service.app import CALLOUTS_A_MINUTE, create_app
from tests.door import DOOR, problem_of, serving, settings_for
from tests.facts import webhook

CALLOUT = f"{DOOR}/callout"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
KNOWN = 351_182


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application on a database that knows one ticket."""
    with database.write() as connection:
        inbox.append(connection, [webhook(1, entity_id=KNOWN)])
    return create_app(settings_for("sqlite:///unused.db"), database=database)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with serving(app) as opened:
        yield opened


def nudged(database: Database) -> list[tuple[str, int]]:
    """What waits to be read again."""
    with database.read() as connection:
        found = store.asked(connection, tuple(NudgeKind), 100)
    return [(one.kind.value, one.entity_id) for one in found]


async def _outcome(client: httpx.AsyncClient, body: bytes) -> str:
    response = await client.post(CALLOUT, content=body, headers=FORM)
    assert 202 == response.status_code
    return str(response.json()["outcome"])


async def test_a_callout_of_a_known_ticket_nudges(client: httpx.AsyncClient, database: Database) -> None:
    """Whatever else the form says, and whichever case the name has; twice is one nudge."""
    body = b"id=351182&ticketnumber=T1&date=2026-01-01T10:00:47.64300000-04:00:00"

    assert ["nudged", "nudged"] == [await _outcome(client, body), await _outcome(client, b"ID=351182")]
    assert [("ticket", KNOWN)] == nudged(database)


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b"id=5", "unknown_ticket"),
        (b"", "no_ticket"),
        (b"id=", "no_ticket"),
        (b"id=-1", "no_ticket"),
        (b"id=abc", "no_ticket"),
        (b"id=99999999999999999999", "no_ticket"),
        (b"\xff\xfe", "no_ticket"),
        (b'{"id": 351182}', "no_ticket"),
        (b"a=1&" * 600 + b"id=351182", "no_ticket"),
    ],
)
async def test_what_names_no_known_ticket_is_taken_and_does_nothing(
    client: httpx.AsyncClient, database: Database, body: bytes, outcome: str
) -> None:
    """There is nothing to send again: answered 202, and nothing waits."""
    assert outcome == await _outcome(client, body)
    assert [] == nudged(database)


async def test_callouts_have_a_small_budget_of_their_own(client: httpx.AsyncClient, app: FastAPI) -> None:
    """A storm of them is taken and for the most part passed over; the metrics count it."""
    outcomes = [await _outcome(client, b"id=351182") for _ in range(CALLOUTS_A_MINUTE + 3)]

    assert ["over_budget"] * 3 == outcomes[-3:]
    assert (
        f'techscore_callouts_total{{outcome="nudged"}} {CALLOUTS_A_MINUTE}.0' in app.state.web.metrics.render().decode()
    )


async def test_the_path_token_is_asked_for(client: httpx.AsyncClient, database: Database) -> None:
    """Nobody without it makes us ask Autotask."""
    response = await client.post("/webhooks/autotask/wrong/callout", content=b"id=351182", headers=FORM)

    assert (404, "token_unknown") == problem_of(response)
    assert [] == nudged(database)


async def test_a_deactivation_hint_has_the_webhooks_looked_at(client: httpx.AsyncClient, database: Database) -> None:
    """It is not believed: it is a reason to look."""
    await client.post(f"{DOOR}/deactivated", content=b'{"Action":"Deactivated"}')

    assert [("registration", 0)] == nudged(database)


async def test_a_frozen_clock_records_nothing(database: Database) -> None:
    """While ``TECHSCORE_NOW`` holds the clock there are no beats, and no gaps."""
    async with door.saying_so(database, FrozenClock(parse_instant("2026-01-01T00:00:00Z"))):
        pass
    assert not heard_of(database)


def heard_of(database: Database) -> bool:
    """Whether the database knows of a door that was open."""
    with database.read() as connection:
        return watch.door(connection) is not None
