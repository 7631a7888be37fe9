"""The OpenAPI document: what FastAPI knows of the routes, and what the guard asks for at each."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import Response

from service.access.guard import declared_routes, needs
from service.access.scopes import Need

_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_REFUSALS = {
    "401": {"description": "`token_missing`, `token_unknown` or `token_revoked`", **_PROBLEM},
    "403": {"description": "`scope_missing`, or `origin_foreign` for a cookie sent by another site", **_PROBLEM},
    "429": {"description": "`too_many_bad_tokens`; `Retry-After` says when", **_PROBLEM},
}

router = APIRouter(tags=["meta"], route_class=needs(Need.OWN))


@router.get("/api/v1/openapi.json", include_in_schema=False, response_model=None)
def read_openapi(request: Request) -> Response:
    """The document, for clients and tests."""
    app: FastAPI = request.app
    return Response(orjson.dumps(document(app)), media_type="application/json")


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document with the scope each route needs (``x-scope``) and its refusals."""
    described: dict[str, Any] = app.openapi()
    components = described.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    components.setdefault("schemas", {})["Problem"] = {
        "type": "object",
        "required": ["type", "title", "status", "reason"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "reason": {"type": "string", "description": "a stable word"},
            "detail": {"type": "string"},
        },
    }
    for method, path, need in declared_routes(app):
        operation = described.get("paths", {}).get(path, {}).get(method.lower())
        if operation is not None and need is not Need.PUBLIC:
            operation["security"] = [{"token": []}]
            operation["x-scope"] = need
            operation["responses"] = _REFUSALS | operation["responses"]
    return described
