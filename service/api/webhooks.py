"""The door for Autotask's webhooks: raw bytes in, a durable row of the inbox, 202.

Checks stand in this order: path token 404, size 413, signature 401; whatever is authentic after that is stored,
readable or not (invariant I6). Rejecting what one cannot read would make Autotask disable the webhook.
"""

from __future__ import annotations

import asyncio
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
from service.api.problems import storage_reason
from service.web import Web, web_of

MAX_BODY_BYTES = 2**20

router = APIRouter(tags=["webhooks"])
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
        body = await _read_body(request, web.body_timeout_seconds)
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
        await _read_body(request, web.body_timeout_seconds)
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


async def _read_body(request: Request, timeout_seconds: float) -> bytes:
    """The whole body, however it is framed; reading ends at the limit and after the timeout."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MAX_BODY_BYTES:
        raise Refused("body_too_large", 413)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_seconds):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Refused("body_incomplete", HTTPStatus.BAD_REQUEST)
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise Refused("body_too_large", 413)
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError as error:
        raise Refused("body_timeout", HTTPStatus.REQUEST_TIMEOUT) from error
