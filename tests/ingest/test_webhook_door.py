"""The HTTP door: the order of its checks, what it answers, what it stores and what it counts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from ingest.inbox import InboxWriter, read_after
from models.clock import ManualClock
from models.database import Database
from models.errors import ConfigurationError
from models.inbox import StoredFact
from models.instants import parse_instant
from models.settings import load_settings
from service.api.webhooks import MAX_BODY_BYTES
from service.app import create_app
from tests.door import (
    DOOR,
    KNOWN_BODY,
    KNOWN_SIGNATURE,
    TOKEN,
    problem_of,
    serving,
    settings_for,
    sign,
    signed,
)
from tests.facts import webhook, writers_waiting

NOW = parse_instant("2026-09-14T13:00:00Z")
BODY = b'{"Action":"Update","EntityType":"Ticket","Id":7,"Fields":{"Description":"hunter2","Title":"Printer"}}'


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application on a migrated database, with a clock that stands still."""
    return create_app(settings_for("sqlite:///unused.db"), database=database, clock=ManualClock(NOW))


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application."""
    async with serving(app) as running:
        yield running


def _stored(database: Database) -> list[StoredFact]:
    with database.read() as connection:
        return read_after(connection, 0, 1_000)


async def test_the_known_event_is_accepted_and_stored(client: httpx.AsyncClient, database: Database) -> None:
    """The published body and signature give 202 with the position; the row holds the body as it came."""
    response = await client.post(DOOR, content=KNOWN_BODY, headers={"X-Hook-Signature": KNOWN_SIGNATURE})
    (stored,) = _stored(database)

    assert (202, {"position": stored.position, "duplicate": False}) == (response.status_code, response.json())
    assert (KNOWN_BODY, NOW) == (stored.body, stored.received_at)


async def test_a_hundred_concurrent_copies_are_one_row(client: httpx.AsyncClient, database: Database) -> None:
    """Every copy is accepted with the same position, one of them as new."""
    responses = await asyncio.gather(*[client.post(DOOR, content=BODY, headers=signed(BODY)) for _ in range(100)])

    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["position"] for response in responses}) == 1
    assert [response.json()["duplicate"] for response in responses].count(False) == 1
    assert len(_stored(database)) == 1


async def test_prose_is_not_stored(client: httpx.AsyncClient, database: Database) -> None:
    """A description's text is gone, the title is there, and the same event is still recognised."""
    first = await client.post(DOOR, content=BODY, headers=signed(BODY))
    again = await client.post(DOOR, content=BODY, headers=signed(BODY))

    assert [json.loads(fact.body)["Fields"] for fact in _stored(database)] == [{"Description": "", "Title": "Printer"}]
    assert again.json() == {"position": first.json()["position"], "duplicate": True}


@pytest.mark.parametrize(
    "body",
    [b"", b"not json", b"[]", b"\xff\x00", b"[" * 10_000, b'{"Id":1e999}', b'{"EntityType":"Martian","Id":1}'],
)
async def test_whatever_is_authentic_is_stored(client: httpx.AsyncClient, database: Database, body: bytes) -> None:
    """An authentic body that nobody can read is accepted and kept: refusing would disable the webhook (I6)."""
    response = await client.post(DOOR, content=body, headers=signed(body))

    assert response.status_code == 202
    assert [fact.body for fact in _stored(database)] == [body]


async def test_the_first_failing_check_answers(client: httpx.AsyncClient, database: Database) -> None:
    """Token before size before signature; what is refused leaves nothing."""
    large = b"x" * (MAX_BODY_BYTES + 1)
    elsewhere = "/webhooks/autotask/wrong"

    assert problem_of(await client.post(elsewhere, content=large)) == (404, "token_unknown")
    assert problem_of(await client.post(DOOR, content=large)) == (413, "body_too_large")
    assert problem_of(await client.post(DOOR, content=BODY)) == (401, "signature_missing")
    assert _stored(database) == []


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("sha1=" + "A" * 27 + "=", "signature_wrong"),
        (sign(BODY, "another-secret"), "signature_wrong"),
        ("sha1=zzz", "signature_malformed"),
        ("sha256=" + "A" * 43 + "=", "signature_algorithm"),
    ],
)
async def test_a_forgery_is_refused(client: httpx.AsyncClient, database: Database, header: str, reason: str) -> None:
    """A 401 says which way the signature failed."""
    response = await client.post(DOOR, content=BODY, headers={"X-Hook-Signature": header})

    assert problem_of(response) == (401, reason)
    assert _stored(database) == []


async def test_a_body_of_exactly_the_limit_is_taken(client: httpx.AsyncClient, database: Database) -> None:
    """One mebibyte is allowed."""
    body = b'{"Id":"%s"}' % (b"x" * (MAX_BODY_BYTES - 9))
    response = await client.post(DOOR, content=body, headers=signed(body))

    assert (MAX_BODY_BYTES, 202) == (len(body), response.status_code)
    assert len(_stored(database)) == 1


