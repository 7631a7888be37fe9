"""What ``techscore serve`` runs: the web role, the worker role, or both under a supervisor."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from functools import partial

import uvicorn
from fastapi import FastAPI

from models.clock import Clock
from models.database import Database
from models.schema import upgrade
from models.settings import Settings
from service import door, logs, memory, readiness
from service.api import (
    at_risk,
    coaching,
    contests,
    doctor,
    events,
    evidence,
    kpis,
    metrics,
    months,
    parked,
    proof,
    scopes,
    scorecard,
    stream,
    tickets,
    trend,
    what_if,
    workbook,
)
from service.app import create_app
from service.pages.router import router as pages
from service.supervisor import stop_on_signals, supervise
from service.web import Web
from service.worker import Worker

SHUTDOWN_SECONDS = 10
ROUTERS = (
    scorecard.router,
    workbook.router,
    kpis.router,
    evidence.router,
    scopes.router,
    at_risk.router,  # before tickets/{id}
    tickets.router,
    trend.router,
    what_if.router,
    contests.router,
    coaching.router,
    months.router,
    events.router,
    stream.router,
    parked.router,
    proof.router,
    doctor.router,
    metrics.router,
    pages,
)


def serve_all(settings: Settings) -> int:
    """Web and worker, two processes; ends when either cannot be kept up."""
    settings.require_webhook_secrets()
    settings.clock()
    database = Database(settings.database_url)
    try:
        upgrade(database)
    finally:
        database.close()
    return supervise({"web": partial(serve_web, settings), "worker": partial(serve_worker, settings)})


def web_app(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    tick: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The application as it is served, with every route there is (for the rest see ``create_app``)."""
    return create_app(
        settings,
        database=database,
        clock=clock,
        routers=ROUTERS,
        checks=readiness.checks(clock or settings.clock()),
        tick=tick,
    )


class Server(uvicorn.Server):
    """Says that the door is open while it is; ends open streams before it waits for requests to finish, as they would
    use up its patience."""

    async def main_loop(self) -> None:
        assert isinstance(self.config.app, FastAPI)
        web: Web = self.config.app.state.web
        async with door.saying_so(web.database, web.clock):
            await super().main_loop()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if isinstance(self.config.app, FastAPI):
            stream.end_streams(self.config.app)
        await super().shutdown(sockets)


def serve_web(settings: Settings) -> int:
    """The door, the API and the pages."""
    server = Server(
        uvicorn.Config(
            web_app(settings),
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,  # service.access.peers reads them, from proxies that are trusted
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    logs.configure(settings.log_format, logs.secrets_of(settings))
    memory.settle()
    server.run()
    return 0 if server.started else 1


def serve_worker(settings: Settings) -> int:
    """The projector, deadlines, rendering and jobs; leads or stands by."""
    stop = threading.Event()
    stop_on_signals(stop)
    database = Database(settings.database_url)
    try:
        upgrade(database)
        memory.settle()
        Worker(settings, database, settings.clock(), stop).run()
    finally:
        database.close()
    return 0
