"""What anybody can cause is bounded: bodies read at once, lines logged, and every answer carries strict headers."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import pytest
import structlog

from models.database import Database
from service import logs
from service.api import metrics
from service.app import create_app
from service.throttle import LINES_A_MINUTE, Throttle
from tests.access.site import ManualTick
from tests.door import DOOR, problem_of, serving, settings_for, signed

BODY = b'{"Action":"Update","EntityType":"Ticket","Id":7,"Fields":{"Title":"Printer"}}'


@pytest.fixture
def written() -> Iterator[BytesIO]:
    """What the process logs, as bytes; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = BytesIO()
    logs.configure("json", [], stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_so_many_bodies_are_read_at_once(database: Database) -> None:
    """While two senders stall, a third is told to come again; when they are done, everybody is served."""
    go_on, stalling = asyncio.Event(), asyncio.Semaphore(0)

    async def slowly() -> AsyncIterator[bytes]:
        yield BODY[:10]
        stalling.release()  # reached when the door asks for more
        await go_on.wait()
        yield BODY[10:]

    app = create_app(settings_for("sqlite:///unused.db"), database=database, bodies_at_once=2)
    async with serving(app) as client, asyncio.timeout(20):
        stalled = [asyncio.create_task(client.post(DOOR, content=slowly(), headers=signed(BODY))) for _ in range(2)]
        for _ in stalled:
            await stalling.acquire()
        refused = await client.post(DOOR, content=BODY, headers=signed(BODY))
        wrong_token = await client.post("/webhooks/autotask/guess", content=BODY)
        go_on.set()
        answers = await asyncio.gather(*stalled)
        after = await client.post(DOOR, content=BODY, headers=signed(BODY))
        counted = app.state.web.metrics.render().decode()

    assert ((503, "too_many_bodies"), "2") == (problem_of(refused), refused.headers["retry-after"])
    assert 404 == wrong_token.status_code
    assert [202, 202, 202] == [answer.status_code for answer in (*answers, after)]
    assert 'techscore_webhook_rejections_total{reason="too_many_bodies"} 1.0' in counted


async def test_a_flood_of_refusals_is_a_few_lines(database: Database, written: BytesIO) -> None:
    """Each kind of refusal is logged so many times a minute; what is accepted is logged always."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database)
    async with serving(app) as client:
        for _ in range(LINES_A_MINUTE + 5):
            await client.post(DOOR, content=BODY, headers={"X-Hook-Signature": "sha1=AAAA"})
        await client.post("/webhooks/autotask/guess", content=BODY)
        await client.post(DOOR, content=BODY, headers=signed(BODY))
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    kinds = Counter((line["status"], line.get("reason")) for line in lines if line["event"] == "request")

    assert {(401, "signature_malformed"): LINES_A_MINUTE, (404, "token_unknown"): 1, (202, None): 1} == kinds


def test_what_was_left_out_is_counted() -> None:
    """The first line of the next minute says how many there were between; other kinds are not held up."""
    tick = ManualTick()
    throttle = Throttle(2, tick)
    first = [throttle.admit("a") for _ in range(5)]
    other = throttle.admit("b")
    tick.advance(60)
    then = [throttle.admit("a"), throttle.admit("a")]

    assert ([0, 0, None, None, None], 0, [3, 0]) == (first, other, then)


async def test_every_answer_has_strict_headers(database: Database) -> None:
    """Data, errors and paths that nobody serves: no browser runs, frames, sniffs or keeps any of it."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database)
    async with serving(app) as client:
        answers = [await client.get(path) for path in ("/healthz", "/nothing", "/api/v1/openapi.json", "/login/x")]

    for answer in answers:
        assert (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            == (answer.headers["content-security-policy"])
        )
        assert ("nosniff", "no-referrer", "no-store", "same-origin") == tuple(
            answer.headers[name]
            for name in (
                "x-content-type-options",
                "referrer-policy",
                "cache-control",
                "cross-origin-resource-policy",
            )
        )


async def test_events_are_spared_what_only_browsers_read(database: Database) -> None:
    """The answer to an event is small."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database)
    async with serving(app) as client:
        answer = await client.post(DOOR, content=BODY, headers=signed(BODY))

    assert {"content-length", "content-type", "x-request-id"} == set(answer.headers)


async def test_the_document_says_what_each_route_needs(database: Database) -> None:
    """OpenAPI names the scope of every route behind the guard, and none at the webhook's door."""
    app = create_app(settings_for("sqlite:///unused.db"), database=database, routers=[metrics.router])
    async with serving(app) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
    scrape, door = document["paths"]["/metrics"]["get"], document["paths"]["/webhooks/autotask/{token}"]["post"]

    assert ("scrape", [{"token": []}]) == (scrape["x-scope"], scrape["security"])
    assert {"401", "403", "429"} <= scrape["responses"].keys()
    assert set() == {"x-scope", "security"} & door.keys()
    assert {"type": "http", "scheme": "bearer"} == document["components"]["securitySchemes"]["token"]


async def test_a_token_in_a_log_line_is_taken_out(written: BytesIO) -> None:
    """Wherever a token turns up in what is logged, it is not shown."""
    token = "tsc_abcdefgh_" + "x" * 43
    structlog.get_logger().info("odd", detail=f"GET /login?wall={token}", items=[{"given": token}])

    assert token not in written.getvalue().decode()
    assert "[redacted]" in written.getvalue().decode()
