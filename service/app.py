"""The web application: the door for events, health, and whatever routers are handed in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI

from ingest.inbox import InboxWriter
from models.clock import Clock
from models.database import Database
from models.schema import upgrade
from models.settings import Settings
from service import health
from service.api import problems, webhooks
from service.edge import Edge
from service.metrics.process import ProcessMetrics, release
from service.reading import Reader
from service.web import Check, Web

BODY_TIMEOUT_SECONDS = 10.0
"""Autotask itself gives up after 10 s (reference/autotask.md §2.4)."""


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    routers: Sequence[APIRouter] = (),
    checks: Sequence[Check] = (),
    body_timeout_seconds: float = BODY_TIMEOUT_SECONDS,
) -> FastAPI:
    """The application; while it runs ``app.state.web`` holds its machines (``service.web.web_of``).

    ``ConfigurationError`` when no webhook secret is set. A ``database`` handed in is not closed. Routers carry
    their full paths (no prefix is added), so that logs and metrics can name routes.
    """
    settings.require_webhook_secrets()
    token = settings.webhook_token
    metrics = ProcessMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        opened = database or Database(settings.database_url)
        try:
            await asyncio.to_thread(upgrade, opened)
            writer = InboxWriter(opened, observe_seconds=metrics.append_seconds.observe)
            app.state.web = Web(
                settings=settings,
                database=opened,
                clock=clock or settings.clock(),
                writer=writer,
                metrics=metrics,
                webhook_token=b"" if token is None else token.get_secret_value().encode(),
                webhook_secrets=tuple(secret.get_secret_value() for secret in settings.webhook_secrets),
                body_timeout_seconds=body_timeout_seconds,
                checks=(health.DATABASE, *checks),
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
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the bundled pages load their scripts from a CDN
        redoc_url=None,
        # Spans would carry the URL, and with it the path token.
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    problems.install(app)
    app.add_middleware(Edge, served=metrics.served)
    for router in (webhooks.router, health.router, *routers):
        app.include_router(router)
    return app
