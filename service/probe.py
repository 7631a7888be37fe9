"""``techscore health``: whether what runs here is alive; for the health checks of containers and process managers.

Alive and no more: a service that waits for its database is alive, and ``/readyz`` says what it waits for.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from models.database import Database
from models.settings import Settings
from service.heartbeat import worker_alive

WEB = "web"
WORKER = "worker"
_PATIENCE_SECONDS = 4.0
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - we ask ourselves where the service listens everywhere


def probe(settings: Settings, roles: frozenset[str], say: Callable[[str], None]) -> int:
    """Look at each role; 0 when all are alive, 1 with what is wrong."""
    found = {}
    if WEB in roles:
        found[WEB] = _web(settings)
    if WORKER in roles:
        found[WORKER] = _worker(settings)
    for role, wrong in found.items():
        say(f"{role}: {wrong or 'alive'}")
    return int(any(found.values()))


def _web(settings: Settings) -> str | None:
    host = settings.host.strip("[]")
    connection = HTTPConnection(_LOOPBACK.get(host, host), settings.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return "no_answer"
    finally:
        connection.close()
    return None if status == 200 else f"status_{status}"


def _worker(settings: Settings) -> str | None:
    """A worker that stands by is well while another leads."""
    database = Database(settings.database_url)
    try:
        return worker_alive(database)
    finally:
        database.close()
