"""Whether this process is alive (``/healthz``) and ready to serve (``/readyz``, which says what is missing)."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import Response

from ingest.inbox import InboxWriter
from models.database import Database
from models.errors import StorageError
from service.access.guard import needs
from service.access.scopes import Need
from service.web import Check, web_of

router = APIRouter(tags=["health"], route_class=needs(Need.PUBLIC))


@router.get("/healthz", response_model=None)
async def healthz() -> Response:
    """The process answers."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@router.get("/readyz", response_model=None)
def readyz(request: Request) -> Response:
    """Every check with its result; 503 unless all are ``ok``."""
    web = web_of(request)
    results = {check.name: check.run(web.database) or "ok" for check in web.checks}
    ready = all(result == "ok" for result in results.values())
    return Response(
        orjson.dumps({"ready": ready, "checks": results}), 200 if ready else 503, media_type="application/json"
    )


def database_reachable(database: Database) -> str | None:
    """The main database answers a query."""
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except StorageError:
        return "storage_unavailable"
    return None


def storage(writer: InboxWriter) -> Check:
    """The main database answers, and took the last event: a full disk can still be read from."""

    def run(database: Database) -> str | None:
        return "storage_unavailable" if writer.in_trouble else database_reachable(database)

    return Check("database", run)