async def test_an_oversized_chunked_body_is_not_read_to_its_end(client: httpx.AsyncClient) -> None:
    """Without a length, reading stops at the limit."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_BODY_BYTES:
            sent += 2**16
            yield b"x" * 2**16

    response = await client.post(DOOR, content=endless())

    assert problem_of(response) == (413, "body_too_large")
    assert MAX_BODY_BYTES < sent <= MAX_BODY_BYTES + 2 * 2**16
    assert response.headers["connection"] == "close"


async def test_half_a_body_does_not_hold_the_door(database: Database) -> None:
    """A sender that stops in the middle is answered 408 when its time is up."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database, body_timeout_seconds=0.05)

    async def half() -> AsyncIterator[bytes]:
        yield BODY[:10]
        await asyncio.Event().wait()

    async with serving(app) as client:
        response = await client.post(DOOR, content=half(), headers=signed(BODY))

    assert problem_of(response) == (408, "body_timeout")
    assert _stored(database) == []


async def test_a_closed_inbox_is_503_with_retry_after(app: FastAPI, client: httpx.AsyncClient) -> None:
    """What cannot be stored now is to be sent again later."""
    app.state.web.writer.close()
    response = await client.post(DOOR, content=BODY, headers=signed(BODY))

    assert problem_of(response) == (503, "storage_unavailable")
    assert int(response.headers["retry-after"]) > 0


async def test_a_full_inbox_is_503_with_retry_after(
    app: FastAPI, client: httpx.AsyncClient, database: Database
) -> None:
    """A full queue refuses at once; what was accepted is stored."""
    writer = InboxWriter(database, capacity=1, batch=1)
    app.state.web = replace(app.state.web, writer=writer)
    bodies = [webhook(number).body for number in range(6)]
    with writers_waiting(database):
        requests = [asyncio.create_task(client.post(DOOR, content=body, headers=signed(body))) for body in bodies]
        refused = await next(asyncio.as_completed(requests))
    responses = await asyncio.gather(*requests)
    writer.close()

    assert problem_of(refused) == (503, "inbox_full")
    assert int(refused.headers["retry-after"]) > 0
    accepted = [body for body, response in zip(bodies, responses, strict=True) if response.status_code == 202]
    assert sorted(fact.body for fact in _stored(database)) == sorted(accepted)


async def test_a_deactivation_hint_is_taken_and_nothing_of_it_kept(
    client: httpx.AsyncClient, database: Database
) -> None:
    """The hint is unsigned: it is answered 2xx behind the right token, and stores nothing."""
    hint = b'{"Action":"Deactivated","Guid":"00000000-0000-0000-0000-000000000001"}'

    assert problem_of(await client.post("/webhooks/autotask/wrong/deactivated", content=hint)) == (404, "token_unknown")
    assert (await client.post(f"{DOOR}/deactivated", content=hint)).is_success
    assert problem_of(await client.post(f"{DOOR}/deactivated", content=b"x" * (MAX_BODY_BYTES + 1)))[0] == 413
    assert _stored(database) == []


async def test_shutting_down_keeps_what_was_accepted(database_url: str) -> None:
    """The application opens, upgrades and closes its own database; every 202 is in it afterwards (I1)."""
    async with serving(create_app(settings_for(database_url))) as client:
        bodies = [webhook(number).body for number in range(30)]
        responses = await asyncio.gather(*[client.post(DOOR, content=body, headers=signed(body)) for body in bodies])
    database = Database(database_url)
    stored = _stored(database)
    database.close()

    assert {response.status_code for response in responses} == {202}
    assert sorted(fact.body for fact in stored) == sorted(bodies)


def test_without_secrets_the_service_does_not_start() -> None:
    """Fail closed: no secret, no application."""
    settings = load_settings(database_url="sqlite:///unused.db", webhook_token=SecretStr(TOKEN), webhook_secrets=())

    with pytest.raises(ConfigurationError, match="WEBHOOK_SECRETS"):
        create_app(settings)


async def test_refusals_and_events_are_counted(app: FastAPI, client: httpx.AsyncClient) -> None:
    """Known label sets stand at 0 before anything happens and rise by what happened."""
    before = app.state.web.metrics.render().decode()
    await client.post(DOOR, content=BODY, headers=signed(BODY))
    await client.post(DOOR, content=BODY, headers=signed(BODY))
    await client.post(DOOR, content=BODY)
    await client.post("/webhooks/autotask/wrong", content=BODY)
    after = app.state.web.metrics.render().decode()

    for line in (
        'techscore_inbox_events_total{entity="Ticket",origin="webhook",outcome="stored"}',
        'techscore_inbox_events_total{entity="Ticket",origin="webhook",outcome="duplicate"}',
        'techscore_webhook_rejections_total{reason="signature_missing"}',
        'techscore_webhook_rejections_total{reason="token_unknown"}',
    ):
        assert f"{line} 0.0\n" in before
        assert f"{line} 1.0\n" in after
    assert 'techscore_webhook_rejections_total{reason="inbox_full"} 0.0\n' in after
    assert (
        'techscore_http_request_seconds_count{method="POST",route="/webhooks/autotask/{token}",status="202"} 2.0\n'
        in after
    )
    assert TOKEN not in after
