"""Whether this process is alive (``/healthz``) and ready to serve (``/readyz``, which says what is missing)."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import Response

from models.database import Database
from models.errors import StorageError
from service.web import Check, web_of

router = APIRouter(tags=["health"])


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


DATABASE = Check("database", database_reachable)
