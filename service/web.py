"""What a web process holds while it serves: settings, database, clock, guard, inbox writer, metrics, ready checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from ingest.inbox import InboxWriter
from models.clock import Clock
from models.database import Database
from models.settings import Settings
from service.access.guard import Guard
from service.bodies import Bodies
from service.metrics.process import ProcessMetrics
from service.throttle import Throttle


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of being ready: ``run`` gives ``None``, or the reason word why not. It may block."""

    name: str
    run: Callable[[Database], str | None]


@dataclass(frozen=True, slots=True)
class Web:
    """The machines and values of one web process."""

    settings: Settings
    database: Database
    clock: Clock
    writer: InboxWriter
    metrics: ProcessMetrics
    guard: Guard
    bodies: Bodies
    callouts: Throttle
    webhook_token: bytes = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    body_timeout_seconds: float
    checks: tuple[Check, ...]


def web_of(connection: HTTPConnection) -> Web:
    """What the process that serves this request holds."""
    web = connection.app.state.web
    if not isinstance(web, Web):
        raise TypeError("the application was not made by create_app")
    return web
