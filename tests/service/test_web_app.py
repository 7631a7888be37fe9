"""The web app's shell: request ids, the access log, redaction, unexpected errors, health."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import httpx
import pytest
import structlog
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from models.database import Database
from models.settings import load_settings
from service import logs
from service.access.guard import needs
from service.access.scopes import Need
from service.app import create_app
from service.health import database_reachable
from service.web import Check
from tests.door import DOOR, SECRET, TOKEN, problem_of, serving, settings_for, sign, signed

BODY = b'{"Action":"Update","EntityType":"Ticket","Id":7,"Fields":{"Description":"hunter2","Title":"Printer"}}'


@pytest.fixture
def app(database: Database) -> FastAPI:
    """The application on a migrated database."""
    return create_app(settings_for("sqlite:///unused.db"), database=database)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application."""
    async with serving(app) as running:
        yield running


@pytest.fixture
def written() -> Iterator[BytesIO]:
    """What the process logs, as bytes; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = BytesIO()
    logs.configure("json", [TOKEN, SECRET], stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def test_paths_nobody_serves_share_one_label(app: FastAPI, client: httpx.AsyncClient) -> None:
    """A scanner cannot grow the metrics."""
    for path in ("/a", "/b", "/.env"):
        assert problem_of(await client.get(path)) == (404, "not_found")

    metrics = app.state.web.metrics.render().decode()
    assert 'techscore_http_request_seconds_count{method="GET",route="unmatched",status="404"} 3.0\n' in metrics


async def test_logs_show_the_request_and_nothing_secret(written: BytesIO, client: httpx.AsyncClient) -> None:
    """Accepted, refused and mistaken requests are logged with id, route and status, never with token or secret."""
    headers = signed(BODY) | {"X-Request-ID": "req-1", "Authorization": "Bearer abc.def"}
    accepted = await client.post(DOOR, content=BODY, headers=headers)
    await client.post("/webhooks/autotask/yesterdays-token", content=BODY)
    await client.post(f"{DOOR}/deactivated", content=b"{}")
    log = written.getvalue().decode()
    lines = [json.loads(line) for line in log.splitlines()]

    assert accepted.headers["x-request-id"] == "req-1"
    first = lines[0]
    assert (first["event"], first["request_id"], first["route"], first["status"]) == (
        "request",
        "req-1",
        "/webhooks/autotask/{token}",
        202,
    )
    assert [line["status"] for line in lines if line["event"] == "request"] == [202, 404, 202]
    for secret in (TOKEN, SECRET, "yesterdays-token", "abc.def", sign(BODY), "hunter2"):
        assert secret not in log


@pytest.mark.parametrize("given", ["", "has space", "x" * 65, "a\tb"])
async def test_an_odd_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    """A request id that could forge log lines is not taken over."""
    response = await client.get("/healthz", headers={"X-Request-ID": given})

    assert response.headers["x-request-id"] not in ("", given)


async def test_an_unexpected_error_is_a_problem_with_the_request_id(database: Database, written: BytesIO) -> None:
    """A bug is a 500 that shows nothing but an id; the traceback is in the log, redacted."""
    router = APIRouter(route_class=needs(Need.OWN))

    @router.get("/bug")
    async def bug() -> None:
        raise RuntimeError(f"lost {SECRET}")

    app = create_app(settings_for("sqlite:///unused.db"), database=database, routers=[router])
    async with serving(app) as client:
        response = await client.get("/bug", headers={"X-Request-ID": "req-2"})

    assert problem_of(response) == (500, "internal_error")
    assert response.json()["request_id"] == "req-2"
    assert SECRET not in response.text
    log = written.getvalue().decode()
    assert "RuntimeError: lost [redacted]" in log
    assert SECRET not in log


async def test_a_service_with_its_database_is_ready(client: httpx.AsyncClient) -> None:
    """A running service is alive and ready, and says what it checked."""
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    ready = await client.get("/readyz")

    assert (200, {"ready": True, "checks": {"database": "ok"}}) == (ready.status_code, ready.json())


async def test_one_failing_check_is_not_ready(database: Database) -> None:
    """Alive and not ready is 503 with the reason beside the check's name."""
    silent = Check("worker", lambda _database: "worker_silent")
    app = create_app(settings_for("sqlite:///unused.db"), database=database, checks=[silent])
    async with serving(app) as client:
        ready = await client.get("/readyz")
        alive = await client.get("/healthz")

    assert (503, {"database": "ok", "worker": "worker_silent"}) == (ready.status_code, ready.json()["checks"])
    assert alive.status_code == 200


def test_a_database_that_does_not_answer_is_named() -> None:
    """The check says that the database cannot be reached instead of raising."""
    database = Database("postgresql://nobody@127.0.0.1:1/nothing")

    assert database_reachable(database) == "storage_unavailable"
    database.close()


async def test_no_page_is_served_from_elsewhere(client: httpx.AsyncClient) -> None:
    """The schema is served, the documentation pages that load from a CDN are not."""
    assert (await client.get("/api/v1/openapi.json")).status_code == 200
    assert [(await client.get(path)).status_code for path in ("/docs", "/redoc")] == [404, 404]


def test_every_secret_setting_is_known_to_the_redaction() -> None:
    """A secret is found in the settings by its type, so that a new one cannot be forgotten."""
    settings = load_settings(
        webhook_token=SecretStr(TOKEN),
        webhook_secrets=(SecretStr("first-secret-1"), SecretStr("second-secret-2")),
        autotask_secret=SecretStr("api-secret-3"),
    )

    assert set(logs.secrets_of(settings)) == {TOKEN, "first-secret-1", "second-secret-2", "api-secret-3"}


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_libraries_log_through_the_same_redaction(written: BytesIO, log_format: str) -> None:
    """What a library logs, arguments and tracebacks included, loses its secrets too."""
    logs.configure(log_format, [SECRET], written)
    library = logging.getLogger("some.library")
    library.warning("connecting to postgresql://me:%s@db/x and /webhooks/autotask/%s?a=1", "pass-word", "the-token")
    try:
        raise ValueError(f"bad {SECRET}")
    except ValueError:
        library.exception("failed")
    logging.getLogger("uvicorn.access").warning("a line of the server's own access log")
    log = written.getvalue().decode()

    assert "connecting to postgresql://[redacted]@db/x and /webhooks/autotask/[redacted]?a=1" in log
    assert "ValueError: bad [redacted]" in log
    assert "own access log" not in log
    for secret in (SECRET, "pass-word", "the-token"):
        assert secret not in log


def test_a_log_line_takes_any_value(written: BytesIO) -> None:
    """Lone surrogates, huge numbers and nested secrets neither break a line nor slip through."""
    structlog.get_logger().info(
        "odd",
        text="\ud800",
        number=2**80,
        nested={"token": "t0ken", "items": [{"Authorization": "x"}, f"a {SECRET} b"]},
        thing=SecretStr("kept"),
    )
    line = json.loads(written.getvalue())

    assert line["number"] == 2**80
    assert line["nested"] == {"token": "[redacted]", "items": [{"Authorization": "[redacted]"}, "a [redacted] b"]}
    assert "kept" not in line["thing"]
