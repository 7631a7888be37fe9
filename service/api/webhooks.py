"""The door for Autotask's webhooks: raw bytes in, a durable row of the inbox, 202.

Checks stand in this order: path token 404, size 413, signature 401; whatever is authentic after that is stored,
readable or not (invariant I6). Rejecting what one cannot read would make Autotask disable the webhook. For the same
reason nobody is ever locked out here; who has no token is told so before a byte of the body is read.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from ingest.signature import HEADER, check_signature
from ingest.webhooks import fact_of
from models.errors import Refused, RowRefused, StorageUnavailable
from service.access.guard import needs
from service.access.scopes import Need
from service.api.problems import storage_reason
from service.web import Web, web_of

MAX_BODY_BYTES = 2**20

router = APIRouter(tags=["webhooks"], route_class=needs(Need.PUBLIC))
_log = structlog.get_logger()


class Accepted(BaseModel):
    """Where an event stands in the inbox, and whether it stood there before."""

    position: int
    duplicate: bool


@router.post(
    "/webhooks/autotask/{token}",
    status_code=HTTPStatus.ACCEPTED,
    response_model=None,
    responses={HTTPStatus.ACCEPTED: {"model": Accepted}},
)
async def receive(request: Request, token: str) -> Response:
    """Take one signed event."""
    web = web_of(request)
    with _counted(web):
        _check_token(web, token)
        body = await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
        check_signature(body, request.headers.get(HEADER), web.webhook_secrets)
        fact = fact_of(body, web.clock.now())
        receipt = await web.writer.store(fact)
    web.metrics.came_in(fact, receipt)
    answer = b'{"position":%d,"duplicate":%s}' % (receipt.position, b"true" if receipt.duplicate else b"false")
    return Response(answer, HTTPStatus.ACCEPTED, media_type="application/json")


@router.post("/webhooks/autotask/{token}/deactivated", status_code=HTTPStatus.ACCEPTED, response_model=None)
async def deactivated(request: Request, token: str) -> Response:
    """Take the hint that a webhook was deactivated. It is not signed: nothing in it is believed or kept."""
    web = web_of(request)
    with _counted(web):
        _check_token(web, token)
        await web.bodies.read(request, MAX_BODY_BYTES, web.body_timeout_seconds)
    web.metrics.webhook_deactivations.inc()
    _log.warning("webhook_deactivation_hint")
    return Response(b"{}", HTTPStatus.ACCEPTED, media_type="application/json")


@contextmanager
def _counted(web: Web) -> Iterator[None]:
    """Count a refusal by its reason; the error goes on to become a problem."""
    try:
        yield
    except Refused as error:
        web.metrics.webhook_rejections.labels(error.reason).inc()
        raise
    except (StorageUnavailable, RowRefused) as error:
        web.metrics.webhook_rejections.labels(storage_reason(error)).inc()
        raise


def _check_token(web: Web, token: str) -> None:
    given = sha256(token.encode("utf-8", "surrogatepass")).digest()  # equal lengths: the time tells nothing
    if not web.webhook_token or not hmac.compare_digest(given, sha256(web.webhook_token).digest()):
        raise Refused("token_unknown", HTTPStatus.NOT_FOUND)
