"""What ``techscore serve`` runs: the web role, the worker role, or both under a supervisor."""

from __future__ import annotations

import threading

import uvicorn

from models.database import Database
from models.schema import upgrade
from models.settings import Settings
from service import logs, readiness
from service.api import kpis, metrics, scorecard
from service.app import create_app
from service.pages.router import router as pages
from service.supervisor import end_with_parent, stop_on_signals, supervise
from service.worker import Worker

SHUTDOWN_SECONDS = 10


def serve_all(settings: Settings) -> int:
    """Web and worker, two processes; ends when either cannot be kept up."""
    settings.require_webhook_secrets()
    settings.require_loopback()
    settings.clock()
    database = Database(settings.database_url)
    try:
        upgrade(database)
    finally:
        database.close()
    return supervise(("web", "worker"))


def serve_web(settings: Settings) -> int:
    """The door, the API and the pages."""
    end_with_parent()
    settings.require_loopback()
    app = create_app(
        settings,
        routers=(scorecard.router, kpis.router, metrics.router, pages),
        checks=readiness.checks(settings.clock()),
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )
    logs.configure(settings.log_format, logs.secrets_of(settings))
    server.run()
    return 0 if server.started else 1


def serve_worker(settings: Settings) -> int:
    """The projector, deadlines, rendering and jobs; leads or stands by."""
    stop = threading.Event()
    stop_on_signals(stop)
    end_with_parent()
    database = Database(settings.database_url)
    try:
        upgrade(database)
        Worker(settings, database, settings.clock(), stop).run()
    finally:
        database.close()
    return 0
