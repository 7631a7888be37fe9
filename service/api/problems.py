"""Errors as RFC 9457 problem details with a stable ``reason`` word.

The word is the contract; titles and details are for people. Nothing a client sent is repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from models.errors import InboxFull, Refused, RowRefused, StorageUnavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

_REASON = "techscore.reason"


def problem(
    status: int, reason: str, detail: str = "", *, headers: Mapping[str, str] | None = None, **more: object
) -> Response:
    """A problem details response; ``more`` are extension members."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "reason": reason,
    }
    if detail:
        body["detail"] = detail
    return Response(orjson.dumps(body | more), status, dict(headers or {}), MEDIA_TYPE)


def storage_reason(error: Exception) -> str:
    """The word for a storage error."""
    if isinstance(error, InboxFull):
        return "inbox_full"
    return "row_refused" if isinstance(error, RowRefused) else "storage_unavailable"


def reason_of(scope: Scope) -> str:
    """Why a request was refused, once it was; empty if it was not."""
    reason = scope.get(_REASON, "")
    return reason if isinstance(reason, str) else ""


def install(app: FastAPI) -> None:
    """Make every error of ``app`` a problem. What nobody expected is left to ``service.edge``."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(StorageUnavailable, _unavailable)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


def refusal_headers(error: Refused) -> dict[str, str]:
    """The headers that a refusal's status asks for."""
    headers: dict[str, str] = {}
    if error.status in (HTTPStatus.REQUEST_TIMEOUT, 413):
        # What the client still sends of a body that was not read must not be taken for its next request.
        headers["connection"] = "close"
    if error.status == HTTPStatus.UNAUTHORIZED and error.reason.startswith("token_"):
        invalid = "" if error.reason == "token_missing" else ', error="invalid_token"'
        headers["www-authenticate"] = f'Bearer realm="techscore"{invalid}'
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(error.retry_after_seconds)
    return headers


def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    request.scope[_REASON] = error.reason
    return problem(error.status, error.reason, error.detail, headers=refusal_headers(error))


def _unavailable(request: Request, error: Exception) -> Response:
    request.scope[_REASON] = storage_reason(error)
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE, storage_reason(error), headers={"retry-after": str(RETRY_AFTER_SECONDS)}
    )


def _invalid(_request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"at": [str(part) for part in item["loc"]], "message": item["msg"]} for item in found]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", errors=errors)


def _http(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    reason = HTTPStatus(error.status_code).name.lower()
    return problem(error.status_code, reason, headers=error.headers)
