"""The web application: the door for events, health, and whatever routers are handed in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI

from ingest.inbox import InboxWriter
from models.clock import Clock
from models.database import Database
from models.schema import upgrade
from models.settings import Settings
from models.settings_values import is_loopback
from service import health
from service.access import login
from service.access.guard import Guard, check_routes
from service.access.peers import Peers
from service.api import openapi, problems, webhooks
from service.bodies import Bodies
from service.edge import Edge
from service.metrics.process import ProcessMetrics, release
from service.reading import Reader
from service.throttle import Throttle
from service.web import Check, Web

BODY_TIMEOUT_SECONDS = 10.0
"""Autotask itself gives up after 10 s (reference/autotask.md §2.4)."""

BODIES_AT_ONCE = 256
"""Events whose body is being read and not yet verified; each holds at most 1 MiB."""

CALLOUTS_A_MINUTE = 120
"""Extension Callouts that are acted on; what is beyond comes ten seconds later by the feed."""

log: Any = structlog.get_logger()


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    routers: Sequence[APIRouter] = (),
    checks: Sequence[Check] = (),
    body_timeout_seconds: float = BODY_TIMEOUT_SECONDS,
    bodies_at_once: int = BODIES_AT_ONCE,
    tick: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The application; while it runs ``app.state.web`` holds its machines (``service.web.web_of``).

    ``ConfigurationError`` when no webhook secret is set. A ``database`` handed in is not closed. Routers carry
    their full paths (no prefix is added), so that logs and metrics can name routes, and declare what their routes
    need (``service.access.guard.needs``): ``TypeError`` for one that does not. ``tick``: seconds of a clock that only
    goes forwards, by which tokens are read anew and lock-outs end.
    """
    settings.require_webhook_secrets()
    token = settings.webhook_token
    metrics = ProcessMetrics(settings.address)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = database or Database(settings.database_url)
        try:
            await asyncio.to_thread(upgrade, opened)
            guard = Guard(settings, opened, tick)
            await _say_who_may_come_in(settings, guard)
            writer = InboxWriter(opened, observe_seconds=metrics.append_seconds.observe)
            app.state.web = Web(
                settings=settings,
                database=opened,
                clock=clock or settings.clock(),
                writer=writer,
                metrics=metrics,
                guard=guard,
                bodies=Bodies(bodies_at_once),
                callouts=Throttle(CALLOUTS_A_MINUTE, tick),
                webhook_token=b"" if token is None else token.get_secret_value().encode(),
                webhook_secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
                body_timeout_seconds=body_timeout_seconds,
                checks=(health.storage(writer), *checks),
            )
            app.state.reader = Reader(opened)
            try:
                yield
            finally:
                await asyncio.to_thread(writer.close)
                app.state.reader.close()
        finally:
            if database is None:
                opened.close()

    app = FastAPI(
        title="Techscore",
        version=release(),
        lifespan=lifespan,
        openapi_url=None,  # service.api.openapi serves it, behind the guard
        docs_url=None,  # the bundled pages load their scripts from a CDN
        redoc_url=None,
        # Spans would carry the URL, and with it the path token.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    problems.install(app)
    app.add_middleware(Edge, served=metrics.served, address_of=Peers(settings).address)
    for router in (webhooks.router, health.router, login.router, openapi.router, *routers):
        app.include_router(router)
    check_routes(app)
    return app


async def _say_who_may_come_in(settings: Settings, guard: Guard) -> None:
    if guard.is_open:
        return
    await guard.book.read()
    if guard.book.is_empty:
        log.warning("no_tokens", advice="nobody can log in: techscore tokens create --name NAME --scope read")
    if not is_loopback(settings.host) and not (settings.public_url or "").startswith("https://"):
        log.warning(
            "tokens_in_the_clear",
            advice="end TLS before this port and set TECHSCORE_PUBLIC_URL=https://… (SECURITY.md)",
        )
